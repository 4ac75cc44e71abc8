package casework

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// twin is the ledger as one would write it with no regard to memory or time: it
// keeps every event, and works each figure out from all of them.
type twin struct {
	events   []orderguard.Event
	excluded map[orderKey]string
	freed    map[orderKey][]freeSpan
	clock    orderguard.Millis
	policy   Policy
}

// freeSpan is from when until when a seller was told not to ship an order, 0 for ever.
type freeSpan struct {
	from, until orderguard.Millis
	came        int // events before it
}

// of returns the events of an order of some kinds, the earliest first.
func (w *twin) of(k orderKey, kinds ...orderguard.Kind) (found []orderguard.Event) {
	for _, e := range w.events {
		if e.Shop == k.shop && e.Order == k.order && slices.Contains(kinds, e.Kind) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b orderguard.Event) int { return cmp.Compare(a.Time, b.Time) })
	return found
}

// tally is what one order adds, worked out by the words of the contract.
type tally struct {
	day orderguard.Day
	sku string
	num [orderguard.Disputes]int
	den [orderguard.Disputes]int
	by  map[orderguard.DisputeReason]int
}

func (w *twin) tally(k orderKey) (t tally, ok bool) {
	created := w.of(k, orderguard.OrderCreated)
	if len(created) == 0 {
		return t, false
	}
	t.day, t.sku, t.by = created[0].Time.Day(), created[0].SKU, map[orderguard.DisputeReason]int{}
	for _, e := range created {
		if e.Time == created[0].Time {
			t.sku = min(t.sku, e.SKU)
		}
	}
	b := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	refunds := w.of(k, orderguard.OrderRefunded)
	isPaid := len(w.of(k, orderguard.OrderPaid))+len(refunds) > 0
	shipments := w.of(k, orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted)
	unsold := w.late(k)
	for _, e := range w.of(k, orderguard.OrderCancelled) {
		unsold = unsold || isPaid && e.Actor == orderguard.BySeller
	}
	disputed, escalated, faults := w.disputes(k, t.by)
	base := b(len(w.of(k, orderguard.OrderCompleted)) > 0 || disputed)
	reviews, bad := w.reviews(k)
	set := func(i orderguard.Indicator, n, d int) { t.num[i], t.den[i] = n, d }
	set(orderguard.DisputeRate, b(disputed), base)
	set(orderguard.EscalationRate, b(escalated), base)
	set(orderguard.SellerFaultRate, faults, b(len(shipments) > 0))
	set(orderguard.UnsoldRate, b(unsold), b(isPaid))
	set(orderguard.RefundRate, b(len(refunds) > 0), b(isPaid))
	set(orderguard.NegativeReviewRate, bad, reviews)
	return t, true
}

// late says whether a seller has not shipped a paid order by the deadline, which is later by as
// long as he was told not to after it was paid, and is bound to again.
func (w *twin) late(k orderKey) bool {
	paid := w.of(k, orderguard.OrderPaid)
	if len(paid) == 0 {
		return false
	}
	deadline := paid[0].Time + w.policy.Indicators.ShipWithin
	for _, s := range w.freed[k] {
		if from := max(s.from, paid[0].Time); s.until > from {
			deadline += (s.until - from + second - 1) / second * second
		}
	}
	late := w.clock/hour*hour >= deadline
	for _, e := range w.of(k, orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted, orderguard.OrderRefunded, orderguard.OrderCancelled) {
		if e.Kind != orderguard.OrderCancelled || e.Actor != orderguard.BySeller {
			late = late && e.Time > deadline
		}
	}
	return late
}

// isFree says whether the seller of an order need not ship it now.
func (w *twin) isFree(k orderKey) bool {
	n := len(w.freed[k])
	return n > 0 && w.freed[k][n-1].until == 0
}

// forgive makes the cancellations by a seller who was told not to ship the platform's, if he had
// not cancelled before: they came behind the first of so many events.
func (w *twin) forgive(k orderKey, came int) {
	called := func(e orderguard.Event) bool {
		return e.Kind == orderguard.OrderCancelled && e.Actor == orderguard.BySeller && e.Shop == k.shop && e.Order == k.order
	}
	if slices.ContainsFunc(w.events[:came], called) {
		return
	}
	for i := came; i < len(w.events); i++ {
		if called(w.events[i]) {
			w.events[i].Actor = orderguard.ByPlatform
		}
	}
}

// ship frees a seller from shipping an order that is not late, or binds him again, and returns the
// decision.
func (w *twin) ship(k orderKey, kind orderguard.DecisionKind) *orderguard.Decision {
	n := len(w.freed[k])
	known := slices.ContainsFunc(w.events, func(e orderguard.Event) bool { return e.Shop == k.shop && e.Order == k.order })
	switch {
	case kind == orderguard.BindSeller && w.isFree(k):
		w.freed[k][n-1].until = w.clock
		w.forgive(k, w.freed[k][n-1].came)
	case kind == orderguard.FreeSeller && known && !w.isFree(k) && !w.late(k):
		w.freed[k] = append(w.freed[k], freeSpan{from: w.clock, came: len(w.events)})
	}
	return &orderguard.Decision{Kind: kind, Shop: k.shop, Order: k.order, At: w.clock}
}

// disputes looks at each dispute of an order by its id.
func (w *twin) disputes(k orderKey, by map[orderguard.DisputeReason]int) (disputed, escalated bool, faults int) {
	all := w.of(k, orderguard.DisputeOpened, orderguard.DisputeEscalated, orderguard.DisputeWithdrawn, orderguard.DisputeClosed)
	ids := map[string][]orderguard.Event{}
	for _, e := range all {
		ids[e.Dispute] = append(ids[e.Dispute], e)
	}
	for _, events := range ids {
		var opened, other []orderguard.Event
		var outcome orderguard.Outcome
		var closed orderguard.Millis
		var turned orderguard.Millis
		withdrawn, esc := false, false
		for _, e := range events {
			if opens := e.Kind == orderguard.DisputeOpened; opens && e.Time > turned || e.Kind == orderguard.DisputeWithdrawn && e.Time >= turned {
				withdrawn, turned = !opens, e.Time
			}
			esc = esc || e.Kind == orderguard.DisputeEscalated
			if e.Kind == orderguard.DisputeClosed && (e.Time > closed || e.Outcome == orderguard.ForBuyer) {
				outcome, closed = e.Outcome, e.Time
			}
			if e.Reason != 0 && e.Kind == orderguard.DisputeOpened {
				opened = append(opened, e)
			} else if e.Reason != 0 {
				other = append(other, e)
			}
		}
		if withdrawn {
			continue
		}
		disputed, escalated = true, escalated || esc
		if outcome == orderguard.ForBuyer {
			faults++
		}
		by[firstReason(opened, other)]++
	}
	return disputed, escalated, faults
}

// firstReason returns the reason that the earliest event of the first list that has any gives.
func firstReason(lists ...[]orderguard.Event) orderguard.DisputeReason {
	for _, list := range lists {
		if len(list) > 0 {
			return slices.MinFunc(list, func(a, b orderguard.Event) int {
				return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Reason, b.Reason))
			}).Reason
		}
	}
	return 0
}

func (w *twin) reviews(k orderKey) (n, bad int) {
	last := map[string]orderguard.Event{}
	for _, e := range w.of(k, orderguard.ReviewGiven) {
		if was, known := last[e.Review]; !known || e.Time > was.Time || e.Rating < was.Rating {
			last[e.Review] = e
		}
	}
	for _, e := range last {
		if n++; e.Rating <= 2 {
			bad++
		}
	}
	return n, bad
}

// indicators are those of a shop, from all events.
func (w *twin) indicators(shop string, days int) Indicators {
	to := w.clock.Day()
	in := Indicators{Shop: shop, From: to - orderguard.Day(days) + 1, To: to, ByReason: []Part{}, BySKU: []Part{}}
	keys := map[orderKey]bool{}
	for _, e := range w.events {
		keys[orderKey{e.Shop, e.Order}] = true
	}
	var num, den, xnum, xden [orderguard.Disputes]int64
	reasons, skus := map[orderguard.DisputeReason]*Part{}, map[string]*Part{}
	for k := range keys {
		t, ok := w.tally(k)
		if !ok || k.shop != shop || t.day < in.From || t.day > in.To {
			continue
		}
		out := w.excluded[k] != ""
		for i := range num {
			num[i] += int64(t.num[i])
			den[i] += int64(t.den[i])
			if out && orderguard.Indicator(i) != orderguard.NegativeReviewRate {
				xnum[i] += int64(t.num[i])
				xden[i] += int64(t.den[i])
			}
		}
		for r, n := range t.by {
			if reasons[r] == nil {
				reasons[r] = &Part{Reason: r}
			}
			if skus[t.sku] == nil {
				skus[t.sku] = &Part{SKU: t.sku}
			}
			for _, p := range []*Part{reasons[r], skus[t.sku]} {
				p.Raw += int64(n)
				if out {
					p.Excluded += int64(n)
				}
			}
		}
	}
	for i := orderguard.DisputeRate; i < orderguard.Disputes; i++ {
		in.Rates = append(in.Rates, Figure{i, rateOf(num[i], den[i]), rateOf(xnum[i], xden[i]), rateOf(num[i]-xnum[i], den[i]-xden[i])})
	}
	for r := orderguard.DisputeReason(0); r <= orderguard.OtherReason; r++ {
		if p := reasons[r]; p != nil {
			in.ByReason = appendPart(in.ByReason, *p)
		}
	}
	for _, p := range skus {
		in.BySKU = appendPart(in.BySKU, *p)
	}
	slices.SortFunc(in.BySKU, func(a, b Part) int { return cmp.Or(cmp.Compare(b.Raw, a.Raw), cmp.Compare(a.SKU, b.SKU)) })
	return in
}

var start = orderguard.Millis(1_794_355_200_000) // 2026-11-11, 00:00

// drawEvent draws an event of few orders, some of them late, on days that are
// few enough to be shared.
func drawEvent(t *rapid.T, now orderguard.Millis) orderguard.Event {
	back := rapid.SampledFrom([]orderguard.Millis{0, 0, 0, 1, hour, 9 * hour, day, 8 * day, 20 * day}).Draw(t, "back")
	e := orderguard.Event{
		Kind:  orderguard.Kind(rapid.IntRange(int(orderguard.OrderCreated), int(orderguard.ReviewGiven)).Draw(t, "kind")),
		Shop:  rapid.SampledFrom([]string{"s-1", "s-2"}).Draw(t, "shop"),
		Order: rapid.SampledFrom([]string{"o-1", "o-2", "o-3", "o-4"}).Draw(t, "order"),
		Time:  (now - back) / 1000 * 1000, Clock: now,
	}
	switch e.Kind {
	case orderguard.OrderCreated:
		e.SKU = rapid.SampledFrom([]string{"", "k-1", "k-2"}).Draw(t, "sku")
	case orderguard.OrderCancelled, orderguard.OrderRefunded:
		e.Actor = orderguard.Actor(rapid.IntRange(0, 3).Draw(t, "actor"))
	case orderguard.DisputeOpened, orderguard.DisputeEscalated, orderguard.DisputeWithdrawn, orderguard.DisputeClosed:
		e.Dispute = rapid.SampledFrom([]string{"q-1", "q-2"}).Draw(t, "dispute")
		e.Reason = orderguard.DisputeReason(rapid.IntRange(0, 3).Draw(t, "reason"))
		if e.Kind == orderguard.DisputeClosed {
			e.Outcome = orderguard.Outcome(rapid.IntRange(1, 2).Draw(t, "outcome"))
		}
	case orderguard.ReviewGiven:
		e.Review = rapid.SampledFrom([]string{"r-1", "r-2"}).Draw(t, "review")
		e.Rating = uint8(rapid.IntRange(1, 5).Draw(t, "rating"))
	}
	return e
}

// TestLedgerTwin holds the ledger against its twin after every step: events in
// any order, some twice, orders taken out and back in, time passing, restarts;
// and that the deltas that were told add up to what is excluded.
func TestLedgerTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		p.Indicators.ShipWithin = rapid.SampledFrom([]orderguard.Millis{2 * hour, 7 * day}).Draw(t, "ship within")
		l, w := NewLedger(p), &twin{excluded: map[orderKey]string{}, freed: map[orderKey][]freeSpan{}, policy: p, clock: start}
		told := map[string]int64{}
		var sums Sums
		var dated orderguard.Millis // the last delta, and the last cause
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			var changes []Change
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				w.clock += rapid.SampledFrom([]orderguard.Millis{hour / 2, 5 * hour, day, 4 * day}).Draw(t, "passed")
				changes = l.Advance(w.clock)
			case 1, 2:
				x := orderguard.Exclusion{
					Shop:  rapid.SampledFrom([]string{"s-1", "s-2"}).Draw(t, "shop"),
					Order: rapid.SampledFrom([]string{"o-1", "o-2", "o-3"}).Draw(t, "order"),
					Cause: rapid.SampledFrom([]string{"", "verdict/al_1", "report/rp_1"}).Draw(t, "cause"), At: w.clock,
				}
				w.excluded[orderKey{x.Shop, x.Order}] = x.Cause
				dated = max(dated, x.At)
				changes = l.Follow([]Change{{Exclude: &x}})
			case 3:
				if n := len(w.events); n > 0 { // once more, or from another feed
					e := w.events[rapid.IntRange(0, n-1).Draw(t, "again")]
					e.Clock = w.clock
					w.events = append(w.events, e)
					changes = take(l, &e)
				}
			case 4:
				l = restarted(t, l, p)
			case 6:
				k := orderKey{rapid.SampledFrom([]string{"s-1", "s-2"}).Draw(t, "shop"), rapid.SampledFrom([]string{"o-1", "o-2", "o-3"}).Draw(t, "order")}
				d := w.ship(k, rapid.SampledFrom([]orderguard.DecisionKind{orderguard.FreeSeller, orderguard.BindSeller}).Draw(t, "decision"))
				dated = max(dated, d.At)
				changes = l.Follow([]Change{{Decision: d}})
			case 5:
				p.Indicators.ShipWithin = rapid.SampledFrom([]orderguard.Millis{2 * hour, day, 7 * day}).Draw(t, "another policy")
				l.Adopt(p)
				w.policy = p
				w.clock += hour // from the next full hour on
				changes = l.Advance(w.clock)
			default:
				var some []orderguard.Event
				for range rapid.SampledFrom([]int{1, 1, 1, 2, 40}).Draw(t, "how many") {
					some = append(some, drawEvent(t, w.clock))
				}
				w.events = append(w.events, some...)
				wall := w.clock - rapid.SampledFrom([]orderguard.Millis{0, 0, hour, 3 * day}).Draw(t, "wall") // or it is behind
				l.Events(some, wall, func(c []Change) { changes = append(changes, c...) })
			}
			addDeltas(told, changes)
			for _, c := range changes {
				sums.Add(c.Delta)
				require.GreaterOrEqual(t, c.Delta.At, dated, "before its cause, or before another delta")
				dated = c.Delta.At
			}
			require.Empty(t, l.Excluded().Audit(&sums))
			l.Advance(w.clock)
			compare(t, l, w, told)
		}
	})
}

// addDeltas sums up what was told, by shop and indicator.
func addDeltas(told map[string]int64, changes []Change) {
	for _, c := range changes {
		d := c.Delta
		told[fmt.Sprint(d.Shop, d.Indicator, d.Reason, "n")] += int64(d.Numerator)
		told[fmt.Sprint(d.Shop, d.Indicator, d.Reason, "d")] += int64(d.Denominator)
	}
}

func compare(t require.TestingT, l *Ledger, w *twin, told map[string]int64) {
	for _, shop := range []string{"s-1", "s-2"} {
		for _, days := range []int{7, 30, 90} {
			require.Equal(t, w.indicators(shop, days), l.Indicators(shop, days))
		}
		in := l.Indicators(shop, 90)
		for _, f := range in.Rates {
			require.Equal(t, f.Cleansed.Numerator-f.Raw.Numerator, told[fmt.Sprint(shop, f.Indicator, orderguard.DisputeReason(0), "n")])
			require.Equal(t, f.Cleansed.Denominator-f.Raw.Denominator, told[fmt.Sprint(shop, f.Indicator, orderguard.DisputeReason(0), "d")])
		}
		for _, part := range in.ByReason {
			require.Equal(t, part.Cleansed-part.Raw, told[fmt.Sprint(shop, orderguard.Disputes, part.Reason, "n")])
		}
	}
}
