package redis

import (
	"slices"
	"strconv"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// What clients are told, from the answers. Each is a reply.

func replyClaim(w *writer, answers []server.Answer) {
	switch answers[0].Outcome {
	case dedup.Won:
		w.status("OK")
	case dedup.Full:
		w.fail(errFull)
	default:
		w.null()
	}
}

func replySetNX(w *writer, answers []server.Answer) {
	switch answers[0].Outcome {
	case dedup.Won:
		w.integer(1)
	case dedup.Full:
		w.fail(errFull)
	default:
		w.integer(0)
	}
}

// replyClaimGet says nil to the winner alone.
func replyClaimGet(w *writer, answers []server.Answer) {
	switch a := &answers[0]; a.Outcome {
	case dedup.Won:
		w.null()
	case dedup.Full:
		w.fail(errFull)
	case dedup.InProgress:
		w.fail("INPROGRESS the key is claimed and not completed: ask again in " + strconv.FormatUint(a.RetryAfterMillis, 10) + " ms")
	default:
		writeValue(w, a)
	}
}

// writeValue writes what the record holds. In place of a value that was left out nil would say that there is none.
func writeValue(w *writer, a *server.Answer) {
	if a.Omitted {
		w.fail(errOmitted)
		return
	}
	w.bulk(a.Value)
}

// replyEmptyClaimGet: an empty string would look like one's own value.
func replyEmptyClaimGet(w *writer, answers []server.Answer) {
	if a := &answers[0]; a.Outcome == dedup.Duplicate && !a.HasValue && !a.Omitted {
		w.fail("DUPLICATE the key is done, without a value")
		return
	}
	replyClaimGet(w, answers)
}

func replyPut(w *writer, answers []server.Answer) {
	switch answers[0].Outcome {
	case dedup.OK:
		w.status("OK")
	case dedup.Full:
		w.fail(errFull)
	default:
		w.null()
	}
}

// replyPutGet: the old value, then the answer of Put. ERR would say that nothing was put.
func replyPutGet(w *writer, answers []server.Answer) {
	switch {
	case answers[1].Outcome == dedup.Full:
		w.fail(errFull)
	case answers[0].Omitted && answers[1].Outcome == dedup.OK:
		w.fail(errPutOmitted)
	default:
		replyGet(w, answers)
	}
}

func replyGet(w *writer, answers []server.Answer) {
	if answers[0].Outcome != dedup.Done {
		w.null()
		return
	}
	writeValue(w, &answers[0])
}

func replyMGet(w *writer, answers []server.Answer) {
	if slices.ContainsFunc(answers, func(a server.Answer) bool { return a.Omitted }) {
		w.fail(errOmitted)
		return
	}
	w.array(len(answers))
	for i := range answers {
		replyGet(w, answers[i:])
	}
}

func replyExists(w *writer, answers []server.Answer) {
	there := int64(0)
	for i := range answers {
		if answers[i].Outcome != dedup.Absent {
			there++
		}
	}
	w.integer(there)
}

func replyDel(w *writer, answers []server.Answer) {
	deleted := int64(0)
	for i := range answers {
		if answers[i].Outcome == dedup.OK {
			deleted++
		}
	}
	w.integer(deleted)
}

func replyTTL(w *writer, answers []server.Answer) { w.integer(left(&answers[0], 1000)) }

func replyPTTL(w *writer, answers []server.Answer) { w.integer(left(&answers[0], 1)) }

// left returns what is left in units of ms, rounded to the nearest as Redis does;
// -1: forever, -2: no record.
func left(a *server.Answer, unit uint64) int64 {
	switch {
	case a.Outcome == dedup.Absent:
		return -2
	case a.ExpiresInMillis == dedup.Forever:
		return -1
	default:
		return int64((a.ExpiresInMillis + unit/2) / unit)
	}
}
