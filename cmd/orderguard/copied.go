package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
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

// copied is a copy of a state, in memory outside of the heap. The pipeline stands still while it is made, and most of that
// time would go into pages that are touched for the first time (10 µs for 4 KiB on virtual machines, where to copy them
// takes 1 µs): so they are huge, and touched before. As many copy side by side as the pipeline has workers, each section
// of the state as one of them comes to it.
type copied struct {
	rooms    []copyRoom // one for each
	sections []copiedSection
	budget   int64 // taken from the heap's limit
}

// copyRoom is what one of those who copy writes to.
type copyRoom struct {
	memory []byte
	used   int
	freed  int // of what was used, and is written
}

// copiedSection is where a section of the state stands.
type copiedSection struct{ room, from, to int }

// newCopied returns room for the copy of a state of about so many bytes.
func newCopied(held int64, workers int) (*copied, error) {
	c := &copied{rooms: make([]copyRoom, max(workers, 1))}
	for i := range c.rooms {
		// What is not touched takes no memory.
		memory, err := unix.Mmap(-1, 0, int(2*held)+64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		if err != nil {
			c.free()
			return nil, fmt.Errorf("room for the copy of a state: %w", err)
		}
		_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // a kernel without them serves small ones
		c.rooms[i].memory = memory
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		c.budget = held
		debug.SetMemoryLimit(limit - held)
	}
	return c, nil
}

// back has so many bytes backed by memory, and a quarter more: the shares of those who copy are about the same.
func (c *copied) back(size int64, rest func(time.Duration)) {
	share := int(size) / len(c.rooms) * 5 / 4
	for i := range c.rooms {
		memory := c.rooms[i].memory
		for at := 0; at < share; at += hugePage {
			for i := at; i < at+hugePage; i += 4 << 10 {
				memory[i] = 0
			}
			rest(backRest)
		}
	}
}

// take copies sections.
func (c *copied) take(sections []func(io.Writer) error) error {
	c.sections = make([]copiedSection, len(sections))
	var begun atomic.Int64
	var copying errgroup.Group
	for r := range c.rooms {
		copying.Go(func() error {
			room := &c.rooms[r]
			for n := int(begun.Add(1)) - 1; n < len(sections); n = int(begun.Add(1)) - 1 {
				from := room.used
				if err := sections[n](room); err != nil {
					return err
				}
				c.sections[n] = copiedSection{r, from, room.used}
			}
			return nil
		})
	}
	return copying.Wait()
}

// Write implements io.Writer.
func (r *copyRoom) Write(b []byte) (int, error) {
	if len(b) > len(r.memory)-r.used {
		return 0, errNoRoom
	}
	r.used += copy(r.memory[r.used:], b)
	return len(b), nil
}

func (c *copied) size() (n int) {
	for i := range c.rooms {
		n += c.rooms[i].used
	}
	return n
}

// writeTo writes the sections in their order, piece by piece, and lets go of what is written.
func (c *copied) writeTo(w io.Writer, rest func(time.Duration)) error {
	for _, s := range c.sections {
		room := &c.rooms[s.room]
		for at := s.from; at < s.to; at += pieceSize {
			end := min(at+pieceSize, s.to)
			if _, err := w.Write(room.memory[at:end]); err != nil {
				return err
			}
			room.letGo(end)
			rest(pieceRest * time.Duration(end-at) / pieceSize)
		}
	}
	return nil
}

// letGo gives back the huge pages before a place.
func (r *copyRoom) letGo(before int) {
	if end := before / hugePage * hugePage; end > r.freed {
		_ = unix.Madvise(r.memory[r.freed:end], unix.MADV_DONTNEED)
		r.freed = end
	}
}

// free gives the memory back.
func (c *copied) free() {
	if c.budget > 0 {
		debug.SetMemoryLimit(debug.SetMemoryLimit(-1) + c.budget)
	}
	for i := range c.rooms {
		if memory := c.rooms[i].memory; memory != nil {
			if err := unix.Munmap(memory); err != nil {
				panic("BUG: memory that cannot be given back: " + err.Error())
			}
			c.rooms[i].memory = nil
		}
	}
}
