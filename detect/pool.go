package detect

import (
	"math/bits"
	"runtime"
	"sync/atomic"
)

const (
	// spins is how often a worker looks for a part before it does some of what is
	// done meanwhile, or else lets others run, and rounds how often it does so
	// before it sleeps: some 50 µs in all. Stages follow each other closer than
	// that while events come in, and to wake a sleeping worker would cost as much
	// as a stage.
	spins  = 200
	rounds = 100
	// maxParts is how many parts a job has at most: as many as a word has bits.
	maxParts = 64
)

// pool is a number of workers that do the parts of a job side by side: the
// caller and goroutines that wait for it, at first awake and then asleep. Each
// does the part of its own number, so that it finds in its processor's cache what
// it left there, and then what others have not begun: who is late, or busy with
// something else, keeps nobody waiting.
type pool struct {
	job       func(part int)
	open      atomic.Uint64 // parts of the job under way that nobody has begun, a bit each
	left      atomic.Int64  // those that are not done
	others    []*sleeper
	meanwhile atomic.Pointer[func() bool] // see Runner.Meanwhile
	closed    atomic.Bool
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
// There must not be more parts than workers, nor than maxParts.
func (p *pool) do(parts int, job func(part int)) {
	if parts > min(1+len(p.others), maxParts) {
		panic("BUG: detect: more parts than workers")
	}
	if parts == 1 {
		job(0)
		return
	}
	p.job = job
	p.left.Store(int64(parts))
	p.open.Store(1<<parts - 1)
	p.call()
	p.help(0)
	for n := 1; p.left.Load() > 0; n++ {
		if n%spins == 0 && !p.whileWaiting() {
			runtime.Gosched()
		}
	}
}

// help does parts of the job under way until all are begun, its own first.
func (p *pool) help(part int) {
	for {
		if bit := uint64(1) << part; p.open.And(^bit)&bit != 0 {
			p.job(part)
			p.left.Add(-1)
		}
		open := p.open.Load()
		if open == 0 {
			return
		}
		part = bits.TrailingZeros64(open)
	}
}

// call wakes the workers that sleep.
func (p *pool) call() {
	for _, s := range p.others {
		if s.asleep.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
}

// work does parts of each job, until the pool is closed.
func (p *pool) work(s *sleeper, part int) {
	for p.await(s) {
		p.help(part)
	}
}

// await returns when there are parts to do; false if the pool is closed.
func (p *pool) await(s *sleeper) bool {
	for n := 1; ; n++ {
		switch {
		case p.open.Load() != 0:
			return true
		case n%spins != 0:
		case p.closed.Load():
			return false
		case p.whileWaiting():
			n = 0
		case n < spins*rounds:
			runtime.Gosched()
		default:
			p.sleep(s)
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

// sleep sleeps until it is called.
func (p *pool) sleep(s *sleeper) {
	s.asleep.Store(true)
	// A job that came just before has not seen that; one that comes from now on
	// will wake us.
	if p.open.Load() == 0 && !p.closed.Load() || !s.asleep.CompareAndSwap(true, false) {
		<-s.wake
	}
}

// close ends the workers.
func (p *pool) close() {
	p.closed.Store(true)
	p.call()
}
