package raft

import "math/bits"

// random is splitmix64: small, seeded, the same on every machine.
type random uint64

const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, odd

func (s *random) next() uint64 {
	*s += golden
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n), n > 0.
func (s *random) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}
