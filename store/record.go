package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/s2"
)

// RecordKind is what a record of the journal says.
type RecordKind uint8

// The kinds of records. Their numbers are on disks: never change one.
const (
	Lines RecordKind = 1 // lines of a feed
	Tick  RecordKind = 2 // the wall clock at which sources had fallen silent
	End   RecordKind = 3 // a source has ended
	Rules RecordKind = 4 // rules that judge from here on; Raw is their text
	Start RecordKind = 5 // the daemon starts: the silence before was not the sources'
	Acts  RecordKind = 6 // what people did, or fell due; Raw is a list in JSON
	Lost  RecordKind = 7 // what stood here cannot be read any more: of a copy, and of Records
)

// Record is one of the inputs that determine what the engine finds, as the
// journal keeps it.
type Record struct {
	Number uint64 // its place in the journal, from 1; Append gives it
	Kind   RecordKind
	// Feed and Source are those of lines; of End only Source is set.
	Feed, Source string
	// Wall is when it came, in Unix ms by the wall clock.
	Wall int64
	// Of lines: the number of the first in its source, how many there are, blank
	// ones too, and at which byte of the source they begin.
	FirstLine, Count, Offset int64
	// Raw is the lines with their line ends, or what the kind says.
	Raw []byte
	// Positions are how far the feeds named have come with this record. They
	// are written with it, and not read back.
	Positions map[string]FeedPosition
	// Posts are how far the posts named have come with this record, likewise. They
	// are known for PostTime.
	Posts map[string]FeedPosition

	packed []byte   // Raw as it is stored, once Pack was called
	orders []uint64 // hashes of the orders that the lines name, once Names was called
}

// Names says which orders the lines name, those without one as "". The index takes
// them from there as long as it keeps up, and need not read the record. It may run
// beside other calls of the store.
func (r *Record) Names(orders iter.Seq[string]) {
	r.orders = make([]uint64, 0, r.Count)
	for order := range orders {
		if order != "" {
			r.orders = append(r.orders, hashOf(order))
		}
	}
}

// Pack compresses Raw, which otherwise Append does. It may run beside other
// calls of the store.
func (r *Record) Pack() {
	room := packRoom.Get().(*[]byte)
	*room = s2.Encode((*room)[:cap(*room)], r.Raw)
	r.packed = bytes.Clone(*room)
	packRoom.Put(room)
}

// packRoom holds what lines are compressed into: it takes more than they do, compressed or not.
var packRoom = sync.Pool{New: func() any { return new([]byte) }}

// recordVersion is the first byte of a record's value, and recordSumSize the length of the
// checksum at its end.
const (
	recordVersion = 1
	recordSumSize = 8
)

// encode returns the record's value, without its number and positions:
//
//	+---------+------+------------------------------------------+------------------+------------------+-------------+
//	| version | kind | wall, first line, count, offset: varints | len feed | feed  | len source | src | Raw, by s2  |
//	+---------+------+------------------------------------------+------------------+------------------+-------------+
//	| xxhash64 of all before, 8 LE |
//	+------------------------------+
func (r *Record) encode() []byte {
	if r.packed == nil {
		r.Pack()
	}
	b := make([]byte, 0, len(r.packed)+len(r.Feed)+len(r.Source)+64)
	b = append(b, recordVersion, byte(r.Kind))
	for _, v := range []int64{r.Wall, r.FirstLine, r.Count, r.Offset} {
		b = binary.AppendVarint(b, v)
	}
	for _, s := range []string{r.Feed, r.Source} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b = append(b, r.packed...)
	return binary.LittleEndian.AppendUint64(b, xxhash.Sum64(b))
}

// read reads the record that an item holds.
func (r *Record) read(item *badger.Item) error {
	return valueOf(item, r.decode)
}

// recordBody returns a record's value without its checksum, if that is right.
func recordBody(value []byte) ([]byte, error) {
	if len(value) < 2+recordSumSize {
		return nil, fmt.Errorf("a record of %d bytes: %w", len(value), ErrDamaged)
	}
	if value[0] != recordVersion {
		return nil, fmt.Errorf("a record of version %d, this program reads version %d: use the newer orderguard that wrote it", value[0], recordVersion)
	}
	body, sum := value[:len(value)-recordSumSize], binary.LittleEndian.Uint64(value[len(value)-recordSumSize:])
	if xxhash.Sum64(body) != sum {
		return nil, fmt.Errorf("a record whose checksum is wrong: %w", ErrDamaged)
	}
	return body, nil
}

// decode reads a record's value. Raw is a copy, in the memory of what r had
// there before if it fits.
func (r *Record) decode(b []byte) error {
	packed, err := r.decodeHead(b)
	if err != nil {
		return err
	}
	if r.Raw, err = s2.Decode(r.Raw[:cap(r.Raw)], packed); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// decodeHead reads all of a record's value but Raw, which it returns as it is stored. It takes a hundredth of the time.
func (r *Record) decodeHead(b []byte) (packed []byte, err error) {
	body, err := recordBody(b)
	if err != nil {
		return nil, err
	}
	r.Kind = RecordKind(body[1])
	body = body[2:]
	for _, v := range []*int64{&r.Wall, &r.FirstLine, &r.Count, &r.Offset} {
		n := 0
		if *v, n = binary.Varint(body); n <= 0 {
			return nil, ErrDamaged
		}
		body = body[n:]
	}
	for _, s := range []*string{&r.Feed, &r.Source} {
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return nil, ErrDamaged
		}
		*s = string(body[n : n+int(size)])
		body = body[n+int(size):]
	}
	return body, nil
}
