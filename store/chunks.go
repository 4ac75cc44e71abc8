package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/s2"
)

// A chunked file is
//
//	"OGCHUNK1" | chunk ... | end
//	chunk   uint32 stored bytes | uint32 bytes | xxhash64 of the stored ones | stored bytes, by s2
//	end     uint32 0 | uint32 0 | uint64 bytes in all
//
// all little endian. The writer hands full chunks to a goroutine that
// compresses and writes them, so that its caller goes on meanwhile.
const (
	chunkMagic  = "OGCHUNK1"
	chunkSize   = 1 << 20
	chunkHeader = 16
	chunksAhead = 64
)

// chunkWriter writes a chunked file. What goes wrong is told by Close; Write
// only says that something has, so that its caller stops.
type chunkWriter struct {
	cur   []byte
	total uint64
	full  chan []byte
	free  chan []byte
	done  chan error // of the goroutine, once
	ended bool       // abort was called
	torn  atomic.Bool
}

var errTorn = errors.New("writing has failed")

func newChunkWriter(w io.Writer) *chunkWriter {
	c := &chunkWriter{
		cur: make([]byte, 0, chunkSize), full: make(chan []byte, chunksAhead),
		free: make(chan []byte, chunksAhead+1), done: make(chan error, 1),
	}
	go func() { c.done <- c.write(w) }()
	return c
}

// write compresses and writes what is full. On an error it takes the rest
// without looking, so that nobody waits for it.
func (c *chunkWriter) write(w io.Writer) error {
	_, err := io.WriteString(w, chunkMagic)
	var head [chunkHeader]byte
	var body []byte
	for chunk := range c.full {
		if err == nil {
			body = s2.Encode(body[:cap(body)], chunk)
			binary.LittleEndian.PutUint32(head[:], uint32(len(body)))
			binary.LittleEndian.PutUint32(head[4:], uint32(len(chunk)))
			binary.LittleEndian.PutUint64(head[8:], xxhash.Sum64(body))
			if _, err = w.Write(head[:]); err == nil {
				_, err = w.Write(body)
			}
			c.torn.Store(err != nil)
		}
		select {
		case c.free <- chunk[:0]:
		default: // there are enough: nobody takes them any more after Close
		}
	}
	if err == nil && !c.ended {
		head = [chunkHeader]byte{}
		binary.LittleEndian.PutUint64(head[8:], c.total)
		_, err = w.Write(head[:])
	}
	return err
}

// Write implements io.Writer.
func (c *chunkWriter) Write(b []byte) (int, error) {
	if c.torn.Load() {
		return 0, errTorn
	}
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), chunkSize-len(c.cur))
		c.cur = append(c.cur, b[:k]...)
		if b = b[k:]; len(c.cur) == chunkSize {
			c.flush()
		}
	}
	c.total += uint64(n)
	return n, nil
}

func (c *chunkWriter) flush() {
	c.full <- c.cur
	select {
	case c.cur = <-c.free:
	default:
		c.cur = make([]byte, 0, chunkSize)
	}
}

// Close writes what is left and the end. It does not close the file.
func (c *chunkWriter) Close() error {
	if len(c.cur) > 0 {
		c.full <- c.cur
	}
	close(c.full)
	return <-c.done
}

// abort ends the writing without an end: what was written is no snapshot.
func (c *chunkWriter) abort() error {
	c.ended = true
	close(c.full)
	return <-c.done
}

// chunkReader reads a chunked file and checks it.
type chunkReader struct {
	r     *bufio.Reader
	begun bool
	body  []byte // as stored
	chunk []byte
	rest  []byte // of chunk, to be read
	total uint64
	err   error
}

func newChunkReader(r io.Reader) *chunkReader {
	return &chunkReader{r: bufio.NewReaderSize(r, chunkSize)}
}

// Read implements io.Reader. The error is io.EOF only at a whole file's end.
func (c *chunkReader) Read(b []byte) (int, error) {
	for len(c.rest) == 0 && c.err == nil {
		if c.err = c.next(); errors.Is(c.err, io.ErrUnexpectedEOF) || c.err != nil && !c.begun {
			c.err = fmt.Errorf("it is cut short: %w", ErrDamaged)
		}
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// next reads a chunk.
func (c *chunkReader) next() error {
	if !c.begun {
		magic := make([]byte, len(chunkMagic))
		if _, err := io.ReadFull(c.r, magic); err != nil {
			return err
		}
		if c.begun = true; string(magic) != chunkMagic {
			return fmt.Errorf("it begins with %q, not with %q: another program, or another version, wrote it: %w", magic, chunkMagic, ErrDamaged)
		}
	}
	head := make([]byte, chunkHeader)
	if _, err := io.ReadFull(c.r, head); err != nil {
		return fmt.Errorf("it is cut short (%v): %w", err, ErrDamaged) // io.EOF in it would say that all is well
	}
	stored, size, sum := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint64(head[8:])
	if stored == 0 {
		if sum != c.total || size != 0 {
			return fmt.Errorf("it has %d bytes instead of %d: %w", c.total, sum, ErrDamaged)
		}
		switch _, err := c.r.ReadByte(); {
		case err == nil:
			return fmt.Errorf("something stands behind its end: %w", ErrDamaged)
		case !errors.Is(err, io.EOF):
			return err
		}
		return io.EOF
	}
	if size > chunkSize || int(stored) > s2.MaxEncodedLen(chunkSize) {
		return fmt.Errorf("a chunk of %d bytes: %w", size, ErrDamaged)
	}
	c.body = append(c.body[:0], make([]byte, stored)...)
	if _, err := io.ReadFull(c.r, c.body); err != nil {
		return fmt.Errorf("it is cut short (%v): %w", err, ErrDamaged) // io.EOF in it would say that all is well
	}
	if xxhash.Sum64(c.body) != sum {
		return fmt.Errorf("the checksum of a chunk after %d bytes is wrong: %w", c.total, ErrDamaged)
	}
	chunk, err := s2.Decode(c.chunk[:cap(c.chunk)], c.body)
	if err != nil || len(chunk) != int(size) {
		return fmt.Errorf("a chunk after %d bytes cannot be unpacked: %w", c.total, errors.Join(ErrDamaged, err))
	}
	c.chunk, c.rest, c.total = chunk, chunk, c.total+uint64(size)
	return nil
}
