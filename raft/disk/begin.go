package disk

// Beginner is a File whose system can be asked to begin to write.
type Beginner interface{ BeginWrite(off, n int64) }

// Begin has the system begin to write the n bytes of a file from an offset on, where it can, and waits for none of them. It promises nothing: a
// write is durable once Sync returned, which has the less to write, and it is Sync that says what became of it.
func Begin(f File, off, n int64) {
	if b, ok := f.(Beginner); ok {
		b.BeginWrite(off, n)
	}
}

// BeginWrite is Beginner's.
func (f toldFile) BeginWrite(off, n int64) { Begin(f.File, off, n) }

// BeginWrite is Beginner's.
func (f osFile) BeginWrite(off, n int64) { beginWrite(f.File, off, n) }
