package simulator

// clock is a monotonic clock that may run at another rate than virtual time, or stand still.
type clock struct {
	set   int64   // virtual time since which rate holds
	shown int64   // then
	rate  float64 // 1: as virtual time does
}

// show is what the clock shows at a virtual time.
func (c *clock) show(now int64) int64 { return c.shown + int64(float64(now-c.set)*c.rate) }

// run goes on from what is shown now, at a rate.
func (c *clock) run(now int64, rate float64) { c.shown, c.set, c.rate = c.show(now), now, rate }
