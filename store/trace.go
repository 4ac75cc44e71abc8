package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// trace is what the keys and pointers of tables and memtables show of what was committed.
type trace struct {
	ends map[uint32]int64 // how far the entries of value logs reached, by their numbers
	last uint64           // record of the journal
	// oldest and newest are versions of transactions; of a table newest alone.
	oldest, newest uint64
	// metas are the newest of the numbers under keys of one of a kind, by key.
	metas map[string]versioned
	// tail is where the records after one lie, those that were let go of too.
	after uint64
	tail  map[uint64]placement
}

// versioned is a number with the version of the transaction that wrote it.
type versioned struct{ number, version uint64 }

// placement is where the value of a key lies by the newest of its versions: nowhere
// if it is beside its key, in several places if Reclaim has moved it.
type placement struct {
	version uint64
	deleted bool
	places  []place
}

// place is a pointer of Badger's: an entry of a value log.
type place struct{ file, length, offset uint32 }

// pointerSize is the length of a pointer in bytes: file, length and offset, uint32 each as
// the machine has them.
const pointerSize = 12

// placeIn decodes a pointer.
func placeIn(value []byte) (p place, ok bool) {
	if len(value) != pointerSize {
		return p, false
	}
	return place{
		binary.NativeEndian.Uint32(value), binary.NativeEndian.Uint32(value[4:]), binary.NativeEndian.Uint32(value[8:]),
	}, true
}

// see takes an entry. Badger syncs a value before it writes the pointer anywhere.
func (t *trace) see(key []byte, meta byte, value []byte) {
	p, pointer := placeIn(value)
	if pointer = pointer && meta&entryPointer != 0; pointer {
		if t.ends == nil {
			t.ends = map[uint32]int64{}
		}
		t.ends[p.file] = max(t.ends[p.file], int64(p.length)+int64(p.offset))
	}
	version := versionOf(key)
	if n, ok := recordIn(key); ok {
		t.last = max(t.last, n)
		if n > t.after {
			at := placement{version: version, deleted: meta&entryDeleted != 0}
			if pointer {
				at.places = append(at.places, p)
			}
			t.put(n, at)
		}
	}
	if len(key) > 8 && key[0] == kindMeta && len(value) == 8 {
		t.mark(string(key[:len(key)-8]), versioned{binary.BigEndian.Uint64(value), version})
	}
}

// mark notes a number under a key.
func (t *trace) mark(key string, v versioned) {
	if t.metas == nil {
		t.metas = map[string]versioned{}
	}
	if v.version >= t.metas[key].version {
		t.metas[key] = v
	}
}

// put notes where a record lies.
func (t *trace) put(n uint64, at placement) {
	if t.tail == nil {
		t.tail = map[uint64]placement{}
	}
	was := t.tail[n]
	switch {
	case at.version > was.version:
		t.tail[n] = at
	case at.version == was.version:
		was.places = append(was.places, at.places...)
		t.tail[n] = was
	}
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
	for key, v := range other.metas {
		t.mark(key, v)
	}
	for n, at := range other.tail {
		t.put(n, at)
	}
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

// placeReader reads entries of value logs where pointers say that they are.
type placeReader struct {
	dir  string
	file *os.File // the last one
	name uint32
	buf  []byte
}

// sound says whether a record stands whole in a place.
func (r *placeReader) sound(n uint64, p place) (bool, error) {
	if r.file == nil || r.name != p.file {
		if err := r.close(); err != nil {
			return false, err
		}
		f, err := os.Open(filepath.Join(r.dir, fmt.Sprintf("%06d.vlog", p.file)))
		if os.IsNotExist(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		r.file, r.name = f, p.file
	}
	info, err := r.file.Stat()
	if err != nil || p.length < entryLeast || int64(p.offset)+int64(p.length) > info.Size() {
		return false, err
	}
	r.buf = append(r.buf[:0], make([]byte, p.length)...)
	if _, err := r.file.ReadAt(r.buf, int64(p.offset)); err != nil {
		return false, err
	}
	length, key := wholeEntry(r.buf)
	number, ok := recordIn(key)
	return ok && number == n && length == len(r.buf), nil
}

func (r *placeReader) close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
