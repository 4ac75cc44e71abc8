package window

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"
)

// Encoder writes state for a Decoder. Numbers are little-endian; slices of
// numbers are written as they lie in memory. Errors stick: Close tells the first.
//
//	stream  frames, the last one empty
//	frame   uint32 length | bytes
//
// Frames let a Decoder read far ahead and yet take no byte of what comes after
// the state in the same stream.
type Encoder struct {
	w   io.Writer
	buf []byte // a frame, with room for its length in front
	err error
}

const (
	frameHead = 4
	frameSize = 64 << 10 // of what is buffered
	// direct is from how many bytes on memory is written without being copied.
	direct = 32 << 10
	// maxFrame is the longest frame.
	maxFrame = 1 << 30
	// firstRoom is how many bytes of a slice a Decoder believes in before it has
	// seen them.
	firstRoom = 1 << 20
)

// plain is what is written as it lies in memory: types without pointers and
// without gaps.
type plain interface {
	byte | uint32 | uint64 | int64 | slot | logged | normalRow
}

// NewEncoder returns an Encoder that writes to w.
func NewEncoder(w io.Writer) *Encoder {
	return &Encoder{w: w, buf: make([]byte, frameHead, frameHead+frameSize)}
}

// flush writes what is buffered as a frame.
func (e *Encoder) flush() {
	if n := len(e.buf) - frameHead; n > 0 {
		binary.LittleEndian.PutUint32(e.buf, uint32(n))
		e.write(e.buf)
	}
	e.buf = e.buf[:frameHead]
}

func (e *Encoder) write(p []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(p)
	}
}

// raw writes bytes.
func (e *Encoder) raw(p []byte) {
	if len(p) < direct {
		if len(e.buf)+len(p) > cap(e.buf) {
			e.flush()
		}
		e.buf = append(e.buf, p...)
		return
	}
	e.flush()
	for len(p) > 0 {
		n := min(len(p), maxFrame)
		e.write(binary.LittleEndian.AppendUint32(e.buf[:0], uint32(n)))
		e.write(p[:n])
		p = p[n:]
	}
}

// Flush writes what is buffered and returns the first error. States that several Encoders
// have written and flushed, and the last one closed, are one state when put one after the other.
func (e *Encoder) Flush() error {
	e.flush()
	return e.err
}

// Close ends the state and returns the first error. It does not close the
// writer.
func (e *Encoder) Close() error {
	e.flush()
	e.write(e.buf[:copy(e.buf, []byte{0, 0, 0, 0})])
	return e.err
}

// Uint64 writes a number.
func (e *Encoder) Uint64(v uint64) {
	if len(e.buf)+8 > cap(e.buf) {
		e.flush()
	}
	e.buf = binary.LittleEndian.AppendUint64(e.buf, v)
}

// Uint32 writes a number.
func (e *Encoder) Uint32(v uint32) {
	if len(e.buf)+4 > cap(e.buf) {
		e.flush()
	}
	e.buf = binary.LittleEndian.AppendUint32(e.buf, v)
}

// Int64 writes a number.
func (e *Encoder) Int64(v int64) { e.Uint64(uint64(v)) }

// Int writes a number.
func (e *Encoder) Int(v int) { e.Uint64(uint64(v)) }

func (e *Encoder) float(v float64) { e.Uint64(math.Float64bits(v)) }

// Bool writes a truth value.
func (e *Encoder) Bool(v bool) {
	n := uint32(0)
	if v {
		n = 1
	}
	e.Uint32(n)
}

// String writes a string.
func (e *Encoder) String(s string) {
	e.Int(len(s))
	e.raw(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// Put writes a slice.
func Put[T plain](e *Encoder, s []T) {
	e.Int(len(s))
	e.raw(memory(s))
}

// memory returns the bytes of a slice.
func memory[T plain](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

// Decoder reads what an Encoder wrote. It believes nothing that it reads: what
// is broken or not such a state leads to an error, to no panic, and to no more
// memory than about twice what has been read. Errors stick: after one, all that is
// read is 0.
type Decoder struct {
	r       io.Reader
	buf     []byte
	at, end int    // of buf: what has been read of the frame and is not taken yet
	left    uint32 // of the frame: bytes still to be read
	ended   bool   // the empty frame has come
	err     error
}

// NewDecoder returns a Decoder that reads from r, and nothing beyond the end of
// the state.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{r: r, buf: make([]byte, frameSize)} }

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// OK says that there was no error. Every loop over a number that was read asks
// it.
func (d *Decoder) OK() bool { return d.err == nil }

// Failf notes what is wrong with what was read, unless an error came before.
func (d *Decoder) Failf(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// Check fails unless what was read is as it must be.
func (d *Decoder) Check(ok bool, what string) {
	if !ok {
		d.Failf("%s: this is broken, or was not written by this version", what)
	}
}

var errShort = errors.New("the state ends too early")

// frame goes on to the next frame that holds something.
func (d *Decoder) frame() {
	if d.left > 0 || d.err != nil {
		return
	}
	var head [frameHead]byte
	if d.ended {
		d.err = errShort
		return
	}
	if d.load(head[:]); d.err != nil {
		return
	}
	d.left = binary.LittleEndian.Uint32(head[:])
	if d.ended = d.left == 0; d.ended {
		d.err = errShort
	}
}

// load fills p from the reader.
func (d *Decoder) load(p []byte) {
	if _, err := io.ReadFull(d.r, p); err != nil && d.err == nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errShort
		}
		d.err = err
	}
}

// raw fills p; on an error it is to be thrown away.
func (d *Decoder) raw(p []byte) {
	for len(p) > 0 && d.err == nil {
		if n := copy(p, d.buf[d.at:d.end]); n > 0 {
			d.at, p = d.at+n, p[n:]
			continue
		}
		if d.frame(); d.err != nil {
			return
		}
		if len(p) >= direct {
			n := min(len(p), int(d.left))
			d.load(p[:n])
			p, d.left = p[n:], d.left-uint32(n)
			continue
		}
		n := min(len(d.buf), int(d.left))
		d.load(d.buf[:n])
		d.at, d.end, d.left = 0, n, d.left-uint32(n)
	}
}

// Close reads the end of the state and returns the first error. It fails if
// there is more.
func (d *Decoder) Close() error {
	if d.err != nil {
		return d.err
	}
	d.Check(d.at == d.end && d.left == 0, "there is more state than was expected")
	if d.err == nil {
		switch d.frame(); {
		case d.ended:
			d.err = nil
		case d.err == nil:
			d.Failf("there is more state than was expected")
		}
	}
	return d.err
}

// word reads up to 8 bytes.
func (d *Decoder) word(n int) []byte {
	if d.end-d.at >= n {
		d.at += n
		return d.buf[d.at-n : d.at]
	}
	p := make([]byte, n)
	if d.raw(p); d.err != nil {
		clear(p)
	}
	return p
}

// Uint64 reads a number.
func (d *Decoder) Uint64() uint64 {
	if d.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(d.word(8))
}

// Uint32 reads a number.
func (d *Decoder) Uint32() uint32 {
	if d.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint32(d.word(4))
}

// Int64 reads a number.
func (d *Decoder) Int64() int64 { return int64(d.Uint64()) }

// Int reads a number from 0 to most.
func (d *Decoder) Int(most int) int {
	n := d.Uint64()
	if n > uint64(most) {
		d.Failf("a number is %d, and %d at most: this is broken, or was not written by this version", n, most)
		return 0
	}
	return int(n)
}

// Int32 reads a number of 32 bits, from 0 to most.
func (d *Decoder) Int32(most int) int {
	n := d.Uint32()
	if uint64(n) > uint64(most) {
		d.Failf("a number is %d, and %d at most: this is broken, or was not written by this version", n, most)
		return 0
	}
	return int(n)
}

// Len reads how many elements follow. So many need not follow.
func (d *Decoder) Len() int { return d.Int(math.MaxInt64 / 256) }

func (d *Decoder) float() float64 { return math.Float64frombits(d.Uint64()) }

// Bool reads a truth value.
func (d *Decoder) Bool() bool {
	n := d.Uint32()
	d.Check(n <= 1, "a truth value")
	return n == 1
}

// String reads a string.
func (d *Decoder) String() string { return string(Get[byte](d)) }

// Get reads a slice.
func Get[T plain](d *Decoder) []T { return getSpare[T](d, 0) }

// getSpare is Get with room for more, as a share of what there is: a part in
// spare; 0 is none.
func getSpare[T plain](d *Decoder, spare int) []T {
	n, size := d.Len(), int(unsafe.Sizeof(*new(T)))
	if n == 0 {
		return nil
	}
	more := 0
	if spare > 0 {
		more = n / spare
	}
	first := min(n, firstRoom/size)
	if first == n {
		first += more
	}
	s := make([]T, min(n, first), first)
	for have := 0; d.err == nil; {
		d.raw(memory(s[have:]))
		if have = len(s); have == n {
			break
		}
		next := min(n, 2*have)
		room := next
		if next == n {
			room += more
		}
		grown := make([]T, next, room)
		copy(grown, s)
		s = grown
	}
	if d.err != nil {
		return nil
	}
	return s
}
