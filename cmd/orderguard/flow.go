package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// Bounds of a flow, in bytes of lines. What is decoded takes about three times
// as much.
const (
	maxHeld   = 64 << 20 // decoded batches, in all
	maxQueued = 32 << 20 // of those, journalled ones that wait to be judged
	maxBehind = 1 << 30  // lines that are journalled and not judged, see awaitJudge
	maxGroup  = 4 << 20  // lines that share a sync
)

// retry is how long what has failed waits until it is tried again.
const retry = time.Second

// flow is the daemon's way of a batch: into the journal, where it is durable,
// and then, in the order of the journal, through the pipeline.
//
//	feeds  push  ->  keep, one goroutine    ->  judge, one goroutine
//	                 groups what waits,         the pipeline, snapshots
//	                 syncs once, acks
//
// The two run side by side. What the pipeline is too slow for is let go and read
// again from the journal in its turn, so that a snapshot does not stop the
// intake; only a pipeline that is far behind does.
type flow struct {
	journal  journal
	pipeline *pipeline
	keeper   *snapshotKeeper
	dead     *deadFile
	streams  streams
	memory   *memoryLimit
	log      *slog.Logger
	clock    *steadyClock
	trouble  atomic.Pointer[error] // what keeps lines from the journal

	room    *semaphore.Weighted // of maxHeld
	arrived chan *parcel

	mu        sync.Mutex
	positions map[string]store.FeedPosition
	posts     map[string]store.FeedPosition // with a key, that are being taken
	queue     []*parcel                     // journalled, in order
	queued    int64                         // bytes of lines in queue whose batch is held
	open      int                           // how many are journalled and not settled
	behind    int64                         // bytes of lines in those
	left      error                         // why nothing is judged any more; nil: it is
	more      chan struct{}                 // has room for one: queue has grown
	less      chan struct{}                 // has room for one: queue has shrunk
}

// journal is what a flow asks of the store.
type journal interface {
	// Append gives the records their numbers and makes them durable, and
	// returns how many, from the first on, are: all, unless there is an error.
	Append(records []store.Record) (durable int, err error)
	// Record returns a record by its number.
	Record(n uint64) (store.Record, error)
	// LastWall returns when the last record was written, Unix ms by the wall clock; 0 if there
	// is none, or it cannot be read.
	LastWall() (int64, error)
	// Feeds returns how far each feed has come.
	Feeds() (map[string]store.FeedPosition, error)
}

// parcel is a record on its way through a flow.
type parcel struct {
	store.Record
	content // the batch of lines is there until it is let go
	size    int64
	held    bool   // the flow has room taken for it
	post    string // that the lines came in, if it may be sent again
	// What is called, each once, when the record is durable, when what came of
	// it has been published, and when batch is no longer needed. An error means
	// that it never will be durable, or judged. Nil is nothing.
	durable func(store.FeedPosition, error)
	judged  func(duplicates int64, err error)
	release func()
}

// newFlow returns a flow that run starts.
func newFlow(j journal, p *pipeline, k *snapshotKeeper, dead *deadFile, log *slog.Logger) (*flow, error) {
	last, err := j.LastWall()
	if err != nil {
		return nil, err
	}
	f := &flow{
		journal: j, pipeline: p, keeper: k, dead: dead, log: log, clock: newSteadyClock(last),
		room: semaphore.NewWeighted(maxHeld), arrived: make(chan *parcel),
		memory: new(memoryLimit), more: make(chan struct{}, 1), less: make(chan struct{}, 1),
		posts: map[string]store.FeedPosition{},
	}
	if f.clock.jumped {
		log.Warn("the wall clock does not go with when the store was last written; until it has stayed so for a while, the store is dated on from there",
			"clock", time.Now().UTC().Format(time.RFC3339), "last_written", time.UnixMilli(last).UTC().Format(time.RFC3339), "believed_after", jumpLasts)
	}
	f.positions, err = j.Feeds()
	return f, err
}

// push hands lines of a source over. The batch belongs to the flow until it
// calls release. It waits while too much is on its way; then, and when ctx
// ends, nothing of the batch is kept, and neither function is called.
func (f *flow) push(ctx context.Context, source string, b *orderguard.Batch, p *parcel) error {
	p.size = max(int64(len(b.Raw)), 1)
	p.batch = b
	p.Record = store.Record{
		Kind: store.Lines, Feed: b.Feed, Source: source, Wall: f.now(),
		FirstLine: b.FirstLine, Count: b.Lines, Offset: b.Offset, Raw: b.Raw,
	}
	p.Pack()
	p.Names(namesIn(b))
	return f.send(ctx, p)
}

// send hands a parcel over.
func (f *flow) send(ctx context.Context, p *parcel) error {
	p.size = min(max(p.size, 1), maxHeld)
	if err := f.room.Acquire(ctx, p.size); err != nil {
		return err
	}
	p.held = true
	select {
	case f.arrived <- p:
		return nil
	case <-ctx.Done():
		p.held = false
		f.room.Release(p.size)
		return ctx.Err()
	}
}

// waiting returns how many records are journalled and not judged and committed,
// and how many bytes of lines they hold.
func (f *flow) waiting() (records int, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open, f.behind
}

// now returns the wall clock as records have it.
func (f *flow) now() int64 { return f.clock.now() }

// await hands a parcel over and waits until it has been judged.
func (f *flow) await(ctx context.Context, p *parcel) error {
	done := make(chan error, 1)
	p.judged = func(_ int64, err error) { done <- err }
	if err := f.send(ctx, p); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start journals that a life begins, and how long events wait in it.
func (f *flow) start(ctx context.Context, lateness time.Duration) error {
	note := &startNote{Lateness: lateness}
	text, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return f.await(ctx, &parcel{Record: store.Record{Kind: store.Start, Wall: f.now(), Raw: text}, content: content{start: note}})
}

// run journals and judges until intake ends, and then what was handed over by
// then. The end of work ends that too, with errBehind.
func (f *flow) run(intake, work context.Context) error {
	parts, work := errgroup.WithContext(work)
	kept := make(chan struct{})
	parts.Go(func() error {
		defer close(kept)
		f.keep(intake, work)
		return nil
	})
	parts.Go(func() error { return f.judge(work, kept) })
	return parts.Wait()
}
