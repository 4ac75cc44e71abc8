package ingest

import (
	"context"
	"runtime"
	"sync"
)

// someLines is how many lines are decoded at a time by one who has a moment to
// spare: some 5 µs.
const someLines = 24

// ahead are the blocks that come next, where decoding is shared by those who have
// a moment to spare.
type ahead struct {
	read   chan *block // by a goroutine; closed at the end
	mu     sync.Mutex
	blocks []*block // taken from read, one more than there are workers at most
	ended  bool
	busy   sync.WaitGroup // decoding
}

// Ahead decodes a little of what comes next, and says whether there was anything
// to decode. It is for the workers of Each while they wait: any number of them
// may call it, beside all else.
func (r *Reader) Ahead() bool {
	a := &r.ahead
	b, read := a.claim(r.o.Workers)
	if b == nil {
		return false
	}
	defer a.busy.Done()
	if read {
		runtime.Gosched() // to the goroutine that reads: it has room again
	}
	if b.decoder == nil {
		b.decoder = new(Decoder)
	}
	if b.decodeSome(b.decoder, r.takeLot, someLines) {
		b.decoded.Store(true)
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b.claimed = false
	return true
}

// claim returns the first block that is not decoded, and that nobody else is at;
// nil if there is none. It says whether it was taken from read for that.
func (a *ahead) claim(workers int) (b *block, read bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil, false
	}
	if len(a.blocks) <= workers {
		select {
		case b := <-a.read:
			if read = b != nil; read {
				a.blocks = append(a.blocks, b)
			}
		default:
		}
	}
	for _, b := range a.blocks {
		if !b.claimed {
			b.claimed = true
			a.busy.Add(1)
			return b, read
		}
	}
	return nil, false
}

// first waits for the first block and returns it; nil at the end.
func (a *ahead) first(ctx context.Context) (*block, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.blocks) == 0 {
		select {
		case b := <-a.read:
			if b == nil {
				return nil, nil
			}
			a.blocks = append(a.blocks, b)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return a.blocks[0], nil
}

// nextAhead returns the next block, decoded.
func (r *Reader) nextAhead(ctx context.Context) (*block, error) {
	a := &r.ahead
	if !r.started {
		r.started = true
		r.pumped.Go(r.readAhead)
	}
	b, err := a.first(ctx)
	if b == nil {
		if err == nil {
			r.fail(r.cut.err)
		}
		return nil, err
	}
	for !b.decoded.Load() {
		r.o.Each(r.o.Workers, func(int) {
			for !b.decoded.Load() && r.Ahead() {
			}
		})
		runtime.Gosched() // to one who is at the block
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blocks = a.blocks[:copy(a.blocks, a.blocks[1:])]
	return b, nil
}

// readAhead reads blocks until the source ends or the Reader is closed.
func (r *Reader) readAhead() {
	defer close(r.ahead.read)
	for {
		b, err := r.cut.next()
		if err != nil {
			return
		}
		select {
		case r.ahead.read <- b:
		case <-r.stop:
			r.cut.err = errClosed
			return
		}
	}
}

// end ends all decoding, and waits for those who are at it.
func (a *ahead) end() {
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.busy.Wait()
}
