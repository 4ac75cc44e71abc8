package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/orderguard/orderguard"
)

// DefaultBlock is the size of a Reader's blocks, in bytes. Smaller ones cost
// hand-overs, bigger ones leave the processor's cache.
const DefaultBlock = 512 << 10

// minBlock holds any line that is not too long.
const minBlock = 2 * orderguard.MaxLine

// liveBlock is the size of the blocks of connections, each of which holds one: what shares the engine's
// stages, a record of the journal and a sync. Blocks of 128 KiB cost a third of the rate.
const liveBlock = 256 << 10

// ReaderOptions says how a Reader reads. The zero value is good for a file.
type ReaderOptions struct {
	// Feed names the space in which event ids are unique, Source where the
	// lines come from. Both are copied to every batch.
	Feed, Source string
	// Workers is how many goroutines decode; 0 is one for each processor.
	// With 1 the caller of Next decodes.
	Workers int
	// Each, if not nil, runs f(0) to f(n-1) side by side and returns when all
	// are done, for n up to Workers. The Reader then starts no goroutine to
	// decode: Next has Each decode what it needs and is not decoded yet, see Ahead.
	// It is for a caller with workers of its own, and does not concern live sources.
	Each func(n int, f func(i int))
	// BlockSize is how much is read at a time, in bytes, at least 128 KiB; 0
	// is DefaultBlock.
	BlockSize int
	// Live says that the source may keep its reader waiting for more: a TCP
	// connection, a pipe. Whatever whole lines it has are then given at once,
	// and the end of a context ends the waiting. It is set by itself for pipes,
	// terminals and sockets.
	Live bool
	// FirstLine is the number of the first line, and Offset where it begins in
	// the source, if the source is read from there on; 0 is the beginning.
	FirstLine, Offset int64
	// Skip is how many lines the source begins with that are left out: they were
	// taken before, and FirstLine and Offset are of the first one after them.
	Skip int64
	// Whole says that a last line without a line end is no line: its feed will
	// send it again. Resumed says so of a source that fails, and not of one that
	// ends.
	Whole, Resumed bool
}

// Validate reports every fault of o.
func (o ReaderOptions) Validate() error {
	var errs []error
	if o.Workers < 0 {
		errs = append(errs, fmt.Errorf("workers: want 0 or more, got %d", o.Workers))
	}
	if o.BlockSize != 0 && o.BlockSize < minBlock {
		errs = append(errs, fmt.Errorf("block size: want 0 or at least %d bytes, got %d", minBlock, o.BlockSize))
	}
	if o.Skip < 0 {
		errs = append(errs, fmt.Errorf("skip: want 0 lines or more, got %d", o.Skip))
	}
	return errors.Join(errs...)
}

// Reader reads a source of lines and gives its events in batches.
//
// Next belongs to one goroutine; Recycle and Close may be called by others.
type Reader struct {
	o       ReaderOptions
	cut     cutter
	skipper lineSkipper

	queue        []*lot // decoded, of which the first given were given
	given        int
	line, offset int64   // of the next lot
	decoder      Decoder // of the caller's goroutine
	err          error

	started bool
	order   chan *block // to Next, in the order of their lines
	jobs    chan *block // to the workers
	waiting *block      // out of order, not yet decoded
	shared  bool        // decoding is shared, see Ahead
	ahead   ahead
	stop    chan struct{}
	stopped sync.Once
	pumped  sync.WaitGroup

	mu     sync.Mutex
	blocks []*block // free
	lots   []*lot   // free
	out    map[*orderguard.Batch]*lot
}

// NewReader returns a Reader of r. Faulty options are an error of the first
// Next. The caller must Close the Reader, which closes r if that is an
// io.Closer.
func NewReader(r io.Reader, o ReaderOptions) *Reader {
	x := &Reader{
		o: o, err: o.Validate(), line: max(o.FirstLine, 1), offset: o.Offset,
		stop: make(chan struct{}), out: map[*orderguard.Batch]*lot{},
	}
	if x.o.Workers == 0 {
		x.o.Workers = runtime.GOMAXPROCS(0)
	}
	if x.o.BlockSize == 0 {
		x.o.BlockSize = DefaultBlock
	}
	x.o.Live = o.Live || isLive(r)
	if x.shared = o.Each != nil && x.o.Workers > 1 && !x.o.Live; x.shared {
		x.ahead.read = make(chan *block, 1)
	}
	x.skipper = lineSkipper{Reader: r, left: o.Skip}
	if o.Skip > 0 {
		r = &x.skipper
	}
	x.cut = cutter{r: r, live: x.o.Live, whole: o.Whole, resumed: o.Resumed, begun: o.FirstLine > 1, taken: x.takeBlock}
	return x
}

// Skipped returns how many lines were left out: as many as Skip says, or fewer
// if the source has no more. It is for when the source has ended.
func (r *Reader) Skipped() int64 { return r.skipper.skipped }

// Next returns the next batch. It is good until it is recycled, and so are its
// strings and the raw lines of its rejects.
//
// At the end of the source the error is io.EOF. An error of the source comes
// after the batches of all whole lines before it. If ctx ends first the error
// is its cause; Next may then be called again.
func (r *Reader) Next(ctx context.Context) (*orderguard.Batch, error) {
	for r.given == len(r.queue) {
		if r.err != nil {
			return nil, r.err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		next := r.nextBlock
		if r.shared {
			next = r.nextAhead
		}
		b, err := next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil {
			r.queue, r.given = append(r.queue[:0], b.lots...), 0
		}
	}
	l := r.queue[r.given]
	r.queue[r.given] = nil // whoever recycles it may let go of it
	r.given++
	r.place(l)
	return &l.Batch, nil
}

// place puts a lot in its place in the source.
func (r *Reader) place(l *lot) {
	l.Feed, l.Source = r.o.Feed, r.o.Source
	l.FirstLine, l.Offset = r.line, r.offset
	for i := range l.Rejects {
		l.Rejects[i].Line += r.line
		l.Rejects[i].Offset += r.offset
	}
	r.line += l.Lines
	r.offset += l.Bytes
	r.mu.Lock()
	r.out[&l.Batch] = l
	r.mu.Unlock()
}

// nextBlock returns the next decoded block, or nil if more must be asked for.
func (r *Reader) nextBlock(ctx context.Context) (*block, error) {
	if !r.started && (r.o.Workers == 1 || !r.o.Live) && (!r.o.Live || ctx.Done() == nil) {
		b, err := r.cut.next()
		if err != nil {
			r.fail(err)
			return nil, nil
		}
		b.decode(&r.decoder, r.takeLot)
		if r.o.Workers > 1 && r.cut.err == nil {
			r.start() // It is more than a block: let others help.
		}
		return b, nil
	}
	if !r.started {
		r.start()
	}
	if r.waiting == nil {
		select {
		case b, ok := <-r.order:
			if !ok {
				r.fail(r.cut.err)
				return nil, nil
			}
			r.waiting = b
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	select {
	case <-r.waiting.done:
		b := r.waiting
		r.waiting = nil
		return b, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// fail ends the Reader with an error of its source.
func (r *Reader) fail(err error) {
	if r.err = err; err != io.EOF {
		r.err = fmt.Errorf("ingest: read %s, after line %d: %w", r.o.Source, r.line-1, err)
	}
}

// start starts the goroutines: one reads, the others decode.
func (r *Reader) start() {
	r.started = true
	r.order = make(chan *block, r.o.Workers-1) // enough to keep them busy
	r.jobs = make(chan *block)
	r.pumped.Go(r.pump)
	for range r.o.Workers {
		go func() {
			d := new(Decoder)
			for b := range r.jobs {
				b.decode(d, r.takeLot)
				b.done <- struct{}{}
			}
		}()
	}
}

// pump reads blocks until the source ends or the Reader is closed.
func (r *Reader) pump() {
	defer close(r.order)
	defer close(r.jobs)
	for {
		b, err := r.cut.next()
		if err != nil {
			return
		}
		for _, c := range []chan *block{r.jobs, r.order} {
			select {
			case c <- b:
			case <-r.stop:
				r.cut.err = errClosed
				return
			}
		}
	}
}

var errClosed = errors.New("the reader is closed")

// Recycle gives a batch of Next back. Neither it nor its strings may be used
// any more.
func (r *Reader) Recycle(b *orderguard.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.out[b]
	if l == nil {
		panic("BUG: a batch is recycled that is not this reader's, or for the second time")
	}
	delete(r.out, b)
	if l.block.held.Add(-1) == 0 {
		l.block.reset()
		if r.shares() {
			sharedBlocks.Put(l.block)
		} else {
			r.blocks = append(r.blocks, l.block)
		}
	}
	l.clear()
	if r.shares() {
		sharedLots.Put(l)
	} else {
		r.lots = append(r.lots, l)
	}
}

// What connections have read to and decoded to is shared by all of them: there
// may be a thousand, most of them idle, and one that was busy once would keep
// megabytes.
var (
	sharedBlocks = sync.Pool{New: func() any { return newBlock(liveBlock) }}
	sharedLots   = sync.Pool{New: func() any { return new(lot) }}
)

// shares reports whether the reader takes its memory from what is shared.
func (r *Reader) shares() bool { return r.o.Live && r.o.BlockSize == liveBlock }

// Close ends the reading and closes the source if that can be closed. It waits
// for a reading goroutine unless the source is live, as that may wait for ever.
func (r *Reader) Close() error {
	r.stopped.Do(func() { close(r.stop) })
	if !r.o.Live {
		r.pumped.Wait()
		r.ahead.end()
	}
	if c, ok := r.cut.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (r *Reader) takeBlock() *block {
	if r.shares() {
		return sharedBlocks.Get().(*block)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.blocks); n > 0 {
		b := r.blocks[n-1]
		r.blocks = r.blocks[:n-1]
		return b
	}
	return newBlock(r.o.BlockSize)
}

func newBlock(size int) *block {
	return &block{buf: make([]byte, size+padding), done: make(chan struct{}, 1)}
}

func (r *Reader) takeLot() *lot {
	if r.shares() {
		return sharedLots.Get().(*lot)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.lots); n > 0 {
		l := r.lots[n-1]
		r.lots = r.lots[:n-1]
		return l
	}
	return new(lot)
}
