package casework

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// restarted returns the ledger as a snapshot brings it back.
// take gives a ledger one event, and returns the deltas that follow.
func take(l *Ledger, e *orderguard.Event) (out []Change) {
	l.Events([]orderguard.Event{*e}, 0, func(changes []Change) { out = append(out, changes...) })
	return out
}

func restarted(t require.TestingT, l *Ledger, p Policy) *Ledger {
	var b bytes.Buffer
	require.NoError(t, l.Save(&b))
	saved := bytes.Clone(b.Bytes())
	back, err := LoadLedger(p, &b)
	require.NoError(t, err)
	var again bytes.Buffer
	require.NoError(t, back.Save(&again))
	require.Equal(t, saved, again.Bytes())
	return back
}

func event(kind orderguard.Kind, shop, order string, at orderguard.Millis) *orderguard.Event {
	return &orderguard.Event{Kind: kind, Shop: shop, Order: order, Buyer: "b-1", Time: at}
}

// What is said of the memory for each order holds.
func TestRecordsAreSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(order{}), uintptr(56))
	require.Equal(t, uintptr(24), unsafe.Sizeof(fact{}))
}

// An order is let go of when it has left the longest view, with its facts and
// its day, and one that comes later than that is counted as stale.
func TestLedgerLetsGo(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
	take(l, event(orderguard.DisputeOpened, "s-1", "o-1", start))
	l.Follow([]Change{{Exclude: &orderguard.Exclusion{Shop: "s-1", Order: "o-1", Cause: "verdict/al_1", At: start}}})
	l.Follow([]Change{{Exclude: &orderguard.Exclusion{Shop: "s-1", Order: "o-9", Cause: "verdict/al_9", At: start}}})
	l.Advance(start + 100*day)
	require.Equal(t, 1, l.Len())
	l.Advance(start + 101*day)
	require.Zero(t, l.Len())
	require.Empty(t, l.days)
	require.Empty(t, l.taken)
	require.NotZero(t, l.free)
	require.Zero(t, l.Stale())
	take(l, event(orderguard.OrderPaid, "s-1", "o-1", start+hour))
	require.Equal(t, uint64(1), l.Stale())
	require.Zero(t, l.Len())
	take(l, event(orderguard.OrderCreated, "s-1", "o-2", start+101*day))
	take(l, event(orderguard.DisputeOpened, "s-1", "o-2", start+101*day))
	require.Zero(t, l.free, "the room of the fact is used again")
}

// Events that speak of no order, or of a time that no record holds, change
// nothing.
func TestLedgerPassesOver(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	take(l, &orderguard.Event{Kind: orderguard.AccountDeclared, Shop: "s-1", Time: start})
	take(l, event(orderguard.MessageSent, "s-1", "o-1", start))
	require.Zero(t, l.Len())
	e := event(orderguard.OrderCreated, "s-1", "o-1", orderguard.MaxTime)
	e.Clock = start
	take(l, e)
	require.Zero(t, l.Len())
	require.Equal(t, uint64(1), l.Stale())
}

// What desks ask of an order.
func TestLedgerOrder(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	require.Equal(t, Order{Order: "o-1", Shop: "s-1"}, l.Order("s-1", "o-1"))
	take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
	want := Order{Order: "o-1", Shop: "s-1", Created: start, Known: true}
	require.Equal(t, want, l.Order("s-1", "o-1"))
	require.False(t, l.Order("s-2", "o-1").Known, "the order of another shop")
	take(l, event(orderguard.OrderDelivered, "s-1", "o-1", start+day))
	want.Shipped = true
	require.Equal(t, want, l.Order("s-1", "o-1"))
	take(l, event(orderguard.OrderRefunded, "s-1", "o-1", start+day))
	want.Ended = true
	require.Equal(t, want, l.Order("s-1", "o-1"))
}

// A damaged snapshot is an error, never a panic or another ledger.
func TestLoadLedgerRefuses(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	for i := range 20 {
		take(l, event(orderguard.Kind(1+i%12), "s-1", fmt.Sprint("o-", i%3), start))
	}
	var b bytes.Buffer
	require.NoError(t, l.Save(&b))
	for cut := range b.Len() {
		_, err := LoadLedger(DefaultPolicy(), bytes.NewReader(b.Bytes()[:cut]))
		require.Error(t, err, "cut at %d", cut)
	}
}

// formerly turns what Save wrote into what a former layout was, of which facts had less.
func formerly(t *testing.T, saved []byte, layout int) []byte {
	size := binary.LittleEndian.Uint32(saved)
	var head savedLedger
	require.NoError(t, json.Unmarshal(saved[4:4+size], &head))
	head.Layout, head.Freed, head.Wall = layout, nil, 0
	text, err := json.Marshal(head)
	require.NoError(t, err)
	former := append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
	for rest := saved[4+size:]; len(rest) > 0; {
		facts := binary.LittleEndian.Uint32(rest[savedOrder-4:])
		former = append(former, rest[:savedOrder]...)
		rest = rest[savedOrder:]
		for range facts {
			size := savedFact(ledgerLayout)
			former = append(append(former, rest[:savedFact(layout)-4]...), rest[size-4:size]...)
			rest = rest[size:]
		}
	}
	return former
}

// A ledger of the layout before goes on: the reason of a dispute that it knows stays, others are as now.
func TestFormerLedgerKeepsReasons(t *testing.T) {
	opened := func(order string, r orderguard.DisputeReason, at orderguard.Millis) *orderguard.Event {
		e := event(orderguard.DisputeOpened, "s-1", order, at)
		e.Reason = r
		return e
	}
	l := NewLedger(DefaultPolicy())
	for _, order := range []string{"o-1", "o-2"} {
		take(l, event(orderguard.OrderCreated, "s-1", order, start))
	}
	take(l, opened("o-1", orderguard.Damaged, start+2*hour))
	var now bytes.Buffer
	require.NoError(t, l.Save(&now))
	back, err := LoadLedger(DefaultPolicy(), bytes.NewReader(formerly(t, now.Bytes(), withTurned)))
	require.NoError(t, err)
	for _, e := range []*orderguard.Event{opened("o-1", orderguard.Quality, start+hour), opened("o-2", orderguard.Damaged, start+2*hour), opened("o-2", orderguard.WrongItem, start+hour)} {
		take(back, e)
	}
	require.Equal(t, []Part{{Reason: orderguard.WrongItem, Raw: 1, Cleansed: 1}, {Reason: orderguard.Damaged, Raw: 1, Cleansed: 1}}, back.Indicators("s-1", 7).ByReason)
}

// A ledger of the oldest layout goes on: what was withdrawn is, until it is opened again.
func TestFormerLedger(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	for i, kind := range []orderguard.Kind{orderguard.OrderCreated, orderguard.OrderPaid, orderguard.DisputeOpened, orderguard.DisputeWithdrawn} {
		for _, order := range []string{"o-1", "o-2", "o-3"} {
			if order != "o-3" || kind != orderguard.DisputeWithdrawn {
				take(l, event(kind, "s-1", order, start+orderguard.Millis(i)*hour))
			}
		}
	}
	take(l, event(orderguard.ReviewGiven, "s-1", "o-3", start+4*hour))
	var now bytes.Buffer
	require.NoError(t, l.Save(&now))
	former := formerly(t, now.Bytes(), oldestLedger)
	in := bytes.NewReader(append(former, "rest"...))
	back, err := LoadLedger(DefaultPolicy(), in)
	require.NoError(t, err)
	require.Equal(t, 4, in.Len(), "no byte more")
	disputedIn := func(l *Ledger, order string) int32 {
		c := l.amounts(l.orders.get(keyOf("s-1", order)))
		return c[disputed]
	}
	for _, l := range []*Ledger{l, back} {
		require.EqualValues(t, 0, disputedIn(l, "o-1"))
		require.EqualValues(t, 1, disputedIn(l, "o-3"))
		take(l, event(orderguard.DisputeOpened, "s-1", "o-1", start+2*hour))
		require.EqualValues(t, 0, disputedIn(l, "o-1"), "an opening from before the withdrawal")
		take(l, event(orderguard.DisputeOpened, "s-1", "o-1", start+5*hour))
		require.EqualValues(t, 1, disputedIn(l, "o-1"))
		take(l, event(orderguard.DisputeWithdrawn, "s-1", "o-3", start+6*hour))
		require.EqualValues(t, 0, disputedIn(l, "o-3"))
		require.EqualValues(t, 0, disputedIn(l, "o-2"))
	}
	for cut := range len(former) {
		_, err := LoadLedger(DefaultPolicy(), bytes.NewReader(former[:cut]))
		require.Error(t, err, "cut at %d", cut)
	}
}

// PassLedger ends where the ledger does, in each layout, and knows no other.
func TestPassLedger(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	for i := range 50 {
		take(l, event(orderguard.Kind(1+i%12), "s-1", fmt.Sprint("o-", i%7), start))
	}
	var b bytes.Buffer
	require.NoError(t, l.Save(&b))
	for _, saved := range [][]byte{b.Bytes(), formerly(t, b.Bytes(), withTurned), formerly(t, b.Bytes(), oldestLedger)} {
		in := bytes.NewReader(append(bytes.Clone(saved), "rest"...))
		require.NoError(t, PassLedger(in))
		require.Equal(t, 4, in.Len())
		for cut := range len(saved) {
			require.Error(t, PassLedger(bytes.NewReader(saved[:cut])), "cut at %d", cut)
		}
	}
	later := bytes.Replace(b.Bytes(), []byte(`"Layout":5`), []byte(`"Layout":9`), 1)
	require.ErrorContains(t, PassLedger(bytes.NewReader(later)), "its layout is 9")
}

// BenchmarkLedger measures the time of an event and the memory of an order
// with five events, of which each tenth is disputed.
func BenchmarkLedger(b *testing.B) {
	b.ReportAllocs()
	kinds := []orderguard.Kind{orderguard.OrderCreated, orderguard.OrderPaid, orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted}
	shops := make([]string, 1000)
	for i := range shops {
		shops[i] = fmt.Sprint("s-", i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := NewLedger(DefaultPolicy())
	var id []byte
	b.ResetTimer()
	for i := range b.N {
		n := i / len(kinds)
		id = fmt.Appendf(id[:0], "o-%d", n)
		e := orderguard.Event{Kind: kinds[i%len(kinds)], Shop: shops[n%1000], Order: string(id), SKU: "k-1", Time: start + orderguard.Millis(n)*300}
		take(l, &e)
		if i%50 == 0 {
			e.Kind, e.Dispute, e.Reason = orderguard.DisputeOpened, "q-1", orderguard.Quality
			take(l, &e)
		}
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(l.Len()), "B/order")
	runtime.KeepAlive(l)
}

// What the ledger says of its memory is about what it takes.
func TestLedgerBytes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := NewLedger(DefaultPolicy())
	for i := range 100_000 {
		e := event(orderguard.OrderCreated, fmt.Sprint("s-", i%50), fmt.Sprint("o-", i), start+orderguard.Millis(i))
		e.Buyer = fmt.Sprint("b-", i/3)
		take(l, e)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.InEpsilon(t, float64(after.HeapAlloc-before.HeapAlloc), float64(l.Bytes()), 0.3)
	runtime.KeepAlive(l)
}

// rate returns one indicator of s-1 over 90 days.
func rate(l *Ledger, i orderguard.Indicator) Figure { return l.Indicators("s-1", 90).Rates[i-1] }

// An order falls due by time alone, at the first full hour that its deadline
// does not outlast, and a shipment that is heard of late takes that back.
func TestUnsoldFallsDue(t *testing.T) {
	p := DefaultPolicy()
	l := NewLedger(p)
	paid := start + 30*60*second
	take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
	take(l, event(orderguard.OrderPaid, "s-1", "o-1", paid))
	l.Advance(paid + p.Indicators.ShipWithin)
	require.Equal(t, rateOf(0, 1), rate(l, orderguard.UnsoldRate).Raw)
	l.Advance(start + p.Indicators.ShipWithin + hour)
	require.Equal(t, rateOf(1, 1), rate(l, orderguard.UnsoldRate).Raw)
	take(l, event(orderguard.OrderShipped, "s-1", "o-1", paid+p.Indicators.ShipWithin))
	require.Equal(t, rateOf(0, 1), rate(l, orderguard.UnsoldRate).Raw)
}

// A payment that is heard of an hour before its deadline still falls due.
func TestUnsoldFallsDueSoon(t *testing.T) {
	p := DefaultPolicy()
	l := NewLedger(p)
	l.Advance(start + p.Indicators.ShipWithin - hour)
	take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
	take(l, event(orderguard.OrderPaid, "s-1", "o-1", start))
	require.Equal(t, rateOf(0, 1), rate(l, orderguard.UnsoldRate).Raw)
	l.Advance(start + p.Indicators.ShipWithin)
	require.Equal(t, rateOf(1, 1), rate(l, orderguard.UnsoldRate).Raw)
}

// Of two creations at one instant the same one stands, in whatever order they come.
func TestCreatedTwiceAtOnce(t *testing.T) {
	for _, skus := range [][2]string{{"k-1", "k-2"}, {"k-2", "k-1"}} {
		l := NewLedger(DefaultPolicy())
		for _, sku := range skus {
			e := event(orderguard.OrderCreated, "s-1", "o-1", start)
			e.SKU = sku
			take(l, e)
		}
		take(l, event(orderguard.DisputeOpened, "s-1", "o-1", start))
		require.Equal(t, []Part{{SKU: "k-1", Raw: 1, Cleansed: 1}}, l.Indicators("s-1", 7).BySKU)
	}
}

// TestLedgerTimePassesSilences gives days with silent nights, as they come and as a
// history that is read again, under a stream's clock that has stayed behind.
func TestLedgerTimePassesSilences(t *testing.T) {
	const days, aDay = 9, 20
	for name, wall := range map[string]orderguard.Millis{"live": 1, "history": start + 400*day, "unknown": 0} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger(DefaultPolicy())
			for d := range days {
				for i := range aDay {
					e := event(orderguard.OrderCreated, "s-1", fmt.Sprint("o-", d, "-", i), start+orderguard.Millis(d)*day+orderguard.Millis(i)*60_000)
					e.Clock = start
					at := wall
					if name == "live" {
						at = e.Time + 5000
					}
					l.Events([]orderguard.Event{*e}, at, nil)
				}
			}
			in := l.Indicators("s-1", 7)
			require.Equal(t, (start + (days-1)*day).Day(), in.To)
			e := event(orderguard.OrderCreated, "s-1", "o-wrong", start+900*day)
			e.Clock = start
			for i := range 3 * aheadInARow { // one sender's clock is wrong, and the others go on
				l.Events([]orderguard.Event{*e}, wall, nil)
				if i%8 == 0 {
					right := *event(orderguard.OrderPaid, "s-1", "o-8-0", start+(days-1)*day)
					right.Clock = start
					l.Events([]orderguard.Event{right}, wall, nil)
				}
			}
			require.Equal(t, in.To, l.Indicators("s-1", 7).To)
		})
	}
}

// Days in which a seller was told not to ship are not held against him when he is bound again, and a
// cancellation in them is none of his; an order that was late already stays late. Until then the raw
// figures go on, and what keeps the order out of them takes it out of the cleansed ones.
func TestDaysOfFreedomAreNotLate(t *testing.T) {
	p := DefaultPolicy()
	l := NewLedger(p)
	within := p.Indicators.ShipWithin
	pay := func(order string, at orderguard.Millis) {
		take(l, event(orderguard.OrderCreated, "s-1", order, at))
		take(l, event(orderguard.OrderPaid, "s-1", order, at))
	}
	ship := func(kind orderguard.DecisionKind, order string, at orderguard.Millis) {
		l.Advance(at)
		l.Follow([]Change{{Decision: &orderguard.Decision{Kind: kind, Shop: "s-1", Order: order, At: at}}})
		l = restarted(t, l, p)
	}
	unsold := func(at orderguard.Millis) int64 {
		l.Advance(at)
		return rate(l, orderguard.UnsoldRate).Raw.Numerator
	}
	pay("o-1", start)
	ship(orderguard.FreeSeller, "o-1", start+2*day)
	require.EqualValues(t, 1, unsold(start+within+day))
	ship(orderguard.BindSeller, "o-1", start+within+3*day)
	require.Zero(t, unsold(start+within+4*day), "four days are left of the seven")
	require.Zero(t, unsold(start+2*within+day-hour))
	require.EqualValues(t, 1, unsold(start+2*within+day))
	ship(orderguard.FreeSeller, "o-1", start+2*within+2*day)
	require.EqualValues(t, 1, unsold(start+2*within+3*day), "it was late when he was freed")
	take(l, event(orderguard.OrderShipped, "s-1", "o-1", start+2*within+day))
	require.Zero(t, unsold(start+2*within+3*day))

	later := start + 30*day
	pay("o-2", later)
	pay("o-3", later)
	cancel := func(order string, at orderguard.Millis) {
		e := event(orderguard.OrderCancelled, "s-1", order, at)
		e.Actor = orderguard.BySeller
		take(l, e)
	}
	ship(orderguard.FreeSeller, "o-2", later)
	cancel("o-2", later+day)
	require.EqualValues(t, 1, unsold(later+day))
	ship(orderguard.BindSeller, "o-2", later+2*day)
	require.Zero(t, unsold(later+3*day), "it was not to be shipped")
	require.True(t, l.Order("s-1", "o-2").Ended)
	cancel("o-3", later+3*day)
	require.EqualValues(t, 1, unsold(later+3*day))
}

// Of a freedom that began before the payment only what came after it moves the deadline, whenever the
// payment is told.
func TestFreedomBeforeThePaymentMovesNoDeadline(t *testing.T) {
	p := DefaultPolicy()
	within := p.Indicators.ShipWithin
	paid := event(orderguard.OrderPaid, "s-1", "o-1", start+3*day)
	for _, told := range []orderguard.Millis{3 * day, 5 * day} { // while he is free, and when he is bound again
		l := NewLedger(p)
		take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
		for _, at := range []orderguard.Millis{0, 3 * day, 4 * day, 5 * day} {
			l.Advance(start + at)
			switch at {
			case 0:
				l.Follow([]Change{{Decision: &orderguard.Decision{Kind: orderguard.FreeSeller, Shop: "s-1", Order: "o-1", At: start}}})
			case 4 * day:
				l.Follow([]Change{{Decision: &orderguard.Decision{Kind: orderguard.BindSeller, Shop: "s-1", Order: "o-1", At: start + at}}})
			case told:
				take(l, paid)
			}
			l = restarted(t, l, p)
		}
		deadline := start + 3*day + within + day
		l.Advance(deadline - hour)
		require.Zero(t, rate(l, orderguard.UnsoldRate).Raw.Numerator, "a day of his freedom counts")
		l.Advance(deadline + hour)
		require.EqualValues(t, 1, rate(l, orderguard.UnsoldRate).Raw.Numerator, "and not the three before")
	}
}

// The reason of a dispute is that of its first opening in time, in whatever order they come; of two at one
// instant the first of the list.
func TestTheReasonOfADisputeOpenedAgain(t *testing.T) {
	var events []*orderguard.Event
	for i, r := range []orderguard.DisputeReason{orderguard.Damaged, orderguard.WrongItem, orderguard.NotReceived, orderguard.Quality} {
		e := event(orderguard.DisputeOpened, "s-1", "o-1", start+orderguard.Millis(1+i/2)*hour)
		e.Reason = r
		events = append(events, e)
	}
	for range 2 {
		l := NewLedger(DefaultPolicy())
		take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
		for _, e := range events {
			take(l, e)
			l = restarted(t, l, DefaultPolicy())
		}
		require.Equal(t, []Part{{Reason: orderguard.WrongItem, Raw: 1, Cleansed: 1}}, l.Indicators("s-1", 7).ByReason)
		slices.Reverse(events)
	}
}

// A delta is dated by the wall clock, of the record of an event as of an act, and neither before its
// cause nor before the one that it corrects, whatever the events' own times say.
func TestDeltasAreDatedByTheWallClock(t *testing.T) {
	p := DefaultPolicy()
	l := NewLedger(p)
	verdict := start + 2*day
	at := func(wall orderguard.Millis, e *orderguard.Event) (dates []orderguard.Millis) {
		e.Clock = start
		l.Events([]orderguard.Event{*e}, wall, func(changes []Change) {
			for _, c := range changes {
				dates = append(dates, c.Delta.At)
			}
		})
		return dates
	}
	at(start+day, event(orderguard.OrderCreated, "s-1", "o-1", start))
	l.Follow([]Change{{Exclude: &orderguard.Exclusion{Shop: "s-1", Order: "o-1", Cause: "verdict/al_1", At: verdict}}})
	require.Equal(t, []orderguard.Millis{verdict + 5, verdict + 5}, at(verdict+5, event(orderguard.OrderRefunded, "s-1", "o-1", start+hour)), "an old event comes late")
	l = restarted(t, l, p)
	require.Equal(t, []orderguard.Millis{verdict + 5}, at(verdict-day, event(orderguard.OrderShipped, "s-1", "o-1", start+hour)), "the wall clock has stepped back")
	back := l.Follow([]Change{{Exclude: &orderguard.Exclusion{Shop: "s-1", Order: "o-1", At: verdict + 3}}})
	require.NotEmpty(t, back)
	for _, c := range back {
		require.Equal(t, verdict+5, c.Delta.At, "what fell due before the correction was told")
	}
}

// A dispute that is opened again after it was withdrawn counts, in whatever order its events come.
func TestADisputeOpenedAgain(t *testing.T) {
	events := []*orderguard.Event{
		event(orderguard.OrderCreated, "s-1", "o-1", start),
		event(orderguard.DisputeOpened, "s-1", "o-1", start+hour),
		event(orderguard.DisputeWithdrawn, "s-1", "o-1", start+2*hour),
		event(orderguard.DisputeOpened, "s-1", "o-1", start+3*hour),
	}
	disputed := func(list ...*orderguard.Event) int32 {
		l := NewLedger(DefaultPolicy())
		for _, e := range list {
			take(l, e)
		}
		c := l.amounts(l.orders.get(keyOf("s-1", "o-1")))
		return c[disputed]
	}
	require.EqualValues(t, 0, disputed(events[:3]...))
	require.EqualValues(t, 1, disputed(events...))
	slices.Reverse(events)
	require.EqualValues(t, 1, disputed(events...))
	require.EqualValues(t, 0, disputed(events[1:]...), "the last opening is not there")
}

// What is withdrawn and opened again within a second counts by which came last, in whatever order that is told;
// of two within a 32nd of a second the withdrawal stands.
func TestADisputeOpenedAgainWithinASecond(t *testing.T) {
	events := []*orderguard.Event{
		event(orderguard.DisputeOpened, "s-1", "o-1", start+hour+10),
		event(orderguard.DisputeWithdrawn, "s-1", "o-1", start+hour+400),
		event(orderguard.DisputeOpened, "s-1", "o-1", start+hour+700),
		event(orderguard.DisputeWithdrawn, "s-1", "o-1", start+hour+990),
	}
	disputed := func(list []*orderguard.Event) int32 {
		l := NewLedger(DefaultPolicy())
		take(l, event(orderguard.OrderCreated, "s-1", "o-1", start))
		for _, e := range list {
			take(l, e)
			l = restarted(t, l, DefaultPolicy())
		}
		c := l.amounts(l.orders.get(keyOf("s-1", "o-1")))
		return c[disputed]
	}
	var inAnyOrder func(from int, list []*orderguard.Event, want int32)
	inAnyOrder = func(from int, list []*orderguard.Event, want int32) {
		if from == len(list) {
			require.Equal(t, want, disputed(list))
		}
		for i := from; i < len(list); i++ {
			list[from], list[i] = list[i], list[from]
			inAnyOrder(from+1, list, want)
			list[from], list[i] = list[i], list[from]
		}
	}
	inAnyOrder(0, events[:2], 0)
	inAnyOrder(0, events[:3], 1)
	inAnyOrder(0, events, 0)
	inAnyOrder(0, []*orderguard.Event{event(orderguard.DisputeWithdrawn, "s-1", "o-1", start+hour+1), event(orderguard.DisputeOpened, "s-1", "o-1", start+hour+20)}, 0)
}
