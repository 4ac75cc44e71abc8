package main

import (
	"context"
	"encoding/json"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// actList is what a record of acts holds, and why each that was done was refused,
// nil if it was not.
type actList struct {
	list     []casework.Act
	refusals []*casework.Refusal
}

// actsOf reads the acts that a record holds.
func actsOf(r *store.Record) (*actList, error) {
	var a actList
	err := json.Unmarshal(r.Raw, &a.list)
	return &a, err
}

// act takes the acts of the record in hand to the casebook, and gathers what came of
// them. The caller holds mu.
func (p *pipeline) act(a *actList) error {
	if p.book == nil {
		panic("BUG: acts without a casebook")
	}
	for n := range a.list {
		p.hear(&a.list[n])
		refusal, papers, err := p.book.act(p.record, n, a.list[n], p.papers)
		p.papers = p.keep(p.record, papers)
		p.gather(p.book.release())
		if err != nil {
			return err
		}
		a.refusals = append(a.refusals, refusal)
	}
	return nil
}

// hear adds to what an act knows of orders what lines before it say that had not been
// counted when it was looked up, being on their way or held for the sake of order: an
// order that was shipped is not to be closed. The caller holds mu.
func (p *pipeline) hear(a *casework.Act) {
	orders := map[placedAt][]*casework.Order{}
	note := func(o *casework.Order) {
		k := placedAt{o.Shop, o.Order}
		orders[k] = append(orders[k], o)
	}
	switch {
	case a.Judge != nil:
		for i := range a.Judge.Flags {
			note(&a.Judge.Flags[i].Order)
		}
	case a.Decide != nil:
		note(&a.Decide.Order)
	case a.Examine != nil:
		note(&a.Examine.Order)
	default:
		return
	}
	p.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		for _, list := range orders {
			for _, o := range list {
				now := l.Order(o.Shop, o.Order)
				o.Shipped, o.Ended = o.Shipped || now.Shipped, o.Ended || now.Ended
			}
		}
	})
	for e := range p.order.Waiting {
		for _, o := range orders[placedAt{e.Shop, e.Order}] {
			said := saidOrder{shipped: o.Shipped, ended: o.Ended}
			said.hear(e)
			o.Shipped, o.Ended = said.shipped, said.ended
		}
	}
}

// placedAt is an order at a shop.
type placedAt struct{ shop, order string }

// actOf returns an act of somebody that is done now.
func (f *flow) actOf(by string) casework.Act {
	return casework.Act{At: orderguard.Millis(f.now()), By: by}
}

// note puts a change beside casework into the audit log.
func (f *flow) note(ctx context.Context, by, kind, text string) error {
	act := f.actOf(by)
	act.Note = &casework.Note{Kind: kind, Text: text}
	return f.do(ctx, act)
}

// do journals acts and has them done, one after the other, and returns once what
// came of them is committed. If ctx ends before, they may be done all the same. If
// the first was refused, the error is its *casework.Refusal.
func (f *flow) do(ctx context.Context, acts ...casework.Act) error {
	text, err := json.Marshal(acts)
	if err != nil {
		return err
	}
	a := &actList{list: acts}
	p := &parcel{Record: store.Record{Kind: store.Acts, Wall: f.now(), Raw: text}, size: int64(len(text)), content: content{acts: a}}
	p.Pack()
	if err := f.await(ctx, p); err != nil {
		return err
	}
	if r := a.refusals[0]; r != nil {
		return r
	}
	return nil
}
