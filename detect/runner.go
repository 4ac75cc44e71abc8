package detect

import "github.com/orderguard/orderguard"

// fewEvents is the size of a batch below which handing parts of it to other
// workers costs more than they save.
const fewEvents = 256

// Runner runs an engine's stages on a number of goroutines. The alerts do not
// depend on how many. It is not safe for concurrent use.
type Runner struct {
	engine  *Engine
	workers int
	pool    *pool
	alerts  []orderguard.Alert // of a batch that is judged in parts
	// plain are the parallel stages, before and after record, and ordered those
	// where the plan knows orders; now is the one that part runs.
	plain, ordered [2][]func(worker, workers int)
	now            func(worker, workers int)
	part           func(worker int)
}

// NewRunner returns a runner with a number of workers, at least 1. Close ends
// them.
func NewRunner(e *Engine, workers int) *Runner {
	r := &Runner{engine: e, workers: max(workers, 1), pool: newPool(workers)}
	r.plain = [2][]func(int, int){{e.prepare, e.identify}, {e.measure, e.judge}}
	r.ordered = [2][]func(int, int){{e.find, e.inherit, e.prepare, e.identify}, {e.remember, e.measure, e.judge}}
	r.part = func(worker int) { r.now(worker, r.workers) }
	return r
}

// Each runs f(0) to f(n-1) on the workers side by side, for n up to their
// number, and returns when all are done. What comes before the engine, such as
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
	e.columns.reset(e.plan, feed, events, workers)
	if e.plan.linked && len(e.scouts) < workers {
		e.scouts = newScouts(e, r.workers)
	}
	stages := &r.plain
	if e.plan.orders != nil {
		stages = &r.ordered
	}
	r.run(stages[0], workers)
	e.record()
	r.run(stages[1], workers)
	return e.flag(workers)
}

// run runs stages one after another on 1 or all workers.
func (r *Runner) run(stages []func(worker, workers int), workers int) {
	for _, stage := range stages {
		if workers == 1 {
			stage(0, 1)
			continue
		}
		r.now = stage
		r.pool.do(workers, r.part)
	}
}

// Close ends the workers. The runner must not be used any more.
func (r *Runner) Close() { r.pool.close() }
