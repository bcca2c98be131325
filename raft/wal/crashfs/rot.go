package crashfs

import "slices"

// Rot changes durable bytes of a file as a failing disk does: change gets them and works in place.
// A mirror follows with the next Crash.
func (f *FS) Rot(name string, change func(b []byte)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	node := f.names[name]
	change(node.visible)
	change(node.durable)
}

// Bytes returns a copy of what a read of the file sees.
func (f *FS) Bytes(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.names[name].visible)
}
