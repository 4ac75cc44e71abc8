package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// actList is what a record of acts holds, and what came of them.
type actList struct {
	list []casework.Act
	done []acted
}

// actsOf reads the acts that a record holds.
func actsOf(r *store.Record) (*actList, error) {
	var a actList
	err := json.Unmarshal(r.Raw, &a.list)
	return &a, err
}

// act takes the acts of the record in hand to the casebook, and commits what
// came of them. The caller holds mu.
func (p *pipeline) act(ctx context.Context, a *actList) error {
	if p.book == nil {
		return fmt.Errorf("BUG: acts without a casebook")
	}
	for n := range a.list {
		done, papers, err := p.book.act(p.record, n, a.list[n], p.papers)
		p.papers = p.keep(papers)
		if err != nil {
			return err
		}
		a.done = append(a.done, done)
	}
	return p.settle(ctx)
}

// do journals acts and has them done, one after the other, and returns what
// came of each once it is committed. If ctx ends before, they may be done all
// the same.
func (f *flow) do(ctx context.Context, acts ...casework.Act) ([]acted, error) {
	text, err := json.Marshal(acts)
	if err != nil {
		return nil, err
	}
	a := &actList{list: acts}
	p := &parcel{Record: store.Record{Kind: store.Acts, Wall: f.now(), Raw: text}, size: int64(len(text)), content: content{acts: a}}
	p.Pack()
	if err := f.await(ctx, p); err != nil {
		return nil, err
	}
	return a.done, nil
}
