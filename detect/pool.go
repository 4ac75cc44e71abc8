package detect

import (
	"runtime"
	"sync/atomic"
)

const (
	// spins is how often a worker looks for work before it does some of what is
	// done meanwhile, or else lets others run, and rounds how often it does so
	// before it sleeps: some 50 µs in all. Stages follow each other closer than
	// that while events come in, and to wake a sleeping worker would cost as much
	// as a stage.
	spins  = 200
	rounds = 100
)

// pool is a number of workers that do the parts of a job side by side: the
// caller and goroutines that wait for it, at first awake and then asleep.
type pool struct {
	job       func(part int)
	lanes     []lane        // by worker
	ticket    atomic.Uint64 // rises with each job
	left      atomic.Int64  // parts of the job under way that are not done
	others    []*sleeper
	meanwhile atomic.Pointer[func() bool] // see Runner.Meanwhile
	closed    atomic.Bool
}

// lane is the parts of a job that are a worker's own: always about the same, for
// what they need is in its processor's cache. Once done with them it takes those of
// others: who is late, or busy with something else, keeps nobody waiting.
type lane struct {
	word atomic.Uint64 // the part to be begun next, below the end << 32
	_    [120]byte     // a line of memory, and the one that is fetched with it
}

// take returns the next part; not ok if none is left.
func (l *lane) take() (part int, ok bool) {
	for {
		w := l.word.Load()
		next, end := uint32(w), uint32(w>>32)
		if next >= end {
			return 0, false
		}
		if l.word.CompareAndSwap(w, w+1) {
			return int(next), true
		}
	}
}

// sleeper is a worker's bed.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// newPool returns a pool of workers, of whom the caller is one.
func newPool(workers int) *pool {
	p := &pool{lanes: make([]lane, max(workers, 1))}
	for i := 1; i < workers; i++ {
		s := &sleeper{wake: make(chan struct{}, 1)}
		p.others = append(p.others, s)
		go p.work(s, i)
	}
	return p
}

// do runs job(0) to job(parts-1) side by side and returns when all are done.
func (p *pool) do(parts int, job func(part int)) {
	if parts == 0 {
		return
	}
	p.job = job
	p.left.Store(int64(parts))
	for i := range p.lanes {
		from, to := share(parts, i, len(p.lanes))
		p.lanes[i].word.Store(uint64(to)<<32 | uint64(from))
	}
	p.call()
	p.help(0)
	for n := 1; p.left.Load() > 0; n++ {
		if n%spins == 0 && !p.whileWaiting() {
			runtime.Gosched()
		}
	}
}

// help does parts of the job under way until all are begun, those of a worker
// first.
func (p *pool) help(worker int) {
	for i := range p.lanes {
		l := &p.lanes[(worker+i)%len(p.lanes)]
		for part, ok := l.take(); ok; part, ok = l.take() {
			p.job(part)
			p.left.Add(-1)
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

// work does parts of each job, until the pool is closed.
func (p *pool) work(s *sleeper, worker int) {
	for done := uint64(0); ; {
		done = p.await(s, done)
		if p.closed.Load() {
			return
		}
		p.help(worker)
	}
}

// await returns the ticket of a job after done, when there is one.
func (p *pool) await(s *sleeper, done uint64) uint64 {
	for n := 1; ; n++ {
		if t := p.ticket.Load(); t != done {
			return t
		}
		switch {
		case n%spins != 0:
		case p.whileWaiting():
			n = 0
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

// whileWaiting does a little of what is done meanwhile, and says whether there
// was any.
func (p *pool) whileWaiting() bool {
	f := p.meanwhile.Load()
	return f != nil && (*f)()
}

// close ends the workers.
func (p *pool) close() {
	p.closed.Store(true)
	p.call()
}
