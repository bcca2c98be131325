package uniq

import (
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// voice says on standard error what cannot wait for the end.
type voice struct {
	mu       sync.Mutex
	to       io.Writer // nil: nobody listens
	wipe     bool      // a line of progress stands there
	progress bool
}

func (v *voice) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.to == nil {
		return
	}
	if v.wipe {
		fmt.Fprint(v.to, wipeLine)
		v.wipe = false
	}
	fmt.Fprintf(v.to, "semel uniq: "+format+"\n", args...)
}

const wipeLine = "\r\x1b[K"

// watch looks at the keys while records are read, and says what a user would want to know before it is too late.
type watch struct {
	voice *voice
	word  string
	named bool

	// of the latest records; begun anew now and then, since a stream may turn bad late
	records, keyless, keyed int64
	first                   string // the first key
	differ                  bool   // another one was seen

	total        int64
	firstAbsence string
	broken       int64 // records that are none of their format
	saidKeyless  bool
	saidOne      bool
}

const (
	watchedRecords = 1 << 14 // begin anew after so many
	fewRecords     = 10      // say nothing about fewer, unless they are all there are
	mostReports    = 5       // of broken records
)

func (w *watch) without(none *records.Absence, record, line int64) {
	w.records++
	w.keyless++
	w.total++
	if w.firstAbsence == "" {
		w.firstAbsence = fmt.Sprintf("%s, for one: %s", records.Where(w.word, record, line), none.Why)
	}
	if !none.Broken {
		return
	}
	switch w.broken++; {
	case w.broken <= mostReports:
		w.voice.say("%s: %s. It has no key; reading goes on behind its line", records.Where(w.word, record, line), none.Why)
	case w.broken == mostReports+1:
		w.voice.say("more such %ss are counted and not told", w.word)
	}
}

func (w *watch) key(key []byte) {
	w.records++
	w.total++
	if w.keyed++; w.keyed == 1 {
		w.first, w.differ = string(key), false
	} else if !w.differ && string(key) != w.first {
		w.differ = true
	}
}

// look says what is wrong with the records so far, each thing once.
func (w *watch) look(atEnd bool) {
	if !w.saidKeyless && w.keyless*2 > w.records && (w.records >= fewRecords || atEnd && w.records == w.total) {
		w.saidKeyless = true
		w.voice.say("%d of %d %ss have no key (%s)", w.keyless, w.records, w.word, w.firstAbsence)
	}
	if !w.saidOne && w.named && !w.differ && w.keyed >= fewRecords {
		w.saidOne = true
		w.voice.say("the keys of all %d %ss so far are one: %s. All but the first are told to be seen", w.keyed, w.word, shown(w.first))
	}
	if w.records >= watchedRecords {
		w.records, w.keyless, w.keyed = 0, 0, 0
	}
}

// shown is a key for the eye.
func shown(key string) string {
	const most = 64
	if len(key) > most {
		return strconv.Quote(key[:most]) + "…"
	}
	return strconv.Quote(key)
}
