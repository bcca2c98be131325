package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// processorTime returns how long processors worked for a process, in it and in the kernel, by its id or "self";
// 0 where the system does not tell (it needs Linux's /proc).
func processorTime(process string) time.Duration {
	stat, err := os.ReadFile(filepath.Join("/proc", process, "stat"))
	if err != nil {
		return 0
	}
	_, fields, ok := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(" ")) // the name in parentheses may hold spaces
	words := bytes.Fields(fields)
	const user, kernel = 11, 12 // proc(5)'s fields 14 and 15: two stand in front of those cut here
	if !ok || len(words) <= kernel {
		return 0
	}
	var ticks int64
	for _, word := range words[user : kernel+1] {
		n, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	const tick = time.Second / 100 // USER_HZ, the same on every Linux that Go runs on
	return time.Duration(ticks) * tick
}

// residentMiB returns the memory that a process has, by its id; 0 where the system does not tell.
func residentMiB(process string) int64 {
	statm, err := os.ReadFile(filepath.Join("/proc", process, "statm"))
	words := bytes.Fields(statm)
	if err != nil || len(words) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(words[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize()) >> 20
}

// meter tells what processor time a claim took, between the first and the last look at it.
type meter struct {
	processes   []string // of the nodes
	first, last look
	looked      bool
}

type look struct {
	claims      int64
	load, nodes time.Duration
}

func (m *meter) look(claims int64) {
	m.last = look{claims: claims, load: processorTime("self")}
	for _, process := range m.processes {
		m.last.nodes += processorTime(process)
	}
	if !m.looked {
		m.first, m.looked = m.last, true
	}
}

// micros returns the µs a claim took of the load and of the nodes together; 0 where nothing is known.
func (m *meter) micros() (load, nodes float64) {
	claims := m.last.claims - m.first.claims
	if claims <= 0 {
		return 0, 0
	}
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(claims) }
	return per(m.last.load - m.first.load), per(m.last.nodes - m.first.nodes)
}
