package http

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// What a backup may take of a node. A file that is removed meanwhile takes its room until the reader is done, or is cut off.
const (
	backupTakes  = 10 * time.Minute // until the snapshot is durable that the backup is
	backupPiece  = 256 << 10        // is written at once, and all that is held in memory for a reader
	pieceWithin  = 10 * time.Second // who does not take a piece in this time is cut off, see Config.PieceTime
	backupStarts = time.Minute      // and who has not taken the whole in this time,
	leastRate    = 1 << 20          // and a second more for so many bytes
	mostRate     = 64 << 20         // bytes in a second that one reader is given
)

// backup tells the cluster's state as a file. A request with If-Match goes on with the backup that it names; without it Range is not heeded, since another
// backup's rest would follow.
func (d *Door) backup(w http.ResponseWriter, r *http.Request) {
	if !placeOf(r).Begin() {
		panic(http.ErrAbortHandler)
	}
	deadlines := http.NewResponseController(w)
	_ = deadlines.SetReadDeadline(time.Time{})                              // who waits is not slow
	_ = deadlines.SetWriteDeadline(time.Now().Add(backupTakes + d.timeout)) // a recorder of tests has none
	b, err := d.openBackup(r)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	defer b.Close()
	h := w.Header()
	h.Set("ETag", strconv.Quote(b.Name()))
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-store")
	size := b.FileBytes()
	until := time.Now().Add(backupStarts + time.Duration(size/leastRate)*time.Second)
	http.ServeContent(&paced{ResponseWriter: w, deadlines: deadlines, until: until, within: d.pieceTime, ctx: r.Context()}, r, "", time.Time{}, io.NewSectionReader(b, 0, size))
}

func (d *Door) openBackup(r *http.Request) (*server.Backup, error) {
	name := r.Header.Get("If-Match")
	if name != "" {
		index, err := indexOfBackup(name)
		if err != nil {
			return nil, err
		}
		return d.service.ReopenBackup(index)
	}
	r.Header.Del("Range")
	ctx, cancel := context.WithTimeout(r.Context(), backupTakes)
	defer cancel()
	return d.service.TakeBackup(ctx)
}

func indexOfBackup(name string) (uint64, error) {
	digits, _, found := strings.Cut(strings.Trim(name, `"`), "-")
	index, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || !found {
		return 0, invalid("If-Match is %q, want the ETag of a backup", name)
	}
	return index, nil
}

// problemOfBackup is what is said where there is no backup; nil for other errors.
func problemOfBackup(err error) *problem {
	switch {
	case errors.Is(err, server.ErrBackupBusy):
		return unavailable("backup-busy", "The node gives as many backups as it may.", err)
	case errors.Is(err, server.ErrBackupGone):
		return newProblem(http.StatusPreconditionFailed, "backup-gone", "The node does not have that backup any more.", err.Error())
	}
	return nil
}

// paced is where a backup is written to: neither too slowly nor too fast.
type paced struct {
	http.ResponseWriter
	deadlines *http.ResponseController
	until     time.Time
	within    time.Duration   // for a piece
	free      time.Time       // when what was written is paid for
	ctx       context.Context //nolint:containedctx // it is one request
}

// ReadFrom is io.ReaderFrom's: it copies in pieces.
func (p *paced) ReadFrom(from io.Reader) (n int64, err error) {
	piece := make([]byte, backupPiece)
	for {
		read, err := io.ReadFull(from, piece)
		written, wrong := p.Write(piece[:read])
		n += int64(written)
		switch {
		case wrong != nil:
			return n, wrong
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// Write writes a piece of a backup.
func (p *paced) Write(b []byte) (int, error) {
	now := time.Now()
	if isTooSlow(now, p.until) {
		return 0, errors.New("the backup was not taken whole in time")
	}
	_ = p.deadlines.SetWriteDeadline(now.Add(min(p.within, p.until.Sub(now)))) // a recorder of tests has none
	n, err := p.ResponseWriter.Write(b)
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(time.Duration(float64(n) / mostRate * float64(time.Second)))
	if ahead := time.Until(p.free); ahead > 0 {
		select {
		case <-p.ctx.Done():
			return n, context.Cause(p.ctx)
		case <-time.After(ahead):
		}
	}
	return n, err
}

// isTooSlow reports whether a reader is cut off.
func isTooSlow(now, until time.Time) bool { return !now.Before(until) }
