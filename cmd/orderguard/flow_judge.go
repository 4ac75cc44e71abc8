package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orderguard/orderguard/store"
)

// Alerts are committed when nothing waits to be judged, or so many were found,
// or the first of them is so old: commits are synced, and cost more than judging.
const (
	maxFound   = 512
	settleTime = 5 * time.Millisecond
)

// errBehind says that work has ended before all that is durable was judged.
var errBehind = errors.New("the daemon stopped before this was judged; it is durable, and the next start judges it")

// verdict is what a parcel's feed is told when its alerts are committed.
type verdict struct {
	parcel     *parcel
	duplicates int64
}

// judge takes what is durable through the pipeline, in the order of the
// journal, until nothing more can come.
func (f *flow) judge(work context.Context, kept <-chan struct{}) error {
	var judged []verdict // and not settled
	var since time.Time
	group := make([]*parcel, 0, 64)
	err := func() error {
		for {
			if work.Err() != nil {
				return errBehind
			}
			p := f.dequeue()
			if len(judged) > 0 && (p == nil || len(f.pipeline.found) >= maxFound || time.Since(since) >= settleTime) {
				if err := f.settle(work, judged); err != nil {
					return err
				}
				judged = judged[:0]
			}
			var err error
			if p == nil {
				if p, err = f.next(work, kept); p == nil {
					return err
				}
			}
			if len(judged) == 0 {
				since = time.Now()
			}
			if judged, err = f.judgeGroup(work, f.dequeueMore(append(group[:0], p)), judged); err != nil {
				return err
			}
		}
	}()
	f.tell(judged, err)
	for p := f.dequeue(); p != nil; p = f.dequeue() { // after an error
		f.letGo(p)
		f.tell([]verdict{{parcel: p}}, err)
	}
	return err
}

// settle commits what came of parcels, tells their feeds, and takes a snapshot
// if one is due.
func (f *flow) settle(work context.Context, judged []verdict) error {
	if err := f.pipeline.settle(work); err != nil {
		return fmt.Errorf("commit alerts: %w", err)
	}
	f.keeper.note(f.pipeline, f.tell(judged, nil))
	return f.memory.keep(work, f.pipeline)
}

// tell tells feeds that their parcels have been judged, or why they will not be
// before the next start. It returns how many bytes of lines they have.
func (f *flow) tell(judged []verdict, err error) (size int64) {
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

// next returns the next parcel, or nil at the end.
func (f *flow) next(work context.Context, kept <-chan struct{}) (*parcel, error) {
	for {
		if p := f.dequeue(); p != nil {
			return p, nil
		}
		select {
		case <-f.more:
		case <-kept:
			// What was kept last is in the queue by now.
			return f.dequeue(), nil
		case <-work.Done():
			return nil, errBehind
		}
	}
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
