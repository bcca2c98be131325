//go:build nextversion

package transport

// maxVersion is one more than what ships speaks, in a program that is built for tests of upgrades. Nothing is new in it but the mark of each frame
// (markOf): two ends that do not agree on the version understand no frame of each other.
const maxVersion = minVersion + 1
