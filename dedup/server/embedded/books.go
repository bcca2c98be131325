package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// books are what the program keeps.
type books struct {
	Name     string         `json:"name"`   // of this program's reading of the stream, drawn once
	Index    uint64         `json:"index"`  // of the log: all of this stream in entries up to there is in the books
	Offset   int            `json:"offset"` // of the stream: all before it is
	Booked   int            `json:"booked"` // payments
	Balances map[string]int `json:"balances"`
}

const booksFile = "books.json"

// readBooks reads the books of a folder, or makes new ones, whose name is durable before anything is claimed in it.
func readBooks(dir string) (b books, err error) {
	text, err := os.ReadFile(filepath.Join(dir, booksFile))
	if errors.Is(err, os.ErrNotExist) {
		b = books{Name: rand.Text(), Balances: map[string]int{}}
		return b, b.keep(dir, func(string) {})
	}
	if err != nil {
		return b, err
	}
	var sum uint32
	if n, err := fmt.Sscanf(string(text[:min(9, len(text))]), "%08x\n", &sum); n != 1 || err != nil || sum != crc32.ChecksumIEEE(text[9:]) {
		return b, fmt.Errorf("%s is not what was written", booksFile)
	}
	return b, json.Unmarshal(text[9:], &b)
}

// keep writes the books in the place of those before: a crash leaves these or those.
func (b *books) keep(dir string, step func(string)) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	text := append(fmt.Appendf(nil, "%08x\n", crc32.ChecksumIEEE(body)), body...)
	name := filepath.Join(dir, booksFile)
	temporary := temporaryOf(name)
	if err := write(temporary, text, step); err != nil {
		return err
	}
	step("written")
	if err := os.Rename(temporary, name); err != nil {
		return err
	}
	step("renamed")
	return sync(dir)
}

// write makes a file durable.
func write(name string, text []byte, step func(string)) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	half := len(text) / 2
	if _, err := file.Write(text[:half]); err != nil {
		return err
	}
	step("half written")
	if _, err := file.Write(text[half:]); err != nil {
		return err
	}
	return file.Sync()
}

// sync makes the names of a folder durable.
func sync(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
