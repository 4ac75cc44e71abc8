package detect

import "github.com/orderguard/orderguard"

// fewEvents is the number of events below which one worker judges a batch alone:
// handing out parts would cost more than it saves.
const fewEvents = 256

// Runner runs an engine's stages on a number of goroutines. The alerts do not
// depend on how many. It is not safe for concurrent use.
type Runner struct {
	engine  *Engine
	workers int
	pool    *pool
	alerts  []orderguard.Alert // of a batch that is judged in parts
	between func()             // see Between
	// plain are the parallel stages before and after record, and ordered those of a
	// plan with a book of orders or of accounts. now is the stage that part runs, in parts parts.
	plain, ordered [2][]stage
	now            func(part, parts int)
	parts          int
	part           func(part int)
}

// stage is a parallel stage. Its parts share nothing: they are divided by events, by
// shards, or by shards and tables.
type stage struct {
	do func(part, parts int)
	by division
}

type division uint8

const (
	byEvents division = iota
	byShards
	byTables
	byAccounts  // by shards, where accounts have declared something
	bySurprises // by shards, where rules ask for surprises
)

// pieces is into how many parts a worker's share of the events is cut. Some take
// longer than others; a worker that is done takes over parts of another.
const pieces = 4

// NewRunner returns a runner with a number of workers, at least 1. Close ends
// them.
func NewRunner(e *Engine, workers int) *Runner {
	r := &Runner{engine: e, workers: max(workers, 1), pool: newPool(workers), between: func() {}}
	find, recognise, inherit := stage{e.find, byEvents}, stage{e.recognise, byAccounts}, stage{e.inherit, byShards}
	prepare, identify := stage{e.prepare, byEvents}, stage{e.identify, byShards}
	remember, measure, surprise, judge := stage{e.remember, byShards}, stage{e.measure, byTables}, stage{e.surprise, bySurprises}, stage{e.judge, byEvents}
	r.plain = [2][]stage{{prepare, identify}, {measure, surprise, judge}}
	r.ordered = [2][]stage{{find, recognise, inherit, prepare, identify}, {remember, measure, surprise, judge}}
	r.part = func(part int) { r.now(part, r.parts) }
	return r
}

// Each runs f(0) to f(n-1) on the workers side by side and returns when all are
// done. What comes before the engine, such as
// decoding, can share the workers by it, so that nobody waits for a processor.
func (r *Runner) Each(n int, f func(i int)) { r.pool.do(n, f) }

// Meanwhile gives the workers something to do while they wait for the caller: f
// does a little of it, some microseconds, and says whether there was any. Any
// number of workers call it at once, and may do so for a moment after it has been
// replaced; nil is nothing.
func (r *Runner) Meanwhile(f func() bool) {
	if f == nil {
		r.pool.meanwhile.Store(nil)
		return
	}
	r.pool.meanwhile.Store(&f)
}

// Between has f called within Process, wherever a batch is cut because something falls due in it: where events lie
// far apart in time that is at nearly each of them. The engine stands then as between two batches, and f may ask
// a Screener, but nothing that changes the engine.
func (r *Runner) Between(f func()) { r.between = f }

// Process judges a batch and returns the alerts that come of it, in the order
// of detection: with revision 1 those that are new, with revision 0 those that
// add a reason to one that was given before. They are good until the next call.
func (r *Runner) Process(b *orderguard.Batch) []orderguard.Alert {
	r.engine.repeated, r.engine.taken = r.engine.repeated[:0], 0
	n, part := r.engine.timers.part(b.Events)
	if n == len(b.Events) {
		return r.judge(b.Feed, part)
	}
	r.alerts = append(r.alerts[:0], r.judge(b.Feed, part)...)
	for rest := b.Events[n:]; len(rest) > 0; rest = rest[n:] {
		r.between()
		n, part = r.engine.timers.part(rest)
		r.alerts = append(r.alerts, r.judge(b.Feed, part)...)
	}
	return r.alerts
}

// Repeated returns the places, in rising order, of the events that the last Process
// dropped as repeated ones. It is good until the next.
func (r *Runner) Repeated() []int { return r.engine.repeated }

// Finish judges what has fallen due by the end of all events and returns the
// alerts, like Process. It is for a history that has been read whole.
func (r *Runner) Finish() []orderguard.Alert {
	return r.judge("", r.engine.timers.finish())
}

// judge takes events through the stages.
func (r *Runner) judge(feed string, events []*orderguard.Event) []orderguard.Alert {
	e, workers := r.engine, r.workers
	if len(events) < fewEvents {
		workers = 1
	}
	e.columns.reset(e.plan, feed, events, r.partsOf(byEvents, workers))
	if e.plan.linked && len(e.measurers) < e.columns.parts {
		e.measurers = newMeasurers(e, r.partsOf(byEvents, r.workers))
	}
	stages := &r.plain
	if e.plan.orders != nil || e.plan.accounts != nil {
		stages = &r.ordered
	}
	r.run(stages[0], workers)
	e.record()
	r.run(stages[1], workers)
	return e.flag()
}

// partsOf returns in how many parts a stage comes for a number of workers.
func (r *Runner) partsOf(by division, workers int) int {
	switch {
	case by == byTables:
		return r.engine.cut(workers)
	case by == byEvents && workers > 1:
		return workers * pieces
	case by == byAccounts && !r.engine.plan.accounts.inUse():
		return 0
	case by == bySurprises && len(r.engine.plan.surprises) == 0:
		return 0
	}
	return workers
}

// run runs stages one after another on 1 or all workers.
func (r *Runner) run(stages []stage, workers int) {
	for i := range stages {
		r.now, r.parts = stages[i].do, r.partsOf(stages[i].by, workers)
		if workers > 1 {
			r.pool.do(r.parts, r.part)
			continue
		}
		for part := range r.parts {
			r.part(part)
		}
	}
}

// Close ends the workers. The runner must not be used any more.
func (r *Runner) Close() { r.pool.close() }
