package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"
)

// How a copy is made room for, and written, beside a pipeline that goes on. The rests make that up to 100 MiB and
// 64 MiB a second, at which it takes about a quarter of a processor.
const (
	hugePage  = 2 << 20
	backRest  = 20 * time.Millisecond // after a huge page
	pieceSize = 1 << 20
	pieceRest = time.Second / 64 // after a piece is written

	copiedAtOnce = 16 << 20 // of a state
	// copiedIdle is after how long a copy is taken of a pipeline that judges nothing.
	copiedIdle = time.Second
)

// errNoRoom says that a state is larger than was thought.
var errNoRoom = errors.New("the state is larger than the room for its copy")

// copied is a copy of a state, in memory outside of the heap. The pipeline stands still while it is written to, and
// most of that time would go into pages that are touched for the first time (10 µs for 4 KiB on virtual machines, where
// to copy them takes 1 µs): so they are huge, and touched before.
type copied struct {
	memory []byte
	used   int
	budget int64 // taken from the heap's limit
}

// newCopied returns room for the copy of a state of about so many bytes.
func newCopied(held int64) (*copied, error) {
	// What is not touched takes no memory.
	memory, err := unix.Mmap(-1, 0, int(2*held)+64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("room for the copy of a state: %w", err)
	}
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // a kernel without them serves small ones
	c := &copied{memory: memory}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		c.budget = held
		debug.SetMemoryLimit(limit - held)
	}
	return c, nil
}

// back has so many bytes backed by memory.
func (c *copied) back(size int64, rest func(time.Duration)) {
	for at := 0; at < int(size); at += hugePage {
		for i := at; i < at+hugePage; i += 4 << 10 {
			c.memory[i] = 0
		}
		rest(backRest)
	}
}

// Write implements io.Writer.
func (c *copied) Write(b []byte) (int, error) {
	if len(b) > len(c.memory)-c.used {
		return 0, errNoRoom
	}
	c.used += copy(c.memory[c.used:], b)
	return len(b), nil
}

func (c *copied) size() int { return c.used }

// writeTo writes what was written, piece by piece, and lets go of each.
func (c *copied) writeTo(w io.Writer, rest func(time.Duration)) error {
	for at := 0; at < c.used; at += pieceSize {
		if _, err := w.Write(c.memory[at:min(at+pieceSize, c.used)]); err != nil {
			return err
		}
		if (at+pieceSize)%hugePage == 0 {
			_ = unix.Madvise(c.memory[at+pieceSize-hugePage:at+pieceSize], unix.MADV_DONTNEED)
		}
		rest(pieceRest)
	}
	return nil
}

// free gives the memory back.
func (c *copied) free() {
	if c.budget > 0 {
		debug.SetMemoryLimit(debug.SetMemoryLimit(-1) + c.budget)
	}
	if err := unix.Munmap(c.memory); err != nil {
		panic("BUG: memory that cannot be given back: " + err.Error())
	}
	c.memory = nil
}
