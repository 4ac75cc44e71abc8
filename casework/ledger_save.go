package casework

import (
	"bufio"
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/orderguard/orderguard"
)

// savedLedger is the head of what Save writes.
type savedLedger struct {
	Layout int
	Clock  orderguard.Millis
	Stale  uint64
	Names  []string
	Orders int
	Taken  []savedTaken
}

// savedTaken is an exclusion with the record of its order, by which its deltas
// are found again.
type savedTaken struct {
	orderguard.Exclusion
	Day    orderguard.Day
	SKU    uint32
	Counts [counters]int32
}

// savedOrder is an order with its facts. Gob leaves out what is zero.
type savedOrder struct {
	Key                                 uint64
	Shop, SKU                           uint32
	Created, Seen, Paid, Shipped, Ended uint32
	Marks                               uint8
	Facts                               []savedFact
}

type savedFact struct {
	ID, At                 uint32
	Kind, Bits, What, From uint8
}

// ledgerLayout is the version of what Save writes.
const ledgerLayout = 1

// Save writes the ledger's state, but not the policy, as it stands between two
// events. One state is always written as the same bytes.
func (l *Ledger) Save(w io.Writer) error {
	b := bufio.NewWriter(w)
	enc := gob.NewEncoder(b)
	head := savedLedger{Layout: ledgerLayout, Clock: l.clock, Stale: l.stale, Names: l.names, Orders: l.Len()}
	for _, t := range l.taken {
		head.Taken = append(head.Taken, savedTaken{t.Exclusion, t.day, t.sku, t.counts})
	}
	slices.SortFunc(head.Taken, func(a, b savedTaken) int {
		return cmp.Or(cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Order, b.Order))
	})
	if err := enc.Encode(head); err != nil {
		return fmt.Errorf("casework: save the ledger: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(l.orders.slots)) {
		o := l.orders.get(key)
		s := savedOrder{key, o.shop, o.sku, o.created, o.seen, o.paid, o.shipped, o.ended, o.marks, nil}
		for n := o.facts; n != 0; n = l.facts[n].next {
			f := &l.facts[n]
			s.Facts = append(s.Facts, savedFact{f.id, f.at, f.kind, f.bits, f.what, f.from})
		}
		if err := enc.Encode(s); err != nil {
			return fmt.Errorf("casework: save the ledger: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("casework: save the ledger: %w", err)
	}
	return nil
}

// LoadLedger reads what Save wrote, into a ledger with a policy, which may be
// another one: orders that it calls late, or no longer, are found with the next
// full hour of the stream. What is damaged or of another layout is an error; the
// cure is to read the journal again.
func LoadLedger(p Policy, r io.Reader) (*Ledger, error) {
	l := NewLedger(p)
	dec := gob.NewDecoder(bufio.NewReader(r))
	var head savedLedger
	if err := dec.Decode(&head); err != nil {
		return nil, fmt.Errorf("casework: load the ledger: %w", err)
	}
	if head.Layout != ledgerLayout {
		return nil, fmt.Errorf("casework: load the ledger: its layout is %d, want %d; read the journal again", head.Layout, ledgerLayout)
	}
	if len(head.Names) == 0 || head.Names[0] != "" {
		return nil, errors.New("casework: load the ledger: its names are damaged; read the journal again")
	}
	l.clock, l.stale, l.names, l.today = head.Clock, head.Stale, head.Names, head.Clock.Day()
	l.hour = uint32(min(int64(head.Clock)/hour, 1<<32-1))
	for n, name := range l.names {
		l.numbers[name] = uint32(n)
	}
	for range head.Orders {
		var s savedOrder
		if err := dec.Decode(&s); err != nil {
			return nil, fmt.Errorf("casework: load the ledger: an order: %w", err)
		}
		if int(max(s.Shop, s.SKU)) >= len(l.names) {
			return nil, errors.New("casework: load the ledger: an order names no shop; read the journal again")
		}
		if err := l.restore(&s); err != nil {
			return nil, err
		}
	}
	for _, t := range head.Taken {
		l.retake(t)
	}
	return l, nil
}

// restore puts an order back, and its figures.
func (l *Ledger) restore(s *savedOrder) error {
	o := l.orders.add(s.Key, order{
		shop: s.Shop, sku: s.SKU, created: s.Created, seen: s.Seen, paid: s.Paid, shipped: s.Shipped, ended: s.Ended, marks: s.Marks,
	})
	for _, f := range slices.Backward(s.Facts) {
		if int(f.What) > int(orderguard.OtherReason) {
			return errors.New("casework: load the ledger: a dispute has no such reason; read the journal again")
		}
		l.facts = append(l.facts, fact{next: o.facts, id: f.ID, at: f.At, kind: f.Kind, bits: f.Bits, what: f.What, from: f.From})
		o.facts = uint32(len(l.facts) - 1)
	}
	c := l.amounts(o)
	l.move(o, &c, 1)
	if o.paid != 0 {
		l.expect(s.Key, o)
	}
	return nil
}

// retake puts an exclusion back with the deltas that were told of it.
func (l *Ledger) retake(s savedTaken) {
	t := &taken{Exclusion: s.Exclusion, day: s.Day, sku: s.SKU}
	l.taken[keyOf(s.Shop, s.Order)] = t
	want := counts(s.Counts)
	l.out = nil
	l.give(t, &want, s.At)
	l.out = nil
}
