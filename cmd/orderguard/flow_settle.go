package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Alerts and papers are committed when there are so many, or the first of them is so old: commits are
// synced, and what they write is merged later, by the processors that judge.
const (
	maxFound   = 512
	settleTime = 10 * time.Millisecond
)

// judgedParcel is a parcel whose feed is told of it when its alerts are committed.
type judgedParcel struct {
	parcel     *parcel
	duplicates int64
}

// settler has what a flow's pipeline finds committed beside judging, one commit at a time, and
// then tells feeds. A commit waits for the disk longer than most batches take to be judged.
type settler struct {
	flow   *flow
	judged []judgedParcel // that no commit has yet
	since  time.Time      // when the first of them was
	under  *settling      // the commit under way; nil is none
	going  []judgedParcel // that are being committed
	pause  *time.Timer
}

// judge has parcels judged.
func (s *settler) judge(work context.Context, group []*parcel) (err error) {
	if len(s.judged) == 0 {
		s.since = time.Now()
	}
	s.judged, err = s.flow.judgeGroup(work, group, s.judged)
	return err
}

// advance ends the commit under way if it may, and begins the next if it is time. Nothing waits
// to be judged if resting.
func (s *settler) advance(work context.Context, resting bool) error {
	p := s.flow.pipeline
	full := p.unsettled() >= maxFound
	if s.under != nil && (full || s.under.hasEnded()) {
		if err := s.end(work); err != nil {
			return err
		}
	}
	if s.under != nil || len(s.judged) == 0 {
		return nil
	}
	if p.unsettled() == 0 {
		s.begin().run(work) // which is nothing
		return s.end(work)
	}
	if full || resting && s.hurried() || time.Since(s.since) >= settleTime {
		go s.begin().run(work)
	}
	return nil
}

// begin hands what was judged to a commit.
func (s *settler) begin() *settling {
	s.under = s.flow.pipeline.beginSettle()
	s.judged, s.going = s.going[:0], s.judged
	return s.under
}

// hurried says whether somebody waits for what was judged.
func (s *settler) hurried() bool {
	return slices.ContainsFunc(s.judged, func(j judgedParcel) bool { return j.parcel.judged != nil })
}

// end waits until the commit under way has ended, and tells feeds.
func (s *settler) end(work context.Context) error {
	f := s.flow
	<-s.under.ended
	s.under = nil
	if err := f.pipeline.endSettle(); err != nil {
		return fmt.Errorf("commit alerts: %w", err)
	}
	size := f.tell(s.going, nil)
	clear(s.going)
	s.going = s.going[:0]
	return f.tidy(work, size)
}

// tidy is called when so many bytes of lines have been judged and settled: it takes a snapshot if one is due, and
// lets go of what memory is short of.
func (f *flow) tidy(work context.Context, size int64) error {
	if err := f.keeper.note(work, f.pipeline, size); err != nil {
		return err
	}
	return f.memory.keep(work, f.pipeline)
}

// idle says whether all that was judged is committed.
func (s *settler) idle() bool { return s.under == nil && len(s.judged) == 0 }

// ended is closed when the commit under way has ended.
func (s *settler) ended() <-chan struct{} {
	if s.under == nil {
		return nil
	}
	return s.under.ended
}

// due tells when the next commit is to begin, if none is under way.
func (s *settler) due() <-chan time.Time {
	if s.under != nil || len(s.judged) == 0 {
		return nil
	}
	s.pause.Reset(time.Until(s.since.Add(settleTime)))
	return s.pause.C
}

// abandon lets the commit under way end, and tells feeds why nothing more comes.
func (s *settler) abandon(err error) {
	_ = s.flow.pipeline.endSettle() // which keeps what failed for who comes next
	if s.under != nil && s.under.err == nil {
		s.flow.tell(s.going, nil)
		s.going = nil
	}
	s.flow.tell(append(s.going, s.judged...), err)
}
