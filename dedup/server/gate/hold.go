package gate

// Hold says how many bytes the request that comes in holds, or is about to. If all hold too much the requests that
// have been under way for longest are cut; ErrBytes: this one is.
func (c *Conn) Hold(bytes int) error {
	if c == nil {
		return nil
	}
	counted := counted(bytes)
	if counted == 0 && !c.holds {
		return nil
	}
	c.holds = counted > 0
	cut, ok := c.gate.config.Bytes.hold(&c.request, counted)
	for _, other := range cut {
		other.end(ErrBytes)
		other.gate.outOfBytes(other)
	}
	if !ok {
		c.gate.outOfBytes(c)
		return ErrBytes
	}
	return nil
}

// Keep reports whether a connection may keep that many bytes for requests that have not come yet: else it gives them back.
func (c *Conn) Keep(bytes int) bool {
	if c == nil {
		return true
	}
	counted := counted(bytes)
	if counted == 0 && !c.holds {
		return true
	}
	c.holds = true
	return c.gate.config.Bytes.keep(&c.request, counted)
}

// Unread says how many bytes of answers the connection holds until its client has read them: before they are made, and 0
// once they are written. If those of all connections are too many, the ones that wait for longest are closed, this one never: what
// the last answer tells of is done.
func (c *Conn) Unread(bytes int) {
	if c == nil {
		return
	}
	counted := counted(bytes)
	if counted == 0 && !c.unread {
		return
	}
	c.unread = counted > 0
	for _, other := range c.gate.config.Unread.take(&c.answers, counted) {
		_ = other.Conn.Close()
		other.gate.unread(other)
	}
}

func counted(bytes int) int64 { return max(0, int64(bytes)-FreeBytes) }

func (g *Gate) outOfBytes(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.OutOfBytes++
	g.notices.Note("bytes", "requests hold too many bytes: the one under way for longest was cut", "most", g.config.Bytes.most, "source", c.source.name)
}

func (g *Gate) unread(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.Unread++
	g.notices.Note("unread", "answers that nobody reads hold too many bytes: the client that was to read for longest was cut", "most", g.config.Unread.most, "source", c.source.name)
}
