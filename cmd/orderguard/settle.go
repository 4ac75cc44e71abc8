package main

import (
	"context"
	"errors"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// settling is what came of records, on its way into the store while those after them
// are judged. There is at most one.
type settling struct {
	pipeline *pipeline
	found    []orderguard.Alert
	papers   []store.Paper
	position uint64        // the last of the records
	ended    chan struct{} // closed when err says what came of it
	err      error
}

// beginSettle takes what came of the records judged so far, with the number of the last,
// for a commit that run makes beside what is judged next. The one before must have ended.
func (p *pipeline) beginSettle() *settling {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settling != nil {
		panic("BUG: two commits at once")
	}
	p.settling = &settling{pipeline: p, found: p.found, papers: p.papers, position: max(p.record, p.settled), ended: make(chan struct{})}
	p.found, p.papers = nil, nil
	return p.settling
}

// run makes the commit.
func (s *settling) run(ctx context.Context) {
	defer close(s.ended)
	s.err = s.pipeline.commit(ctx, s.found, s.position, s.papers...)
}

// hasEnded says whether the commit has.
func (s *settling) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// unsettled returns how many alerts and papers are in no commit yet; the caller judges, or holds mu.
func (p *pipeline) unsettled() int { return len(p.found) + len(p.papers) }

// endSettle waits until what was begun has ended, if anything was. What failed is to be settled again.
func (p *pipeline) endSettle() error {
	s := p.settling
	if s == nil {
		return nil
	}
	<-s.ended
	p.mu.Lock() // others look at papers
	defer p.mu.Unlock()
	p.settling = nil
	if s.err != nil {
		p.found, p.papers = append(s.found, p.found...), append(s.papers, p.papers...)
	}
	return s.err
}

// settle commits what came of the records judged so far, with the number of the
// last. In one commit or in many, the alerts and their numbers are the same.
func (p *pipeline) settle(ctx context.Context) error {
	_ = p.endSettle() // what failed is tried again now
	if err := p.commit(ctx, p.found, max(p.record, p.settled), p.papers...); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.found)
	clear(p.papers)
	p.found, p.papers = p.found[:0], p.papers[:0]
	return nil
}

// rest commits what was found when judging was broken off between two records, so
// that a snapshot may be taken.
func (p *pipeline) rest() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastTry)
	defer cancel()
	return p.settle(ctx)
}

// commit commits alerts, with the position in the journal that they come from,
// and only then publishes what has changed. A
// store that fails stops all feeds here, by backpressure, until it works again:
// the engine has seen these events, so their alerts must not be lost.
func (p *pipeline) commit(ctx context.Context, alerts []orderguard.Alert, position uint64, papers ...store.Paper) error {
	if len(alerts) == 0 && len(papers) == 0 {
		return nil
	}
	if p.options.store == nil {
		return p.options.publish(alerts)
	}
	for {
		changed, err := p.options.store.Commit(alerts, position, papers...)
		// With an error too: a part of a large commit may be durable, and the
		// next try does not tell of it again.
		if fail := p.options.publish(changed); fail != nil {
			return errors.Join(err, fail)
		}
		if err == nil {
			p.trouble.Store(nil)
			if p.options.filed != nil {
				p.options.filed(papers)
			}
			return nil
		}
		p.trouble.Store(&err)
		p.options.log.Error("alerts cannot be committed, all feeds wait", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retry):
		}
	}
}
