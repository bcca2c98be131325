//go:build !nextversion

package transport

const maxVersion = minVersion
