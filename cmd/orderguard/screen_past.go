package main

import (
	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// pastOrder asks, as history goes by, what would have been answered had a
// marketplace asked for an order before it accepted it.
type pastOrder struct {
	order    string
	answered *casework.Screening
}

// before returns the events up to the creation of the order, if that is to come
// among them; if it comes next, it asks.
func (x *pastOrder) before(p *pipeline, events []orderguard.Event) []orderguard.Event {
	if x.answered != nil {
		return events
	}
	for i := range events {
		e := &events[i]
		if e.Order != x.order || e.Kind != orderguard.OrderCreated {
			continue
		}
		if i > 0 {
			return events[:i]
		}
		s := &screener{pipeline: p, book: p.book}
		answer := s.attempt(e, p.screener.Screen(e), e.Time)
		x.answered = &answer
		return events
	}
	return events
}
