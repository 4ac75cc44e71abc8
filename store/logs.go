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
	"iter"
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
	entryLeast   = 2 + 3 + 8 + 4  // bytes of an entry at least
	maxUnderWay  = 4              // transactions; Append's and another writer's are
	copyAlign    = 32             // bytes: what Go's copies begin at
	damagedNotes = "damaged"      // the file that names logs with a bad byte

	entryDeleted = 1 << 0 // bit of meta: the key is deleted
	entryPointer = 1 << 1 // bit of meta: the value is a pointer
	entryInTxn   = 1 << 6 // bit of meta: an entry that ends the transaction follows
)

// logState is what a log is found to hold.
type logState struct {
	path string
	end  int64 // of the last whole entry
	// committed is the end of the last whole transaction.
	committed int64
	empty     bool // not even a header stands in it
	open      bool // what follows end is as a crash leaves it
	damaged   bool // bytes stand there that no crash leaves
	// durable is the last record of the journal in it that was committed for sure:
	// another transaction with later records came after it. Reclaim moves earlier ones
	// to its end, in the midst of a commit.
	durable uint64
	trace   trace
}

// numberOf returns the number of a value log.
func numberOf(path string) (number uint32, err error) {
	if _, err := fmt.Sscanf(filepath.Base(path), "%d.vlog", &number); err != nil {
		return 0, fmt.Errorf("store: the name of the log %s: %w", path, err)
	}
	return number, nil
}

// keepLog notes that a value log is damaged and ends it: Badger cuts the newest at the
// first fault.
func keepLog(dir string, newest *logState) error {
	notes, err := os.OpenFile(filepath.Join(dir, damagedNotes), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: note a damaged log: %w", err)
	}
	_, err = fmt.Fprintln(notes, newest.note())
	if err = errors.Join(err, notes.Sync(), notes.Close()); err != nil {
		return fmt.Errorf("store: note a damaged log: %w", err)
	}
	return endLog(dir, newest)
}

// endLog puts an empty value log after the newest one, so that Badger takes that for the newest.
func endLog(dir string, newest *logState) error {
	number, err := numberOf(newest.path)
	if err != nil {
		return err
	}
	// Without encryption nothing of the header is read but the number of the key, 0.
	err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.vlog", number+1)), make([]byte, logHeader), 0o600)
	if err != nil {
		return fmt.Errorf("store: put an empty log after another: %w", err)
	}
	return nil
}

// note says where a log is damaged.
func (l *logState) note() string {
	return fmt.Sprintf("%s is bad at byte %d", filepath.Base(l.path), l.end)
}

// damagedLogs returns what keepLog noted of logs that are still there, a line each.
func damagedLogs(dir string) (notes []string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, damagedNotes))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: read which logs are damaged: %w", err)
	}
	for note := range strings.Lines(string(text)) {
		_, err := os.Stat(filepath.Join(dir, notedLog(note)))
		if note = strings.TrimSpace(note); note != "" && !errors.Is(err, os.ErrNotExist) {
			notes = append(notes, note)
		}
	}
	return notes, nil
}

// notedLog returns the name of the log that a note is of.
func notedLog(note string) string {
	name, _, _ := strings.Cut(note, " ")
	return name
}

// given is how the note of a log ends whose losses are given up.
const given = " (what stood there is given up)"

// giveUp notes that what was lost in logs is given up.
func giveUp(dir string) error {
	notes, err := damagedLogs(dir)
	if err != nil || len(notes) == 0 {
		return err
	}
	return writeWhole(osFiles{}, filepath.Join(dir, damagedNotes), func(w io.Writer) error {
		for _, note := range notes {
			if _, err := fmt.Fprintln(w, strings.TrimSuffix(note, given)+given); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeKeys goes over the keys of all whole entries of a log, damaged or not.
func wholeKeys(path string) (iter.Seq[[]byte], error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("store: look at a log: %w", err)
	}
	used := len(trimZeros(data))
	return wholeEntries(data[:min(used+crc32.Size, len(data))]), nil // a checksum may end in zeros
}

// scanLog looks at a log, and for records after one.
func scanLog(path string, after uint64) (*logState, error) {
	l := &logState{path: path, end: logHeader, committed: logHeader, trace: trace{after: after}}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil || info.Size() <= logHeader {
		l.empty = err == nil && info.Size() == 0
		l.open = l.empty
		return l, err
	}
	r := entryReader{size: info.Size(), from: bufio.NewReaderSize(f, 256<<10), sum: crc32.New(castagnoli)}
	if _, err := r.from.Discard(logHeader); err != nil {
		return nil, err
	}
	extent, version := int64(0), uint64(0)
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
		at := versionOf(r.key)
		if number, ok := recordIn(r.key); ok && number > l.trace.last {
			if at != version {
				l.durable = l.trace.last
			}
			version = at
		}
		if l.trace.oldest == 0 {
			l.trace.oldest = at
		}
		l.trace.newest = at
		l.trace.see(r.key, r.meta, r.value)
	}
	if l.end == r.size {
		return l, nil
	}
	err = l.judge(f, r.size, extent)
	if err == nil && l.open && filepath.Ext(path) == ".mem" {
		err = l.lookBehind(f, r.size)
	}
	return l, err
}

// lookBehind takes a break for damage if more transactions stand behind it than can have been
// under way at once: Badger syncs its log before it takes the next ones. Of value logs,
// which can be much larger, pointers say as much.
func (l *logState) lookBehind(f *os.File, size int64) error {
	behind, err := l.behind(f, size)
	delete(behind, 0)
	if len(behind) > maxUnderWay {
		l.open, l.damaged = false, true
	}
	return err
}

// behind returns the versions of the first whole entries behind the end, 0 for all that are not
// newer than what is before it: those are Reclaim's.
func (l *logState) behind(f *os.File, size int64) (map[uint64]bool, error) {
	used, _, err := usedOf(io.NewSectionReader(f, l.end, size-l.end))
	if err != nil {
		return nil, err
	}
	rest := make([]byte, min(used+crc32.Size, size-l.end)) // a checksum may end in zeros
	if _, err := f.ReadAt(rest, l.end); err != nil {
		return nil, err
	}
	versions := map[uint64]bool{}
	for key := range wholeEntries(rest) {
		version := versionOf(key)
		if version <= l.trace.newest {
			version = 0
		}
		if versions[version] = true; len(versions) > maxUnderWay+1 {
			break
		}
	}
	return versions, nil
}

// wholeEntries goes over the keys of the whole entries in some bytes, whatever stands between.
func wholeEntries(b []byte) iter.Seq[[]byte] {
	return func(yield func(key []byte) bool) {
		for len(b) > entryLeast {
			n, key := wholeEntry(b)
			if n > 0 && !yield(key) {
				return
			}
			b = b[max(n, 1):]
		}
	}
}

// wholeEntry returns the length and the key of an entry at the beginning of some bytes, 0 if
// there is none.
func wholeEntry(b []byte) (n int, key []byte) {
	if b[2] == 0 {
		return 0, nil // as in zeros, where most calls are
	}
	header, keyBytes, value := lengthsOf(b[:min(len(b), entryHeader)])
	all := int64(header) + keyBytes + value + crc32.Size
	if header == 0 || keyBytes <= 8 || all > int64(len(b)) {
		return 0, nil
	}
	body := b[:all-crc32.Size]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[len(body):]) {
		return 0, nil
	}
	return int(all), body[header : int64(header)+keyBytes]
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entryReader goes over the entries of a log of size bytes.
type entryReader struct {
	size int64
	from *bufio.Reader
	sum  hash.Hash32

	// Of the entry that was read last:
	meta  byte
	key   []byte
	value []byte // if it is small enough to be a pointer, or a number
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
	r.key, r.value = r.key[header:], r.value[:0]
	if value <= pointerSize {
		r.value = append(r.value, make([]byte, value)...)
		_, err = io.ReadFull(in, r.value)
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

// headless says whether an entry was being copied when the process was killed: on amd64 Go
// copies what is long from the next aligned address on, and what is before it last
// (runtime/memmove_amd64.s). Nothing stands behind such an entry.
func (l *logState) headless(f *os.File, size int64) (bool, error) {
	aligned := (l.end + copyAlign - 1) / copyAlign * copyAlign
	if aligned == l.end || aligned >= size {
		return false, nil
	}
	head := make([]byte, aligned-l.end)
	if _, err := f.ReadAt(head, l.end); err != nil || len(bytes.TrimLeft(head, "\x00")) > 0 {
		return false, err
	}
	behind, err := l.behind(f, size)
	return err == nil && len(behind) == 0, err
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
	if headless, err := l.headless(f, size); err != nil || headless {
		l.open = headless
		return err
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
