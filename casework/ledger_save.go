package casework

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/orderguard/orderguard"
)

// savedLedger is the head of what Save writes.
type savedLedger struct {
	Layout int
	Clock  orderguard.Millis
	Ahead  int // see streamClock
	Least  orderguard.Millis
	Wall   orderguard.Millis // 0 in those of former programs: then the latest exclusion dates the first deltas
	Stale  uint64
	Names  [][]byte // JSON cannot carry every byte that a name may hold
	Orders int
	Taken  []savedTaken
	Freed  []savedFreedom
}

// savedTaken is an exclusion with the record of its order, by which its deltas
// are found again.
type savedTaken struct {
	Shop, Order []byte
	Cause       string
	At          orderguard.Millis
	Day         int32
	SKU         uint32
	Counts      [counters]int32
}

// ledgerLayout is the version of what Save writes. Former ones are read, too. In layout 4 a fact has no named:
// of a dispute that is known, the reason stays. In the oldest it has no turned either: a dispute that was opened
// again stays withdrawn. Neither knows who was freed from shipping.
const (
	ledgerLayout = 5
	withTurned   = 4
	oldestLedger = 3
)

// savedOrder is the length of an order in what Save writes, without its facts, in bytes.
const savedOrder = 8 + 8 + 7*4 + 1 + 4

// savedFact returns the length of a fact in a layout, in bytes.
func savedFact(layout int) int {
	return 12 + 4*(layout-oldestLedger)
}

// maxLedgerHead is more than the head of a ledger can have.
const maxLedgerHead = 1 << 30

// Save writes the ledger's state, but not the policy, as it stands between two
// events:
//
//	uint32 length | head, JSON | for each order: 49 bytes, and 20 for each of its facts
func (l *Ledger) Save(w io.Writer) error {
	head := savedLedger{Layout: ledgerLayout, Clock: l.clock.now, Ahead: l.clock.ahead, Least: l.clock.least, Wall: l.wall, Stale: l.stale, Orders: l.Len(), Freed: l.savedFreedoms()}
	for _, name := range l.names {
		head.Names = append(head.Names, []byte(name))
	}
	for _, t := range l.taken {
		head.Taken = append(head.Taken, savedTaken{[]byte(t.Shop), []byte(t.Order), t.Cause, t.At, int32(t.day), t.sku, t.counts})
	}
	slices.SortFunc(head.Taken, func(a, b savedTaken) int {
		return cmp.Or(slices.Compare(a.Shop, b.Shop), slices.Compare(a.Order, b.Order))
	})
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("casework: save the ledger: %w", err)
	}
	b := bufio.NewWriterSize(w, 1<<20)
	_, _ = b.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)) // Flush tells
	var buf []byte
	for _, o := range l.orders.all {
		buf = l.appendOrder(buf[:0], o)
		_, _ = b.Write(buf)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("casework: save the ledger: %w", err)
	}
	return nil
}

// appendOrder appends an order with its facts.
func (l *Ledger) appendOrder(b []byte, o *order) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(le.AppendUint64(b, o.key), o.buyer)
	for _, v := range []uint32{o.shop, o.sku, o.created, o.seen, o.paid, o.shipped, o.ended} {
		b = le.AppendUint32(b, v)
	}
	b = append(b, o.marks)
	facts := uint32(0)
	for n := o.facts; n != 0; n = l.facts[n].next {
		facts++
	}
	b = le.AppendUint32(b, facts)
	for n := o.facts; n != 0; n = l.facts[n].next {
		f := &l.facts[n]
		for _, v := range []uint32{f.id, f.at, f.turned, f.named} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, f.kind, f.bits, f.what, f.from)
	}
	return b
}

// LoadLedger reads what Save wrote, into a ledger with a policy, which may be
// another one: orders that it calls late, or no longer, are found with the next
// full hour of the stream. What is damaged or of another layout is an error; the
// cure is to read the journal again. It reads no byte more than Save wrote.
func LoadLedger(p Policy, r io.Reader) (*Ledger, error) {
	l := NewLedger(p)
	head, err := readHead(r)
	if err == nil {
		err = l.restore(head, r)
	}
	if err != nil {
		return nil, fmt.Errorf("casework: load the ledger: %w; read the journal again", err)
	}
	return l, nil
}

// PassLedger reads over what Save wrote, and no byte more, in little memory. It fails where LoadLedger would for
// another layout; whether the orders in it are sound is not looked at.
func PassLedger(r io.Reader) error {
	head, err := readHead(r)
	if err != nil {
		return fmt.Errorf("casework: pass over the ledger: %w", err)
	}
	var buf [savedOrder]byte
	for range head.Orders {
		if _, err = io.ReadFull(r, buf[:]); err == nil {
			if facts := int64(binary.LittleEndian.Uint32(buf[savedOrder-4:])); facts > 0 { // few have any
				_, err = io.CopyN(io.Discard, r, facts*int64(savedFact(head.Layout)))
			}
		}
		if err != nil {
			return fmt.Errorf("casework: pass over the ledger: an order: %w", err)
		}
	}
	return nil
}

func readHead(r io.Reader) (*savedLedger, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxLedgerHead {
		return nil, fmt.Errorf("a head of %d bytes: it is no ledger", n)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(text) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	var head savedLedger
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	if head.Layout < oldestLedger || head.Layout > ledgerLayout {
		return nil, fmt.Errorf("its layout is %d, and this program reads %d to %d", head.Layout, oldestLedger, ledgerLayout)
	}
	if len(head.Names) == 0 || len(head.Names[0]) != 0 {
		return nil, errors.New("its names are damaged")
	}
	return &head, nil
}

func (l *Ledger) restore(head *savedLedger, r io.Reader) error {
	l.clock, l.stale, l.names, l.today = streamClock{head.Clock, head.Ahead, head.Least}, head.Stale, nil, head.Clock.Day()
	l.hour, l.wall = hoursOf(head.Clock), head.Wall
	for n, name := range head.Names {
		l.names = append(l.names, string(name))
		l.numbers[string(name)] = uint32(n)
	}
	for _, f := range head.Freed {
		l.freed[f.Key] = &freedom{f.Since, f.More, f.Cancelled, f.Unpaid}
	}
	for range head.Orders {
		if err := l.restoreOrder(head, r); err != nil {
			return fmt.Errorf("an order: %w", err)
		}
	}
	for i := range head.Taken {
		if int(head.Taken[i].SKU) >= len(l.names) {
			return errors.New("an exclusion names no sku")
		}
		l.retake(&head.Taken[i])
	}
	return nil
}

// restoreOrder puts an order back, with its figures.
func (l *Ledger) restoreOrder(head *savedLedger, r io.Reader) error {
	var buf [savedOrder]byte
	if _, err := io.ReadFull(r, buf[:]); err != nil {
		return err
	}
	le := binary.LittleEndian
	var v [7]uint32
	for i := range v {
		v[i] = le.Uint32(buf[16+4*i:])
	}
	key := le.Uint64(buf[:])
	if int(max(v[0], v[1])) >= len(l.names) || key == 0 || l.orders.get(key) != nil {
		return errors.New("it names no shop, or is there twice")
	}
	o := l.begin(order{
		key: key, buyer: le.Uint64(buf[8:]),
		shop: v[0], sku: v[1], created: v[2], seen: v[3], paid: v[4], shipped: v[5], ended: v[6], marks: buf[44],
	})
	last := uint32(0) // of its facts
	for range le.Uint32(buf[45:]) {
		f, err := restoreFact(head, r)
		if err != nil {
			return err
		}
		l.facts = append(l.facts, f)
		n := uint32(len(l.facts) - 1)
		if last == 0 {
			o.facts = n
		} else {
			l.facts[last].next = n
		}
		last = n
	}
	c := l.amounts(o)
	l.move(o, &c, 1)
	if o.paid != 0 {
		l.expect(key, o)
	}
	return nil
}

// restoreFact reads a fact. Of a dispute that the oldest layout calls withdrawn it is not known when that
// was, but by the ledger's time it had been: an opening that comes later opens it again.
func restoreFact(head *savedLedger, r io.Reader) (f fact, err error) {
	var buf [20]byte
	b := buf[:savedFact(head.Layout)]
	if _, err := io.ReadFull(r, b); err != nil {
		return f, err
	}
	le, marks := binary.LittleEndian, b[len(b)-4:]
	f = fact{id: le.Uint32(b), at: le.Uint32(b[4:]), kind: marks[0], bits: marks[1], what: marks[2], from: marks[3]}
	if int(f.what) > int(orderguard.OtherReason) {
		return f, errors.New("a dispute has no such reason")
	}
	if head.Layout > withTurned {
		f.named = le.Uint32(b[12:])
	}
	switch {
	case head.Layout >= withTurned:
		f.turned = le.Uint32(b[8:])
	case f.kind == dispute && f.bits&isWithdrawn != 0:
		f.turned, _ = seconds(head.Clock)
	}
	return f, nil
}

// retake puts an exclusion back with the deltas that were told of it.
func (l *Ledger) retake(s *savedTaken) {
	x := orderguard.Exclusion{Shop: string(s.Shop), Order: string(s.Order), Cause: s.Cause, At: s.At}
	t := &taken{Exclusion: x, day: orderguard.Day(s.Day), sku: s.SKU}
	l.taken[keyOf(x.Shop, x.Order)] = t
	l.dateBy(s.At)
	want := counts(s.Counts)
	l.give(t, &want)
	l.out = nil
}
