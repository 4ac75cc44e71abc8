package detect

import (
	"runtime"
	"sync/atomic"
)

const (
	// spins is how often a worker looks for work before it lets others run, and
	// rounds how often it does so before it sleeps: some 50 µs in all. Stages
	// follow each other closer than that while events come in, and to wake a
	// sleeping worker would cost as much as a stage.
	spins  = 200
	rounds = 100
)

// pool is a number of workers that do the parts of a job side by side: the
// caller and goroutines that wait for it, at first awake and then asleep.
type pool struct {
	job    func(part int)
	parts  int
	ticket atomic.Uint64 // rises with each job
	left   atomic.Int64  // parts of the job under way that are not done
	others []*sleeper
	closed bool
}

// sleeper is a worker's bed.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// newPool returns a pool of workers, of whom the caller is one.
func newPool(workers int) *pool {
	p := &pool{}
	for i := 1; i < workers; i++ {
		s := &sleeper{wake: make(chan struct{}, 1)}
		p.others = append(p.others, s)
		go p.work(s, i)
	}
	return p
}

// do runs job(0) to job(parts-1) side by side and returns when all are done.
// There must not be more parts than workers.
func (p *pool) do(parts int, job func(part int)) {
	if parts > 1+len(p.others) {
		panic("BUG: detect: more parts than workers")
	}
	if parts > 1 {
		p.job, p.parts = job, parts
		p.left.Store(int64(len(p.others)))
		p.call()
	}
	job(0)
	for n := 0; p.left.Load() > 0; n++ {
		if n%spins == spins-1 {
			runtime.Gosched()
		}
	}
}

// call tells all workers that there is a job.
func (p *pool) call() {
	p.ticket.Add(1)
	for _, s := range p.others {
		if s.asleep.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
}

// work does one part of each job, until the pool is closed.
func (p *pool) work(s *sleeper, part int) {
	for done := uint64(0); ; {
		done = p.await(s, done)
		if p.closed {
			return
		}
		if part < p.parts {
			p.job(part)
		}
		p.left.Add(-1)
	}
}

// await returns the ticket of the job after done, when there is one.
func (p *pool) await(s *sleeper, done uint64) uint64 {
	for n := 0; ; n++ {
		if t := p.ticket.Load(); t != done {
			return t
		}
		switch {
		case n%spins != spins-1:
		case n < spins*rounds:
			runtime.Gosched()
		default:
			s.asleep.Store(true)
			// A job that came just before has not seen that; one that comes
			// from now on will wake us.
			if p.ticket.Load() == done || !s.asleep.CompareAndSwap(true, false) {
				<-s.wake
			}
			n = 0
		}
	}
}

// close ends the workers.
func (p *pool) close() {
	p.closed = true
	p.call()
}
