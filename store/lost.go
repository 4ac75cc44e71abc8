package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Losses are records of the journal that are lost, rising.
type Losses struct {
	ranges [][2]uint64
	count  uint64
	// New is how many of them were not known to be lost before: of a copy, those that could not be read
	// when it was made.
	New uint64
}

// add takes a record that comes after all others.
func (l *Losses) add(n uint64) {
	l.count++
	if last := len(l.ranges) - 1; last >= 0 && l.ranges[last][1]+1 == n {
		l.ranges[last][1] = n
		return
	}
	l.ranges = append(l.ranges, [2]uint64{n, n})
}

// namedRanges is how many stretches of records are named.
const namedRanges = 50

// String names the records, "" if there are none.
func (l *Losses) String() string {
	var parts []string
	for i, r := range l.ranges {
		switch {
		case i == namedRanges:
			return fmt.Sprintf("records %s and others, %d in all,", strings.Join(parts, ", "), l.count)
		case r[0] == r[1]:
			parts = append(parts, fmt.Sprint(r[0]))
		default:
			parts = append(parts, fmt.Sprintf("%d to %d", r[0], r[1]))
		}
	}
	switch {
	case len(parts) == 0:
		return ""
	case l.count == 1:
		return "record " + parts[0]
	}
	return "records " + strings.Join(parts, ", ")
}

// mostLost is more bytes than the value of a Lost record has.
const mostLost = 64

// unreadable is what Raw says, in a copy, of a record that could not be read when it was made.
const unreadable = "unreadable"

// lostValue is the value of a Lost record.
func lostValue(why string) []byte { return (&Record{Kind: Lost, Raw: []byte(why)}).encode() }

// lostAs says whether a value is that of a Lost record, and what its Raw says.
func lostAs(value []byte) (why string, lost bool) {
	if len(value) > mostLost {
		return "", false
	}
	var r Record
	if err := r.decode(value); err != nil || r.Kind != Lost {
		return "", false
	}
	return string(r.Raw), true
}

// Lost returns the records of the journal that are known to be lost. Those that cannot be read, and were not
// given up, are faults that Check names.
func (s *Store) Lost(ctx context.Context) (l Losses, err error) {
	err = s.view(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues = []byte{kindRecord}, false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if it.Item().ValueSize() > mostLost {
				continue
			}
			err := it.Item().Value(func(v []byte) error {
				if _, lost := lostAs(v); lost {
					l.add(seqOf(it.Item().Key()))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("store: look for lost records: %w", err)
	}
	return l, err
}

// GaveUp says whether something was lost in a log, and given up, so that other keys have what is known of it.
func (s *Store) GaveUp() (bool, error) {
	notes, err := damagedLogs(s.dir)
	return slices.ContainsFunc(notes, func(note string) bool { return strings.HasSuffix(note, given) }), err
}

// LostIn reads a copy to its end, and returns the records that are lost in it.
func LostIn(r io.Reader) (l Losses, err error) {
	_, in, err := openCopy(r)
	for err == nil {
		var kind byte
		if kind, err = in.ReadByte(); err == nil {
			err = l.read(in, kind)
		}
	}
	if !errors.Is(err, io.EOF) {
		return l, fmt.Errorf("store: read a copy: %w", err)
	}
	return l, nil
}

// read reads a part of a copy.
func (l *Losses) read(in *bufio.Reader, kind byte) error {
	size, err := binary.ReadUvarint(in)
	switch {
	case err != nil:
		return noEnd(err)
	case kind == copySnapshot:
		_, err = io.CopyN(io.Discard, in, int64(size))
		return noEnd(err)
	case kind != copyValue && kind != copyKey || size > maxKey:
		return fmt.Errorf("a part of kind %d: %w", kind, ErrDamaged)
	}
	key := make([]byte, size)
	if _, err := io.ReadFull(in, key); err != nil || kind == copyKey {
		return noEnd(err)
	}
	if _, err = in.ReadByte(); err == nil {
		size, err = binary.ReadUvarint(in)
	}
	if err != nil {
		return noEnd(err)
	}
	if size > mostLost || len(key) == 0 || key[0] != kindRecord || !wellFormed(key) {
		_, err = io.CopyN(io.Discard, in, int64(size))
		return noEnd(err)
	}
	value := make([]byte, size)
	if _, err := io.ReadFull(in, value); err != nil {
		return noEnd(err)
	}
	if why, lost := lostAs(value); lost {
		if l.add(seqOf(key)); why == unreadable {
			l.New++
		}
	}
	return nil
}

// noEnd makes of an end in the midst of a part what it is.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
