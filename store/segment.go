package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/cespare/xxhash/v2"
)

// A segment of the index says which records of a stretch of the journal name an
// order. It is a file
//
//	index/<first record, 20 digits>-<last record, 20 digits>.idx
//	entry ...        rest of the hash, 4 LE | record - first, 4 LE
//	directory        entries before the bucket << 24 | checksum of the bucket, 8 LE; one for each bucket, and one more for the end
//	footer           "OGINDEX2" | first | last | entries | bits | xxhash64 of the directory | name of the journal |
//	                 checksum of the last record, as it stores it, or zeros | xxhash64 of the footer before, each 8 LE
//
// Former versions wrote "OGINDEX1", and neither the name nor the checksum of the record: what they made is
// made again, since it cannot be told from another store's, and does not say which records were lost.
//
// An entry of the order without a name leads to a record that could not be read when it was indexed, see order.go.
//
// Of an order's xxhash64 the upper 48 bits are kept: the first of them are the
// number of its bucket, the rest stands in the entry. Entries are sorted, so a
// bucket lies together, and a look-up reads two places of the file: the
// directory's, and the bucket.
const (
	segmentMagic  = "OGINDEX2"
	magicOfFormer = "OGINDEX1"
	segmentExt    = ".idx"
	entrySize     = 8
	footerSize    = 72
	footerFormer  = 56
	hashBits      = 48
	minBits       = hashBits - 32 // the rest fits 4 bytes
	maxBits       = 24
	perBucket     = 64 // about, where bits allow
	sumMask       = 1<<24 - 1
	maxSegmentLen = 1 << 28 // entries: no larger segments are made by merging
)

// entry says that a record names an order.
type entry struct {
	hash   uint64 // of the order, hashBits
	record uint64
}

func hashOf(order string) uint64 { return xxhash.Sum64String(order) >> (64 - hashBits) }

func (e entry) compare(o entry) int {
	switch {
	case e.hash < o.hash || e.hash == o.hash && e.record < o.record:
		return -1
	case e == o:
		return 0
	}
	return 1
}

// bitsFor returns how many bits number the buckets of so many entries.
func bitsFor(entries int64) int {
	bits := minBits
	for bits < maxBits && entries>>bits > perBucket {
		bits++
	}
	return bits
}

// segmentWriter writes a segment from sorted entries.
type segmentWriter struct {
	out         *bufio.Writer
	first, last uint64
	from        origin
	bits        int
	bucket      []byte // entries of the current one
	dir         []byte
	entries     uint64 // in buckets that are done
	err         error
}

// newSegmentWriter begins a segment of a stretch of records. Most is how many
// entries it will have at the most.
func newSegmentWriter(w io.Writer, first, last uint64, from origin, most int64) *segmentWriter {
	return &segmentWriter{out: bufio.NewWriterSize(w, 256<<10), first: first, last: last, from: from, bits: bitsFor(most)}
}

func (w *segmentWriter) add(e entry) {
	rest := hashBits - w.bits
	for number := e.hash >> rest; uint64(len(w.dir)/8) < number; {
		w.endBucket()
	}
	w.bucket = binary.LittleEndian.AppendUint32(w.bucket, uint32(e.hash&(1<<rest-1)))
	w.bucket = binary.LittleEndian.AppendUint32(w.bucket, uint32(e.record-w.first))
}

func (w *segmentWriter) endBucket() {
	w.dir = binary.LittleEndian.AppendUint64(w.dir, w.entries<<24|xxhash.Sum64(w.bucket)&sumMask)
	w.entries += uint64(len(w.bucket) / entrySize)
	if _, err := w.out.Write(w.bucket); w.err == nil {
		w.err = err
	}
	w.bucket = w.bucket[:0]
}

// close writes the directory and the footer.
func (w *segmentWriter) close() error {
	for len(w.dir)/8 < 1<<w.bits {
		w.endBucket()
	}
	w.dir = binary.LittleEndian.AppendUint64(w.dir, w.entries<<24)
	foot := []byte(segmentMagic)
	for _, v := range []uint64{w.first, w.last, w.entries, uint64(w.bits), xxhash.Sum64(w.dir), w.from.journalID, binary.LittleEndian.Uint64(w.from.sum[:])} {
		foot = binary.LittleEndian.AppendUint64(foot, v)
	}
	foot = binary.LittleEndian.AppendUint64(foot, xxhash.Sum64(foot))
	_, err := w.out.Write(append(w.dir, foot...))
	return errors.Join(w.err, err, w.out.Flush())
}

// segment is an open segment.
type segment struct {
	file        *os.File
	first, last uint64
	entries     uint64
	bits        int
	dirSum      uint64
	from        origin
	former      bool // it does not say where it comes from
}

// openSegment opens a segment. It looks at the footer only, see verify.
func openSegment(path string) (s *segment, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("segment %s of the index: %w", path, err), f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < footerSize {
		return nil, fmt.Errorf("it has %d bytes: %w", info.Size(), ErrDamaged)
	}
	end := make([]byte, footerSize)
	if _, err := f.ReadAt(end, info.Size()-footerSize); err != nil {
		return nil, err
	}
	s = &segment{file: f}
	foot, magic := end, segmentMagic
	if string(end[footerSize-footerFormer:][:8]) == magicOfFormer {
		foot, magic, s.former = end[footerSize-footerFormer:], magicOfFormer, true
	}
	field := func(i int) uint64 { return binary.LittleEndian.Uint64(foot[8*i:]) }
	if sum := len(foot)/8 - 1; string(foot[:8]) != magic || field(sum) != xxhash.Sum64(foot[:8*sum]) {
		return nil, fmt.Errorf("its end is not that of a segment: %w", ErrDamaged)
	}
	s.first, s.last, s.entries, s.bits, s.dirSum = field(1), field(2), field(3), int(field(4)), field(5)
	if !s.former {
		s.from.journalID = field(6)
		copy(s.from.sum[:], foot[8*7:])
	}
	if s.bits < minBits || s.bits > maxBits || s.first > s.last || info.Size() != int64(s.entries)*entrySize+(1<<s.bits+1)*8+int64(len(foot)) {
		return nil, fmt.Errorf("its size is %d: %w", info.Size(), ErrDamaged)
	}
	return s, nil
}

// find appends the records that name an order.
func (s *segment) find(hash uint64, records []uint64) ([]uint64, error) {
	rest := hashBits - s.bits
	number := hash >> rest
	var ends [16]byte
	if _, err := s.file.ReadAt(ends[:], int64(s.entries)*entrySize+int64(number)*8); err != nil {
		return nil, s.failed(err)
	}
	at, next := binary.LittleEndian.Uint64(ends[:]), binary.LittleEndian.Uint64(ends[8:])
	bucket, err := s.bucket(at, next, nil)
	if err != nil {
		return nil, err
	}
	want := uint32(hash & (1<<rest - 1))
	n := len(bucket) / entrySize
	i := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint32(bucket[i*entrySize:]) >= want })
	for ; i < n && binary.LittleEndian.Uint32(bucket[i*entrySize:]) == want; i++ {
		records = append(records, s.first+uint64(binary.LittleEndian.Uint32(bucket[i*entrySize+4:])))
	}
	return records, nil
}

// bucket reads the bucket between two fields of the directory.
func (s *segment) bucket(at, next uint64, buf []byte) ([]byte, error) {
	from, to := at>>24, next>>24
	if from > to || to > s.entries {
		return nil, s.failed(ErrDamaged)
	}
	buf = append(buf[:0], make([]byte, (to-from)*entrySize)...)
	if _, err := s.file.ReadAt(buf, int64(from)*entrySize); err != nil {
		return nil, s.failed(err)
	}
	if xxhash.Sum64(buf)&sumMask != at&sumMask {
		return nil, s.failed(ErrDamaged)
	}
	return buf, nil
}

// failed says that a segment is damaged, as one is that cannot be read: it can be made again.
func (s *segment) failed(err error) error {
	return fmt.Errorf("read segment %s of the index: %w", s.file.Name(), errors.Join(ErrDamaged, err))
}

// segmentReader reads the entries of a segment in their order.
type segmentReader struct {
	*segment
	dir    []byte
	number int // of the next bucket
	bucket []byte
	buf    []byte
	cur    entry
}

func (s *segment) reader() (*segmentReader, error) {
	r := &segmentReader{segment: s, dir: make([]byte, (1<<s.bits+1)*8)}
	if _, err := s.file.ReadAt(r.dir, int64(s.entries)*entrySize); err != nil {
		return nil, s.failed(err)
	}
	if xxhash.Sum64(r.dir) != s.dirSum {
		return nil, s.failed(ErrDamaged)
	}
	return r, nil
}

// next reads the next entry into cur; false at the end.
func (r *segmentReader) next() (bool, error) {
	for len(r.bucket) == 0 {
		if r.number == 1<<r.bits {
			return false, nil
		}
		at, next := binary.LittleEndian.Uint64(r.dir[r.number*8:]), binary.LittleEndian.Uint64(r.dir[r.number*8+8:])
		var err error
		if r.buf, err = r.segment.bucket(at, next, r.buf); err != nil {
			return false, err
		}
		r.bucket = r.buf
		r.number++
	}
	r.cur.hash = uint64(r.number-1)<<(hashBits-r.bits) | uint64(binary.LittleEndian.Uint32(r.bucket))
	r.cur.record = r.first + uint64(binary.LittleEndian.Uint32(r.bucket[4:]))
	r.bucket = r.bucket[entrySize:]
	return true, nil
}

// verify reads all of a segment.
func (s *segment) verify() error {
	r, err := s.reader()
	if err != nil {
		return err
	}
	var last entry
	for {
		more, err := r.next()
		if err != nil || !more {
			return err
		}
		if r.cur.compare(last) <= 0 || r.cur.record > s.last {
			return s.failed(fmt.Errorf("entries are not in order: %w", ErrDamaged))
		}
		last = r.cur
	}
}
