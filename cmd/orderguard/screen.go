package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// screenFeed is the feed of blocked attempts. They count in the windows like
// orders, and in no indicator: there is no such order.
const screenFeed = "screen"

// How orders are screened while batches are judged: those are cut into slices, and
// whoever judges answers between two of them, and wherever something falls due, for at most
// askTime. Slices are long until somebody asks: what a group of batches holds may take a quarter of a second.
const (
	longSlice = 512 // events
	slice     = 32
	askTime   = 2 * time.Millisecond
	askedLong = 10 * time.Second // after the last question, slices are long again
	maxAsked  = 64               // questions that wait; whoever has one more waits to put it
)

// asks are questions to whoever judges. He answers them himself: were he to make way for those who ask, each
// would have to wait for a processor twice, and he for them.
type asks struct {
	last    atomic.Int64 // Unix ms of the last question
	waiting chan *question
}

// question is what would be found of an order if it came now.
type question struct {
	asker    context.Context
	event    *orderguard.Event
	answer   detect.Screening
	failure  any           // what answering panicked with; who asked is to know
	answered chan struct{} // closed when there is an answer, or failure
}

func newAsks() asks { return asks{waiting: make(chan *question, maxAsked)} }

// slice returns how many of so many events are judged at once: all, where nobody asks.
func (p *pipeline) slice(events int) int {
	switch {
	case !p.options.casework:
		return events
	case time.Now().UnixMilli()-p.asks.last.Load() < askedLong.Milliseconds():
		return min(events, slice)
	}
	return min(events, longSlice)
}

// screen asks what would be found of an order if it came now. Who judges answers, or
// else whoever asks.
func (p *pipeline) screen(ctx context.Context, e *orderguard.Event) (detect.Screening, error) {
	p.asks.last.Store(time.Now().UnixMilli())
	q := &question{asker: ctx, event: e, answered: make(chan struct{})}
	select {
	case p.asks.waiting <- q:
	case <-ctx.Done():
		return detect.Screening{}, ctx.Err()
	}
	for {
		select {
		case <-q.answered:
			if q.failure != nil {
				panic(q.failure)
			}
			return q.answer, nil
		case <-ctx.Done():
			return detect.Screening{}, ctx.Err()
		case p.mu <- struct{}{}: // nobody judges
			p.answer()
			p.mu.Unlock()
		}
	}
}

// answerOne answers one of those who wait, if any does. The caller holds mu.
func (p *pipeline) answerOne() bool {
	select {
	case q := <-p.asks.waiting:
		p.answerTo(q)
		return true
	default:
		return false
	}
}

// answerTo answers a question, unless nobody waits for the answer any more.
func (p *pipeline) answerTo(q *question) {
	defer close(q.answered)
	defer func() {
		if q.failure = recover(); q.failure != nil {
			p.screener = detect.NewScreener(p.engine) // what the old one holds may be half done
		}
	}()
	if q.asker.Err() == nil {
		q.answer = p.screener.Screen(q.event)
	}
}

// answer answers those who wait, for at most askTime, and lets them go on: whoever judges seldom rests, and the
// runtime would keep them waiting for up to 10 ms. The caller holds mu.
func (p *pipeline) answer() {
	if len(p.asks.waiting) == 0 {
		return
	}
	for begun := time.Now(); p.answerOne() && time.Since(begun) < askTime; {
		runtime.Gosched()
	}
}

// turn is a lock that one can wait for beside something else.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) Lock()   { t <- struct{}{} }
func (t turn) Unlock() { <-t }

// process puts a batch through the engine, in slices, and gives each
// alert to found while it is good.
func (p *pipeline) process(b *orderguard.Batch, runs []run, found func([]orderguard.Alert) error) error {
	part := *b
	for rest := b.Events; len(rest) > 0; rest = rest[len(part.Events):] {
		part.Events = rest[:p.slice(len(rest))]
		if err := found(p.runner.Process(&part)); err != nil {
			return err
		}
		runs = p.countFor(&part, runs)
		p.answer()
	}
	return nil
}

// screener answers whether an order is to be accepted.
type screener struct {
	pipeline *pipeline
	book     *casebook
	ready    func() error
	now      func() int64 // Unix ms
	blocked  *blockedAttempts
	answers  [casework.BlockOrder + 1]atomic.Int64
}

// newScreener returns a screener whose blocked attempts go through a flow, as long as
// work lasts.
func newScreener(work context.Context, f *flow, ready func() error) *screener {
	return &screener{pipeline: f.pipeline, book: f.pipeline.book, ready: ready, now: f.now, blocked: newBlockedAttempts(work, f)}
}

// Screen judges an order.created event. It answers that it is blocked once that is
// durable, and others at once.
func (s *screener) Screen(ctx context.Context, line []byte) (casework.Screening, error) {
	if err := s.ready(); err != nil {
		return casework.Screening{}, notTaken(err)
	}
	var d ingest.Decoder
	var e orderguard.Event
	if err := d.Decode(line, &e); err != nil {
		return casework.Screening{}, fmt.Errorf("%w: %w", api.ErrInvalid, fmt.Errorf("the event is refused: %w", err))
	}
	if e.Kind != orderguard.OrderCreated {
		return casework.Screening{}, fmt.Errorf("%w: %w", api.ErrInvalid, errNoCreation)
	}
	found, err := s.pipeline.screen(ctx, &e)
	if err != nil {
		return casework.Screening{}, err
	}
	x := s.attempt(&e, found, orderguard.Millis(s.now()))
	if x.Action == casework.BlockOrder {
		if err := s.blocked.keep(ctx, line); err != nil {
			return casework.Screening{}, err
		}
	}
	s.answers[x.Action].Add(1)
	return x, nil
}

var errNoCreation = errors.New("the event is not the creation of an order; give one of type order and status created")

// attempt joins what the engine would find with lists, and with the sanctions of
// now.
func (s *screener) attempt(e *orderguard.Event, found detect.Screening, now orderguard.Millis) casework.Screening {
	a := attemptOf(found)
	var policy casework.Policy
	s.book.look(func(d *casework.Desk, l *casework.Ledger) {
		policy, _ = d.Policy()
		a.Sanction = d.Buyer(e.Buyer, max(now, d.Last()))
		if a.Sanction.Level == orderguard.Restricted {
			a.OrdersToday = l.OrdersOn(e.Buyer, e.Time.Day())
			if o := l.Order(e.Shop, e.Order); o.Known && o.Created.Day() == e.Time.Day() {
				a.OrdersToday-- // it was accepted, and is asked for again
			}
		}
		for sc := range a.Quiet {
			a.Quiet[sc] = d.Quiet(e.Shop, e.Buyer, orderguard.Scenario(sc), e.Time)
		}
	})
	return casework.Screen(&policy, &a)
}

// attemptOf returns an attempt with what rules and lists say of it. As in alerts, an
// entry that allows the order stands above one that blocks it.
func attemptOf(found detect.Screening) (a casework.Attempt) {
	blocks := map[string]*detect.ListEntry{}
	for _, l := range found.Block {
		blocks[l.Rule()] = l
	}
	for _, f := range found.Findings {
		if f.Spared != nil {
			continue
		}
		for _, r := range f.Reasons {
			l := blocks[r.Rule]
			switch {
			case l == nil:
				a.Firing = append(a.Firing, casework.Firing{Scenario: f.Scenario, Score: f.Score, Reason: r})
			case !slices.ContainsFunc(a.Lists, func(b casework.Listed) bool { return b.Rule == r.Rule }):
				// Once, if it is about several scenarios.
				a.Lists = append(a.Lists, casework.Listed{Block: true, Rule: r.Rule, Text: l.Wording()})
			}
		}
	}
	for _, l := range found.Allow {
		// One that allows under some scenarios only has spared those already.
		if len(l.Scenarios) == 0 {
			a.Lists = append(a.Lists, casework.Listed{Rule: l.Rule()})
		}
	}
	return a
}
