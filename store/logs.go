package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Badger reads the newest of its value logs, and the logs of its memtables, up to the
// first entry that is not whole, and cuts off the rest: that is what a crash leaves
// behind. A single byte gone bad would cost all that was committed behind it in the
// same way, without a word. So these logs are looked at before Badger sees them.
//
// A log is, as Badger 4 writes it without encryption (its memtable.go and structs.go):
//
//	header 20 bytes | entries | zeros up to the end, unless Badger closed it
//	entry  meta | user meta | length of key | length of value | expiry (uvarints) |
//	       key | value | CRC-32C of all before, big endian
//	key    as the store gives it | 2^64-1 less the version of its transaction, 8 BE
const (
	logHeader    = 20
	entryHeader  = 2 + 5 + 5 + 10 // bytes at most
	logPage      = 4096           // bytes that reach the disk together
	leastGap     = 4              // zeros at the end of a page that a crash has left, not chance
	damagedNotes = "damaged"      // the file that names logs with a bad byte

	entryDeleted = 1 << 0 // bit of meta: the key is deleted
	entryPointer = 1 << 1 // bit of meta: the value is a pointer
	entryInTxn   = 1 << 6 // bit of meta: an entry that ends the transaction follows
	pointerSize  = 12     // bytes: file, length, offset, uint32 each as the machine has them
)

// logState is what a log is found to hold.
type logState struct {
	path string
	end  int64 // of the last whole entry
	// committed is the end of the last whole transaction.
	committed int64
	open      bool // what follows end is as a crash leaves it
	damaged   bool // bytes stand there that no crash leaves
	// durable is the last record of the journal in it that was committed for sure:
	// another transaction with records came after it.
	durable uint64
	trace   trace
}

// trace is what keys and pointers show of what was committed.
type trace struct {
	ends map[uint32]int64 // how far the entries of value logs reached, by their numbers
	last uint64           // record of the journal
	// oldest and newest are versions of transactions; of a table newest alone.
	oldest, newest uint64
}

// see takes a pointer. Badger syncs a value before it writes the pointer anywhere.
func (t *trace) see(pointer []byte) {
	if len(pointer) != pointerSize {
		return
	}
	if t.ends == nil {
		t.ends = map[uint32]int64{}
	}
	file := binary.NativeEndian.Uint32(pointer)
	t.ends[file] = max(t.ends[file], int64(binary.NativeEndian.Uint32(pointer[4:]))+int64(binary.NativeEndian.Uint32(pointer[8:])))
}

// join takes what another has seen.
func (t *trace) join(other *trace) {
	if t.ends == nil {
		t.ends = map[uint32]int64{}
	}
	for file, end := range other.ends {
		t.ends[file] = max(t.ends[file], end)
	}
	t.last = max(t.last, other.last)
	t.newest = max(t.newest, other.newest)
}

// numberOf returns the number of a value log.
func numberOf(path string) (number uint32, err error) {
	if _, err := fmt.Sscanf(filepath.Base(path), "%d.vlog", &number); err != nil {
		return 0, fmt.Errorf("store: the name of the log %s: %w", path, err)
	}
	return number, nil
}

// keepLog notes that a value log is damaged and puts an empty one after it, so that
// Badger takes that for the newest, which it cuts at the first fault.
func keepLog(dir string, newest *logState) error {
	number, err := numberOf(newest.path)
	if err != nil {
		return err
	}
	notes, err := os.OpenFile(filepath.Join(dir, damagedNotes), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: note a damaged log: %w", err)
	}
	_, err = fmt.Fprintln(notes, newest.note())
	if err = errors.Join(err, notes.Sync(), notes.Close()); err != nil {
		return fmt.Errorf("store: note a damaged log: %w", err)
	}
	// Without encryption nothing of the header is read but the number of the key, 0.
	err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.vlog", number+1)), make([]byte, logHeader), 0o600)
	if err != nil {
		return fmt.Errorf("store: put an empty log after a damaged one: %w", err)
	}
	return nil
}

// note says where a log is damaged.
func (l *logState) note() string {
	return fmt.Sprintf("%s is bad at byte %d", filepath.Base(l.path), l.end)
}

// damagedLogs returns what keepLog noted, a line each.
func damagedLogs(dir string) ([]string, error) {
	notes, err := os.ReadFile(filepath.Join(dir, damagedNotes))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: read which logs are damaged: %w", err)
	}
	return strings.Split(strings.TrimSpace(string(notes)), "\n"), nil
}

// scanLog looks at a log.
func scanLog(path string) (*logState, error) {
	l := &logState{path: path, end: logHeader, committed: logHeader}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil || info.Size() <= logHeader {
		l.open = err == nil && info.Size() == 0
		return l, err
	}
	r := entryReader{size: info.Size(), from: bufio.NewReaderSize(f, 256<<10), sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	if _, err := r.from.Discard(logHeader); err != nil {
		return nil, err
	}
	extent, version, newest := int64(0), uint64(0), uint64(0)
	for {
		n, whole, err := r.next(l.end)
		if err != nil {
			return nil, err
		}
		if extent = n; !whole {
			break
		}
		l.end += n
		if r.meta&entryInTxn == 0 {
			l.committed = l.end
		}
		l.trace.see(r.pointer)
		at := versionOf(r.key)
		if l.trace.oldest == 0 {
			l.trace.oldest = at
		}
		l.trace.newest = at
		if number, ok := recordIn(r.key); ok {
			if at != version {
				l.durable = newest
			}
			version, newest = at, number
			l.trace.last = max(l.trace.last, number)
		}
	}
	if l.end == r.size {
		return l, nil
	}
	err = l.judge(f, r.size, extent)
	return l, err
}

// recordIn returns the number of the record that a key with a version is of.
func recordIn(key []byte) (number uint64, ok bool) {
	if len(key) != 1+8+8 || key[0] != kindRecord {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[1:]), true
}

// versionOf returns the version of a key's transaction.
func versionOf(key []byte) uint64 {
	if len(key) < 8 {
		return 0
	}
	return math.MaxUint64 - binary.BigEndian.Uint64(key[len(key)-8:])
}

// entryReader goes over the entries of a log of size bytes.
type entryReader struct {
	size int64
	from *bufio.Reader
	sum  hash.Hash32

	// Of the entry that was read last:
	meta    byte
	key     []byte
	pointer []byte // its value, if that is one
}

// next reads the entry at a place. It returns how many bytes it takes, or would take
// as far as that can be told, and whether it is whole.
func (r *entryReader) next(at int64) (bytes int64, whole bool, err error) {
	head, err := r.from.Peek(int(min(entryHeader, r.size-at)))
	if err != nil {
		return 0, false, err
	}
	header, key, value := lengthsOf(head)
	all := int64(header) + key + value + crc32.Size
	if header == 0 || at+all > r.size {
		return int64(len(head)), false, nil
	}
	r.meta = head[0]
	r.sum.Reset()
	in := io.TeeReader(r.from, r.sum)
	r.key = append(r.key[:0], make([]byte, int64(header)+key)...)
	if _, err := io.ReadFull(in, r.key); err != nil {
		return 0, false, err
	}
	r.key, r.pointer = r.key[header:], r.pointer[:0]
	if r.meta&entryPointer != 0 && value == pointerSize {
		r.pointer = append(r.pointer, make([]byte, pointerSize)...)
		_, err = io.ReadFull(in, r.pointer)
	} else {
		_, err = io.CopyN(r.sum, r.from, value)
	}
	if err != nil {
		return 0, false, err
	}
	var stands [crc32.Size]byte
	if _, err := io.ReadFull(r.from, stands[:]); err != nil {
		return 0, false, err
	}
	return all, binary.BigEndian.Uint32(stands[:]) == r.sum.Sum32(), nil
}

// lengthsOf returns the length of an entry's header, key and value; a header of 0 if
// this is none.
func lengthsOf(head []byte) (header int, key, value int64) {
	at := 2
	var fields [3]uint64 // key, value, expiry
	for i := range fields {
		if at >= len(head) {
			return 0, 0, 0
		}
		v, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return 0, 0, 0
		}
		fields[i] = v
		at += n
	}
	if fields[0] == 0 || fields[0] > 1<<16 || fields[1] > 1<<32-1 { // as Badger bounds them
		return 0, 0, 0
	}
	return at, int64(fields[0]), int64(fields[1])
}

// judge tells what a crash leaves from damage, at the place where a log's entries
// end and which extent bytes long one should stand. What had not been synced comes to
// the disk by pages, or was being copied: so zeros stand behind the break, up to the
// end of a page at least. A log without zeros at its end was closed by Badger,
// and has no break but by damage.
func (l *logState) judge(f *os.File, size, extent int64) error {
	tail := make([]byte, min(size-l.end, logPage))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return err
	}
	if len(bytes.TrimRight(tail, "\x00")) == len(tail) {
		l.damaged = true
		return nil
	}
	upTo := min((l.end+extent+logPage-1)/logPage*logPage, size)
	entry := make([]byte, upTo-l.end)
	if _, err := f.ReadAt(entry, l.end); err != nil {
		return err
	}
	for page := l.end/logPage*logPage + logPage; ; page += logPage {
		from, to := max(page-logPage, l.end)-l.end, min(page, upTo)-l.end
		written := from + int64(len(bytes.TrimRight(entry[from:to], "\x00")))
		if gap := to - written; written < extent && (gap >= leastGap || gap == to-from) {
			l.open = true
			return nil
		}
		if page >= upTo {
			l.damaged = true
			return nil
		}
	}
}
