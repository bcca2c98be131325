package crashfs

import "slices"

// Image is a folder at rest: the bytes of each file, all of them durable.
type Image map[string][]byte

// Image returns a copy of what is seen.
func (f *FS) Image() Image {
	f.mu.Lock()
	defer f.mu.Unlock()
	image := Image{}
	for name, node := range f.names {
		image[name] = slices.Clone(node.visible)
	}
	return image
}

// Load returns a folder in memory that holds a copy of the image.
func Load(image Image, seed uint64) *FS {
	f := New(seed)
	for name, b := range image {
		node := &inode{visible: slices.Clone(b), durable: slices.Clone(b), dirty: map[int64][][]byte{}}
		f.names[name], f.durable[name] = node, node
	}
	return f
}

// Rot changes bytes of a file in place as a failing disk does, those that are seen and those that
// are durable. A mirror follows with the next Crash.
func (f *FS) Rot(name string, change func(b []byte)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	node := f.names[name]
	change(node.visible)
	change(node.durable)
}
