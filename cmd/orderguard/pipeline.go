package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// pipeline is the way of a batch to those who wait for alerts: the order of
// event time, the engine, the store. What comes of it is determined by what it
// was given, in this order, and by nothing else. One goroutine gives; others may
// look.
type pipeline struct {
	options pipelineOptions
	mu      turn
	order   *ingest.Sequencer
	engine  *detect.Engine
	runner  *detect.Runner
	dead    *ingest.DeadLetters // nil: bad lines are only counted
	record  uint64              // of the journal, that is being judged; 0 without a journal
	wall    orderguard.Millis   // when the record came
	settled uint64              // what came of the records before it is in the store already
	lacking bool                // the recovery lacked records
	// found and papers are what came of records and is in no commit yet, see settle.
	found    []orderguard.Alert
	papers   []store.Paper
	settling *settling                     // the commit under way; nil is none
	shed     map[uint64][][]detect.Horizon // for want of memory, after a record
	book     *casebook                     // nil without a journal

	screener *detect.Screener
	asks     asks
	joined   []orderguard.Event // room for events of several records
	runs     []run              // and for which are whose
	// caughtUp is told, after a commit, how many bytes of the journal's tail have
	// been judged since it was told before; nil is nobody.
	caughtUp func(size int64) error
	past     *pastOrder // nil: no order is asked for as it was
	ruled    bool       // the journal, or a snapshot, says by which rules it is judged
	counts   counts
	trouble  atomic.Pointer[error] // what keeps a commit from succeeding
	reloads  reloads
}

// pipelineOptions are what serve and detect choose each for itself.
type pipelineOptions struct {
	rules    *detect.RuleSet
	files    []ruleFile // that the rules were made of; for snapshots
	lateness time.Duration
	workers  int
	dead     io.Writer  // nil: none; a flow keeps them itself
	store    alertStore // nil: nothing is kept
	casework bool       // acts are taken, indicators counted, and orders asked about
	// acceptLoss lets a recovery go on without what no snapshot covers.
	acceptLoss bool
	log        *slog.Logger
	// publish is given what has been committed: the alerts that are new or
	// have changed, in their order. Without a store those that only add a
	// reason to an earlier one have revision 0.
	publish func([]orderguard.Alert) error
	// filed is given the papers that have been committed, and keeps none; nil is nobody.
	filed func([]store.Paper)
}

// alertStore is what a pipeline asks of the store.
type alertStore interface {
	// Commit makes alerts and papers durable with the number of the last record that
	// they come from, and returns the alerts that changed, also with an error.
	Commit(alerts []orderguard.Alert, position uint64, papers ...store.Paper) ([]orderguard.Alert, error)
	// Position returns the number of the last record of which alerts are there.
	Position() uint64
	// Acts calls fn with the acts that were committed at places from..to.
	Acts(from, to uint64, fn func(place uint64, act []byte) error) error
}

// counts are what has gone through a pipeline.
type counts struct {
	Lines, Bytes, Rejected int64 // with names that JSON sees, for snapshots
	Rejects                [orderguard.RejectReasons]int64
}

func newPipeline(o pipelineOptions) (*pipeline, error) {
	engine, err := detect.New(o.rules, detect.Options{})
	if err != nil {
		return nil, err
	}
	p := &pipeline{
		options: o, mu: newTurn(), order: ingest.NewSequencer(ingest.SequencerOptions{Lateness: o.lateness}),
		asks: newAsks(), shed: map[uint64][][]detect.Horizon{},
	}
	p.use(engine)
	if o.dead != nil {
		p.dead = ingest.NewDeadLetters(o.dead)
	}
	if o.store != nil {
		p.settled = o.store.Position()
	}
	if o.casework {
		p.book = newCasebook()
	}
	return p, nil
}

// use makes the pipeline judge by an engine from now on.
func (p *pipeline) use(engine *detect.Engine) {
	p.engine, p.runner, p.screener = engine, detect.NewRunner(engine, p.options.workers), detect.NewScreener(engine)
	p.runner.Between(p.answer)
}

// push takes a batch of a source that is never silent, such as a file, through, and returns how
// many of its events were repeated ones. When it returns, what was due has been
// committed and published.
func (p *pipeline) push(ctx context.Context, source string, b *orderguard.Batch) (duplicates int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead != nil && len(b.Rejects) > 0 {
		// Flushed with each batch that has some: bad lines are rare, and whoever
		// looks for one finds it, even while the feed goes on.
		if err := errors.Join(p.dead.Write(b), p.dead.Flush()); err != nil {
			return 0, fmt.Errorf("write dead letters: %w", err)
		}
	}
	return p.take(ctx, source, b, time.Time{})
}

// take judges a batch that source sent at the time wall.
func (p *pipeline) take(ctx context.Context, source string, b *orderguard.Batch, wall time.Time) (duplicates int64, err error) {
	p.count(b)
	before := p.engine.Duplicates()
	err = p.judge(ctx, p.order.Push(source, b, wall))
	return int64(p.engine.Duplicates() - before), err
}

// content is what a record of the journal holds, by its kind.
type content struct {
	batch *orderguard.Batch // of Lines
	rules *ruleSource       // of Rules
	acts  *actList          // of Acts
	start *startNote        // of Start; nil in a journal that an older program wrote
}

// startNote is what the record of a start says.
type startNote struct {
	Lateness time.Duration `json:"lateness"` // of this life
}

// apply judges a record of the journal. What acts bring is committed before it returns;
// commits wait for the disk, however long it fails, and who looks does not wait with them.
func (p *pipeline) apply(ctx context.Context, r *store.Record, c content) (duplicates int64, err error) {
	if r.Kind == store.Acts {
		// What came before is committed on its own, or a verdict would come before
		// or after another finding on its alert as commits happen to fall.
		if err := p.settle(ctx); err != nil {
			return 0, err
		}
	}
	if duplicates, err = p.judgeRecord(ctx, r, c); err == nil && r.Kind == store.Acts {
		err = p.settle(ctx)
	}
	return duplicates, err
}

// judgeRecord is apply, but for what is committed.
func (p *pipeline) judgeRecord(ctx context.Context, r *store.Record, c content) (duplicates int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.record = r.Number; r.Kind == store.Lost {
		return 0, nil
	}
	p.wall = orderguard.Millis(r.Wall)
	switch r.Kind {
	case store.Lines:
		duplicates, err = p.take(ctx, r.Source, c.batch, wallOf(r))
	case store.Start, store.Tick, store.End:
		if c.start != nil {
			p.options.lateness = c.start.Lateness
		}
		err = p.judge(ctx, arrive(p.order, r, c))
	case store.Rules:
		err = p.reload(c.rules)
	case store.Acts:
		err = p.act(c.acts)
	default:
		err = fmt.Errorf("its kind %d is not known: it was written by a newer orderguard", r.Kind)
	}
	return duplicates, err
}

// wallOf returns when a record came.
func wallOf(r *store.Record) time.Time { return time.UnixMilli(r.Wall) }

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

func (p *pipeline) count(b *orderguard.Batch) {
	c, rejected := &p.counts, int64(len(b.Rejects))
	c.Lines += int64(len(b.Events)) + rejected
	c.Bytes += b.Bytes
	c.Rejected += rejected
	for i := range b.Rejects {
		c.Rejects[b.Rejects[i].Reason]++
	}
}

// flush judges what is still held back.
func (p *pipeline) flush(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.judge(ctx, p.order.Flush())
}

// finish is flush at the end of all input: rules that look again do so at what
// has fallen due by then.
func (p *pipeline) finish(ctx context.Context) error {
	if err := p.flush(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commit(ctx, p.runner.Finish(), 0)
}

// judge puts a batch, and what else the sequencer has due, through the engine.
// What comes of it is committed and published, or of a record of the journal, gathered.
func (p *pipeline) judge(ctx context.Context, b *orderguard.Batch) error {
	for ; b != nil; b = p.order.Next() {
		part := *b
		for rest := b.Events; len(rest) > 0; rest = rest[len(part.Events):] {
			if part.Events = rest; p.past != nil {
				part.Events = p.past.before(p, rest)
			}
			if err := p.judgeBatch(ctx, &part, []run{{len(part.Events), p.record, p.wall}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgeBatch puts a batch, which came in runs, through the engine.
func (p *pipeline) judgeBatch(ctx context.Context, b *orderguard.Batch, runs []run) error {
	if len(b.Events) == 0 {
		return nil
	}
	return p.process(b, runs, func(alerts []orderguard.Alert) error {
		if p.record > 0 {
			p.gather(alerts)
			return nil
		}
		return p.commit(ctx, alerts, 0)
	})
}

// gather keeps alerts for settle, unless the store has them from the run before.
func (p *pipeline) gather(alerts []orderguard.Alert) {
	for i := range alerts {
		suppressed := p.book != nil && p.book.suppresses(&alerts[i])
		if !suppressed && p.record >= p.settled {
			p.found = append(p.found, alerts[i].Clone())
		}
	}
}

// keep returns papers of a record, but none that the store has from the run before.
func (p *pipeline) keep(record uint64, papers []store.Paper) []store.Paper {
	if record < p.settled {
		clear(papers)
		return papers[:0]
	}
	return papers
}

// silent reports whether a source has fallen silent, by the time now.
func (p *pipeline) silent(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.order.Silent(now)
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

// rules returns the rules that judge, and what came of them.
func (p *pipeline) rules() (*detect.RuleSet, detect.Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.options.rules, p.engine.Stats()
}

// close ends the workers. Nothing may be pushed any more.
func (p *pipeline) close() { p.runner.Close() }
