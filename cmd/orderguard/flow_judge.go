package main

import (
	"context"
	"errors"
	"time"

	"github.com/orderguard/orderguard/store"
)

// errBehind says that work has ended before all that is durable was judged.
var errBehind = errors.New("the daemon stopped before this was judged; it is durable, and the next start judges it")

// judge takes what is durable through the pipeline, in the order of the
// journal, until nothing more can come.
func (f *flow) judge(work context.Context, kept <-chan struct{}) error {
	s := &settler{flow: f, pause: time.NewTimer(settleTime)}
	err := f.judgeAll(work, kept, s)
	s.abandon(err)
	f.leave(err)
	return err
}

// leave gives up what is in the queue after an error, and what is made durable from then on.
func (f *flow) leave(err error) {
	f.mu.Lock()
	f.left = err
	f.mu.Unlock()
	for p := f.dequeue(); p != nil; p = f.dequeue() {
		f.giveUp(p, err)
	}
}

// giveUp leaves a parcel that is durable to the next start.
func (f *flow) giveUp(p *parcel, err error) {
	f.letGo(p)
	f.tell([]judgedParcel{{parcel: p}}, err)
}

// judgeAll is judge, until something fails.
func (f *flow) judgeAll(work context.Context, kept <-chan struct{}, s *settler) error {
	group := make([]*parcel, 0, 64)
	for last := false; ; {
		if work.Err() != nil {
			return errBehind
		}
		p := f.dequeue()
		if err := s.advance(work, p == nil); err != nil {
			return err
		}
		if p != nil {
			if err := s.judge(work, f.dequeueMore(append(group[:0], p))); err != nil {
				return err
			}
			continue
		}
		if last && s.idle() {
			return nil
		}
		select {
		case <-f.more:
		case <-s.ended():
		case <-s.due():
		case <-kept:
			// What was kept last is in the queue by now.
			last, kept = true, nil
		case <-work.Done():
		}
	}
}

// tell tells feeds that their parcels have been judged, or why they will not be
// before the next start. It returns how many bytes of lines they have.
func (f *flow) tell(judged []judgedParcel, err error) (size int64) {
	for _, v := range judged {
		size += v.parcel.size
		if v.parcel.judged != nil {
			v.parcel.judged(v.duplicates, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open -= len(judged)
	f.behind -= size
	wake(f.less)
	return size
}

// dequeue returns the next parcel, or nil if none is there.
func (f *flow) dequeue() *parcel {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return nil
	}
	return f.pop()
}

// pop takes the first parcel off the queue. The caller holds mu.
func (f *flow) pop() *parcel {
	p := f.queue[0]
	f.queue[0] = nil
	f.queue = f.queue[1:]
	if p.held {
		f.queued -= p.size
	}
	return p
}

// judgeParcel takes a parcel through the pipeline.
func (f *flow) judgeParcel(work context.Context, p *parcel) (duplicates int64, err error) {
	d, err := f.contentOf(p)
	if err != nil {
		return 0, err
	}
	defer d.free()
	return f.pipeline.apply(work, &p.Record, d.content)
}

// contentOf returns what a parcel holds: lines that were let go of are read again
// from the journal.
func (f *flow) contentOf(p *parcel) (decoded, error) {
	if p.Kind != store.Lines || p.batch != nil {
		return decoded{content: p.content}, nil
	}
	record, err := f.journal.Record(p.Number)
	if err != nil {
		return decoded{}, err
	}
	return decode(&record)
}
