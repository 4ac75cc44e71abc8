package main

import (
	"context"
	"fmt"

	"github.com/orderguard/orderguard/store"
)

// judge takes what is durable through the pipeline, in the order of the
// journal, until nothing more can come.
func (f *flow) judge(work context.Context, kept <-chan struct{}) error {
	for {
		p, err := f.next(work, kept)
		if p == nil || err != nil {
			return err
		}
		duplicates, err := f.judgeParcel(work, p)
		f.finish(p, duplicates, err)
		if err != nil {
			return fmt.Errorf("record %d of the journal: %w", p.Number, err)
		}
	}
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
			return nil, work.Err()
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
	p := f.queue[0]
	f.queue[0] = nil
	f.queue = f.queue[1:]
	f.behind -= p.size
	if p.held {
		f.queued -= p.size
	}
	wake(f.less)
	return p
}

// judgeParcel takes a parcel through the pipeline.
func (f *flow) judgeParcel(work context.Context, p *parcel) (duplicates int64, err error) {
	if p.Kind == store.Lines && p.batch == nil {
		record, err := f.journal.Record(p.Number)
		if err != nil {
			return 0, err
		}
		if duplicates, err = f.pipeline.replay(work, &record); err != nil {
			return duplicates, err
		}
	} else if duplicates, err = f.pipeline.apply(work, &p.Record, p.batch, p.rules); err != nil {
		return duplicates, err
	}
	f.keeper.note(f.pipeline, p.size)
	return duplicates, nil
}
