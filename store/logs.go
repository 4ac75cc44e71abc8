package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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
const (
	logHeader    = 20
	entryHeader  = 2 + 5 + 5 + 10 // bytes at most
	logPage      = 4096           // bytes that reach the disk together
	leastGap     = 4              // zeros at the end of a page that a crash has left, not chance
	damagedNotes = "damaged"      // the file that names logs with a bad byte
)

// breach is where a log's entries end, and how.
type breach struct {
	at      int64
	damaged bool // bytes stand there that no crash leaves
}

// guardLogs keeps Badger from cutting off what stands behind a bad byte. In the newest
// value log all but the entry at that byte is kept; a memtable's log cannot be read
// past it, and is refused.
func guardLogs(dir string, log *slog.Logger) error {
	notes, err := damagedLogs(dir)
	if err != nil {
		return err
	}
	for _, note := range notes {
		log.Error("a log of values is damaged: orderguard check names what is lost, and a backup has it", "log", note)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return fmt.Errorf("store: list the data folder: %w", err)
	}
	for _, path := range tables {
		b, err := scanLog(path)
		if err != nil {
			return fmt.Errorf("store: look at a log: %w", err)
		}
		if b.damaged {
			return fmt.Errorf("store: %w: %s is bad at byte %d, and what was committed after that would be cut off: "+
				"restore a backup; or, to lose those commits and go on, move that file out of the folder", ErrDamaged, path, b.at)
		}
	}
	values, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(values) == 0 {
		return err
	}
	newest := slices.Max(values) // names are numbers of six digits
	b, err := scanLog(newest)
	if err != nil {
		return fmt.Errorf("store: look at a log: %w", err)
	}
	if !b.damaged {
		return nil
	}
	log.Error("a log of values is damaged: its other entries are kept; orderguard check names what is lost, and a backup has it", "file", newest, "byte", b.at)
	return keepLog(dir, newest, b.at)
}

// keepLog notes that a value log is damaged and puts an empty one after it, so that
// Badger takes that for the newest, which it cuts at the first fault.
func keepLog(dir, newest string, at int64) error {
	var number uint32
	if _, err := fmt.Sscanf(filepath.Base(newest), "%d.vlog", &number); err != nil {
		return fmt.Errorf("store: the name of the log %s: %w", newest, err)
	}
	notes, err := os.OpenFile(filepath.Join(dir, damagedNotes), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: note a damaged log: %w", err)
	}
	_, err = fmt.Fprintf(notes, "%s is bad at byte %d\n", filepath.Base(newest), at)
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

// scanLog finds where the entries of a log end.
func scanLog(path string) (breach, error) {
	f, err := os.Open(path)
	if err != nil {
		return breach{}, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil || info.Size() <= logHeader {
		return breach{at: logHeader}, err
	}
	r := entryReader{size: info.Size(), from: bufio.NewReaderSize(f, 256<<10)}
	if _, err := r.from.Discard(logHeader); err != nil {
		return breach{}, err
	}
	end, extent := int64(logHeader), int64(0)
	for {
		n, whole, err := r.next(end)
		if err != nil {
			return breach{}, err
		}
		if extent = n; !whole {
			break
		}
		end += n
	}
	if end == r.size {
		return breach{at: end}, nil
	}
	return judgeBreach(f, r.size, end, extent)
}

// entryReader goes over the entries of a log of size bytes.
type entryReader struct {
	size int64
	from *bufio.Reader
}

// next reads the entry at a place. It returns how many bytes it takes, or would take
// as far as that can be told, and whether it is whole.
func (r *entryReader) next(at int64) (bytes int64, whole bool, err error) {
	head, err := r.from.Peek(int(min(entryHeader, r.size-at)))
	if err != nil {
		return 0, false, err
	}
	n, rest := lengthOf(head)
	if n == 0 || at+int64(n)+rest > r.size {
		return int64(len(head)), false, nil
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if _, err := io.CopyN(sum, r.from, int64(n)+rest-crc32.Size); err != nil {
		return 0, false, err
	}
	var stands [crc32.Size]byte
	if _, err := io.ReadFull(r.from, stands[:]); err != nil {
		return 0, false, err
	}
	return int64(n) + rest, binary.BigEndian.Uint32(stands[:]) == sum.Sum32(), nil
}

// lengthOf returns the length of an entry's header and of what follows it; 0 if this is
// none.
func lengthOf(head []byte) (header int, rest int64) {
	at := 2
	var fields [3]uint64 // key, value, expiry
	for i := range fields {
		if at >= len(head) {
			return 0, 0
		}
		v, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return 0, 0
		}
		fields[i] = v
		at += n
	}
	if fields[0] == 0 || fields[0] > 1<<16 || fields[1] > 1<<32-1 { // as Badger bounds them
		return 0, 0
	}
	return at, int64(fields[0]) + int64(fields[1]) + crc32.Size
}

// judgeBreach tells what a crash leaves from damage, at the place where a log's entries
// end and which extent bytes long one should stand. What had not been synced comes to
// the disk by pages, or was being copied: so zeros stand behind the break, up to the
// end of a page at least. A log without zeros at its end was closed by Badger,
// and has no break but by damage.
func judgeBreach(f *os.File, size, end, extent int64) (breach, error) {
	tail := make([]byte, min(size-end, logPage))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return breach{}, err
	}
	if len(bytes.TrimRight(tail, "\x00")) == len(tail) {
		return breach{at: end, damaged: true}, nil
	}
	upTo := min((end+extent+logPage-1)/logPage*logPage, size)
	entry := make([]byte, upTo-end)
	if _, err := f.ReadAt(entry, end); err != nil {
		return breach{}, err
	}
	for page := end/logPage*logPage + logPage; ; page += logPage {
		from, to := max(page-logPage, end)-end, min(page, upTo)-end
		written := from + int64(len(bytes.TrimRight(entry[from:to], "\x00")))
		if gap := to - written; written < extent && (gap >= leastGap || gap == to-from) {
			return breach{at: end}, nil
		}
		if page >= upTo {
			return breach{at: end, damaged: true}, nil
		}
	}
}
