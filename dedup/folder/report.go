package folder

import "time"

// Report is what was found in a folder.
type Report struct {
	Folder      string `json:"folder"`
	Whole       bool   `json:"whole"`
	Cluster     string `json:"cluster"` // in hexadecimal, as Incarnation
	Node        uint8  `json:"node"`
	Incarnation string `json:"incarnation"`
	Starts      uint64 `json:"starts"` // that the folder has had

	Files []File `json:"files"`
	Peers []Peer `json:"peers"`
	Log   Log    `json:"log"`
	State *State `json:"state"` // null: it could not be made

	Damage []Damage `json:"damage,omitempty"` // in the order in which it was found
}

// File is a file of the folder.
type File struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Found string `json:"found"` // in words

	Records    int    `json:"records,omitempty"`
	FirstMark  uint64 `json:"first_mark,omitempty"`
	LastMark   uint64 `json:"last_mark,omitempty"`
	FirstIndex uint64 `json:"first_index,omitempty"` // of a snapshot both are of the entry that it covers last
	LastIndex  uint64 `json:"last_index,omitempty"`
	FirstTerm  uint64 `json:"first_term,omitempty"`
	LastTerm   uint64 `json:"last_term,omitempty"`
}

// Peer is what the folder knows of another node.
type Peer struct {
	Node        uint8  `json:"node"`
	Incarnation string `json:"incarnation,omitempty"`
	Start       uint64 `json:"start,omitempty"`    // the newest one that it was met in
	KeptOut     string `json:"kept_out,omitempty"` // why nothing of its folder counts any more
}

// Log is where the log begins and ends.
type Log struct {
	Begins    uint64 `json:"begins_behind"`
	BeginTerm uint64 `json:"begins_behind_term"`
	Last      uint64 `json:"last_index"`
	LastTerm  uint64 `json:"last_term"`
	Commit    uint64 `json:"committed"` // as far as this disk knows
	Term      uint64 `json:"term"`
	Vote      uint8  `json:"vote"`
	Mark      uint64 `json:"mark"`
	Torn      bool   `json:"torn"` // a crash tore the last record, which was never acknowledged
}

// State is what the snapshot and the log come to.
type State struct {
	Snapshot uint64    `json:"snapshot"` // that it was made of; 0: of the log alone
	Applied  uint64    `json:"applied"`
	Digest   string    `json:"digest"` // of what is known to be committed, as the nodes compare it
	DigestAt uint64    `json:"digest_at"`
	Number   uint64    `json:"number"` // of the last command
	Keys     uint64    `json:"keys"`
	Bytes    uint64    `json:"bytes"`
	LogTime  time.Time `json:"log_time"`
	Compared []uint64  `json:"compared,omitempty"` // entries of the snapshots whose files were found to hold that state
}

// Damage is something that is wrong, and what to do.
type Damage struct {
	File   string `json:"file"`
	Offset *int64 `json:"offset,omitempty"`
	What   string `json:"what"`
	ToDo   string `json:"to_do"`
}
