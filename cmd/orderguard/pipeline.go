package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// retryCommit is how long a failing commit waits before it is tried again.
const retryCommit = time.Second

// pipeline is the way of a batch from its feed to those who wait for alerts:
// dead letters, the order of event time, the engine, the store. Any number of
// feeds may push; one batch goes through at a time.
type pipeline struct {
	options pipelineOptions
	mu      sync.Mutex
	order   *ingest.Sequencer
	engine  *detect.Engine
	runner  *detect.Runner
	dead    *ingest.DeadLetters // nil: bad lines are only counted
	feeds   map[string]store.FeedPosition
	moved   bool // feeds has changed since the last commit
	counts  counts
	trouble atomic.Pointer[error] // what keeps a commit from succeeding
	waiting atomic.Int64          // batches that wait for their turn
	reloads reloads
}

// pipelineOptions are what serve and detect choose each for itself.
type pipelineOptions struct {
	rules    *detect.RuleSet
	lateness time.Duration
	workers  int
	dead     io.Writer    // nil: none
	store    *store.Store // nil: nothing is kept
	live     bool         // sources may fall silent
	log      *slog.Logger
	// publish is given what has been committed: the alerts that are new or
	// have changed, in their order. Without a store those that only add a
	// reason to an earlier one have revision 0.
	publish func([]orderguard.Alert) error
}

// counts are what has gone through a pipeline.
type counts struct {
	lines, bytes, rejected int64
	rejects                [orderguard.RejectReasons]int64
}

func newPipeline(o pipelineOptions) (*pipeline, error) {
	engine, err := detect.New(o.rules, detect.Options{})
	if err != nil {
		return nil, err
	}
	p := &pipeline{
		options: o, engine: engine, runner: detect.NewRunner(engine, o.workers),
		order: ingest.NewSequencer(ingest.SequencerOptions{Lateness: o.lateness}),
		feeds: map[string]store.FeedPosition{},
	}
	if o.dead != nil {
		p.dead = ingest.NewDeadLetters(o.dead)
	}
	if o.store != nil {
		if p.feeds, err = o.store.Feeds(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// push takes a batch of a source through, and returns how many of its events
// were repeated ones. When it returns, what was due has been committed and
// published.
func (p *pipeline) push(ctx context.Context, source string, b *orderguard.Batch) (duplicates int64, err error) {
	p.waiting.Add(1)
	p.mu.Lock()
	p.waiting.Add(-1)
	defer p.mu.Unlock()
	p.count(b)
	if p.dead != nil && len(b.Rejects) > 0 {
		// Flushed with each batch that has some: bad lines are rare, and whoever
		// looks for one finds it, even while the feed goes on.
		err := p.dead.Write(b)
		if err == nil {
			err = p.dead.Flush()
		}
		if err != nil {
			return 0, fmt.Errorf("write dead letters: %w", err)
		}
	}
	before := p.engine.Duplicates()
	err = p.judge(ctx, p.order.Push(source, b, p.wall()))
	return int64(p.engine.Duplicates() - before), err
}

// drain takes all batches of a source's reader through, and closes it. Each, if not nil,
// is told of each batch and how many of its events were repeated ones.
func (p *pipeline) drain(ctx context.Context, source string, r *ingest.Reader, each func(b *orderguard.Batch, duplicates int64)) (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		b, fail := r.Next(ctx)
		if errors.Is(fail, io.EOF) {
			return nil
		}
		if fail != nil {
			return fail
		}
		duplicates, fail := p.push(ctx, source, b)
		if fail != nil {
			return fail
		}
		if each != nil {
			each(b, duplicates)
		}
		r.Recycle(b)
	}
}

// wall returns the time by which sources become idle. Files never do: what a
// replay finds must not depend on how long it takes.
func (p *pipeline) wall() time.Time {
	if !p.options.live {
		return time.Time{}
	}
	return time.Now()
}

func (p *pipeline) count(b *orderguard.Batch) {
	c, at, rejected := &p.counts, p.feeds[b.Feed], int64(len(b.Rejects))
	lines := int64(len(b.Events)) + rejected
	at.Lines += lines
	at.Bytes += b.Bytes
	at.Events += int64(len(b.Events))
	at.Rejected += rejected
	p.feeds[b.Feed], p.moved = at, true
	c.lines += lines
	c.bytes += b.Bytes
	c.rejected += rejected
	for i := range b.Rejects {
		c.rejects[b.Rejects[i].Reason]++
	}
}

// tick lets go on what waits only for the wall clock, and commits how far the
// feeds have come.
func (p *pipeline) tick(ctx context.Context, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.judge(ctx, p.order.Tick(now)); err != nil {
		return err
	}
	return p.commit(ctx, nil)
}

// end says that a source has ended, so that nobody waits for it.
func (p *pipeline) end(source string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order.Close(source)
}

// flush judges what is still held back, and commits.
func (p *pipeline) flush(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.judge(ctx, p.order.Flush()); err != nil {
		return err
	}
	return p.commit(ctx, nil)
}

// finish is flush at the end of all input: rules that look again do so at what
// has fallen due by then.
func (p *pipeline) finish(ctx context.Context) error {
	if err := p.flush(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commit(ctx, p.runner.Finish())
}

// judge puts a batch, and what else the sequencer has due, through the engine,
// commits what came of it, and only then publishes.
func (p *pipeline) judge(ctx context.Context, b *orderguard.Batch) error {
	for ; b != nil; b = p.order.Next() {
		if len(b.Events) == 0 {
			continue
		}
		alerts := p.runner.Process(b)
		if len(alerts) == 0 {
			continue
		}
		if err := p.commit(ctx, alerts); err != nil {
			return err
		}
	}
	return nil
}

// commit commits alerts and feed positions and publishes what has changed. A
// store that fails stops all feeds here, by backpressure, until it works again:
// the engine has seen these events, so their alerts must not be lost.
func (p *pipeline) commit(ctx context.Context, alerts []orderguard.Alert) error {
	if p.options.store == nil {
		return p.options.publish(alerts)
	}
	if len(alerts) == 0 && !p.moved {
		return nil
	}
	for {
		changed, err := p.options.store.Commit(alerts, p.feeds)
		// With an error too: a part of a large commit may be durable, and the
		// next try does not tell of it again.
		if fail := p.options.publish(changed); fail != nil {
			return errors.Join(err, fail)
		}
		if err == nil {
			p.trouble.Store(nil)
			p.moved = false
			return nil
		}
		p.trouble.Store(&err)
		p.options.log.Error("alerts cannot be committed, all feeds wait", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryCommit):
		}
	}
}

// err returns what keeps the pipeline from taking events, nil if nothing does.
func (p *pipeline) err() error {
	if e := p.trouble.Load(); e != nil {
		return *e
	}
	return nil
}

// snapshot is the state of a pipeline for people and machines that watch it.
type snapshot struct {
	counts
	detect.Stats
	held      int
	watermark orderguard.Millis
	rules     string // their version
}

func (p *pipeline) snapshot() snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return snapshot{
		counts: p.counts, Stats: p.engine.Stats(),
		held: p.order.Held(), watermark: p.order.Watermark(), rules: p.options.rules.Version,
	}
}

// memory returns what the parts of the engine hold.
func (p *pipeline) memory() []detect.TableSize {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.engine.Memory()
}

// close ends the workers. Nothing may be pushed any more.
func (p *pipeline) close() { p.runner.Close() }
