package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// newestOrders returns the newest orders that want picks, of a window that ends at upto, the
// newest first.
func (w *twin) newestOrders(upto, within orderguard.Millis, most int, want func(*orderguard.Event) bool) []*orderguard.Event {
	return w.newestOf(&Selector{Kinds: created}, upto, within, most, want)
}

// newestOf is newestOrders for the events that a selector picks.
func (w *twin) newestOf(of *Selector, upto, within orderguard.Millis, most int, want func(*orderguard.Event) bool) []*orderguard.Event {
	var found []*orderguard.Event
	for i := range w.events {
		x := &w.events[i]
		if of.Match(x) && x.Time > upto-within && x.Time <= upto && want(x) {
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(a, b *orderguard.Event) int { return int(a.Time - b.Time) })
	slices.Reverse(found)
	return found[:min(len(found), most)]
}

// cluster returns the accounts linked to the buyer of e.
func (w *twin) cluster(l *Links, e *orderguard.Event) []string {
	members, ids := []string{e.Buyer}, []string{}
	for n, m := 0, 0; n < len(members) || m < len(ids); {
		if n < len(members) {
			buyer := members[n]
			n++
			for _, x := range w.newestOrders(e.Time, l.reach(e.Kind), ordersOfOne, func(x *orderguard.Event) bool { return x.Buyer == buyer }) {
				for _, f := range l.Through {
					id := f.String() + "=" + w.text(f, x)
					if w.text(f, x) != "" && !slices.Contains(ids, id) {
						ids = append(ids, id)
					}
				}
			}
			continue
		}
		id := ids[m]
		m++
		here := map[string]bool{}
		var users []string
		for _, x := range w.newestOrders(e.Time, l.reach(e.Kind), ordersOfID, func(x *orderguard.Event) bool {
			return slices.ContainsFunc(l.Through, func(f Field) bool { return f.String()+"="+w.text(f, x) == id })
		}) {
			if !slices.Contains(users, x.Buyer) {
				users = append(users, x.Buyer)
			}
			here[x.Buyer] = here[x.Buyer] || x.Shop == e.Shop
		}
		locals := 0
		for _, u := range users {
			if here[u] {
				locals++
			}
		}
		if len(users) > l.Crowd && 2*locals < len(users) {
			continue
		}
		for _, u := range users {
			if len(members) < maxMembers && !slices.Contains(members, u) {
				members = append(members, u)
			}
		}
	}
	return members
}

// TestClustersAgainstTwin compares what is measured by cluster with a search
// over all events.
func TestClustersAgainstTwin(t *testing.T) {
	flagged, spared := 0, 0
	for seed := range seeds(16) {
		rng := rand.New(rand.NewPCG(seed, 16))
		text := fmt.Sprintf(`
links: {through: [%s], within: %s, later: %s, crowd: %d}
rules:
  - id: orders
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [shop, cluster], within: 10m, at_least: %d}
  - id: accounts
    scenario: malicious_refund
    on: [order.created, order.cancelled]
    all:
      - {distinct: buyer, of: order.created, by: [cluster], within: 20m, aged: 5s, at_least: 3}
      - {spread: buyer_age, of: order.created, by: [cluster], within: 20m, aged: 5s, at_most: 4}
  - id: pieces
    scenario: harassment
    on: order.created
    all:
      - {sum: qty, of: order.created, by: [cluster], within: 1h, at_least: 30, where: {custom: true}}
`, []string{"device", "device, payment", "payment, address"}[rng.IntN(3)], []string{"5m", "1h"}[rng.IntN(2)], []string{"1h", "2h"}[rng.IntN(2)], 2+rng.IntN(4), 3+rng.IntN(5))
		rules := parse(t, text)
		events := linkedEvents(rng, 700)
		w := newTwin(rules)
		for i := range events {
			w.judge(events[i])
		}
		got := map[string]*finding{}
		for _, a := range run(t, rules, events, 1+int(seed%3), rng) {
			got[a.Scenario.String()+" "+a.Order] = &finding{At: a.FlaggedAt}
			flagged++
		}
		want := map[string]*finding{}
		for k, f := range w.found {
			want[k] = &finding{At: f.At}
		}
		require.Equal(t, want, got, text)
		spared += len(events) - len(got)
	}
	require.Greater(t, flagged, fewer(500))
	require.Greater(t, spared, fewer(500))
}

// linkedEvents makes a stream of orders whose accounts share identifiers, each
// order once.
func linkedEvents(rng *rand.Rand, n int) []orderguard.Event {
	events := randomEvents(rng, n)
	known := map[string]bool{}
	events = slices.DeleteFunc(events, func(e orderguard.Event) bool {
		again := e.Kind == orderguard.OrderCreated && known[e.Order]
		known[e.Order] = known[e.Order] || e.Kind == orderguard.OrderCreated
		return again
	})
	for i := range events {
		e := &events[i]
		b := rng.IntN(60)
		e.Buyer = fmt.Sprint("b", b)
		if e.Kind != orderguard.OrderCreated {
			continue
		}
		e.Device, e.Payment = fmt.Sprint("d", b/2, rng.IntN(3)), fmt.Sprint("p", b)
		switch rng.IntN(12) {
		case 0:
			e.Device = "kiosk"
		case 1:
			e.Payment = fmt.Sprint("p", b/9)
		case 2:
			e.Device = ""
		}
		e.Address = fmt.Sprint("a", b/4)
		if b%11 > 0 {
			e.BuyerSince = events[0].Time - orderguard.Millis(b%7)*millisPerDay - 1000
		}
	}
	return events
}

// measureCluster measures a condition over the accounts of a cluster.
func (w *twin) measureCluster(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	accounts := int64(0)
	oldest, newest, unknown := orderguard.MaxTime, orderguard.Millis(0), false
	for _, m := range w.cluster(&w.rules.Links, e) {
		one := *c
		one.By = slices.DeleteFunc(slices.Clone(c.By), func(f Field) bool { return f == FieldCluster })
		one.By = append([]Field{FieldBuyer}, one.By...)
		if c.Measure == Distinct || c.Measure == Spread {
			one.Measure = Count
		}
		as := *e
		as.Buyer = m
		n, list, good := w.measure(&one, &as)
		if !good {
			return 0, nil, false
		}
		value += n
		orders = append(orders, list...)
		if len(list) == 0 {
			continue
		}
		accounts++
		last := w.newestOrders(e.Time, w.rules.Links.reach(e.Kind), 1, func(x *orderguard.Event) bool { return x.Buyer == m })
		if len(last) == 0 || last[0].BuyerSince == 0 {
			unknown = true
			continue
		}
		oldest, newest = min(oldest, last[0].BuyerSince), max(newest, last[0].BuyerSince)
	}
	switch {
	case c.Measure == Distinct:
		value = accounts
	case c.Measure == Spread && (unknown || newest == 0):
		value = 1<<31 - 1
	case c.Measure == Spread:
		value = int64(newest-oldest) / millisPerDay
	}
	return value, orders, true
}

// measureLockstep counts the accounts that went in lockstep with that of e.
func (w *twin) measureLockstep(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	var visits []*orderguard.Event
	for _, x := range w.newestOf(&c.Of, e.Time, c.Within, lockstepOrders, func(x *orderguard.Event) bool { return x.Buyer == e.Buyer }) {
		if len(visits) < lockstepShops && (c.State == 0 || w.in(x.Order, c.State)) && !slices.ContainsFunc(visits, func(y *orderguard.Event) bool { return y.Shop == x.Shop }) {
			visits = append(visits, x)
		}
	}
	if len(visits) < c.Shops {
		return 0, nil, true
	}
	met := map[string]map[string]bool{}
	at := map[string][]string{}
	full := lockstepCrowd
	if c.Apart >= lockstepSlow {
		full = lockstepMany
	}
	for _, v := range visits {
		orders = append(orders, v.Order)
		for _, x := range w.newestOf(&c.Of, v.Time+c.Apart, 2*c.Apart+1, full, func(x *orderguard.Event) bool { return x.Shop == v.Shop }) {
			if c.State != 0 && !w.in(x.Order, c.State) {
				continue
			}
			if met[x.Buyer] == nil {
				met[x.Buyer] = map[string]bool{}
			}
			met[x.Buyer][x.Shop] = true
			at[x.Buyer] = append(at[x.Buyer], x.Order)
		}
	}
	value = 1
	for b, shops := range met {
		if b != e.Buyer && len(shops) >= c.Shops {
			value++
			orders = append(orders, at[b]...)
		}
	}
	return value, orders, true
}

// TestLockstepAgainstTwin compares accounts in lockstep with a search over all
// events.
func TestLockstepAgainstTwin(t *testing.T) {
	total, all := 0, 0
	for seed := range seeds(16) {
		rng := rand.New(rand.NewPCG(seed, 17))
		text := fmt.Sprintf(`
rules:
  - id: lockstep
    scenario: malicious_order
    on: order.created
    all:
      - {lockstep: buyer, of: order.created, shops: %d, apart: %s, within: 1h%s, at_least: %d}
`, 2+rng.IntN(2), []string{"20s", "90s"}[rng.IntN(2)], []string{"", ", state: unkept", ", state: unpaid"}[seed%3], 2+rng.IntN(3))
		events := linkedEvents(rng, 700)
		for i := range events {
			events[i].Shop, events[i].Buyer = fmt.Sprint("s", rng.IntN(9)), fmt.Sprint("b", rng.IntN(14))
		}
		total += equalsTwin(t, parse(t, text), events, 1+int(seed%3), rng, text)
		all += len(events)
	}
	require.Greater(t, total, fewer(500))
	require.Less(t, total, all/2)
}

// TestLockstepOfEventsAgainstTwin compares lockstep in other events than orders, and in the states that
// later events bring about, with a search over all events.
func TestLockstepOfEventsAgainstTwin(t *testing.T) {
	total, all := 0, 0
	for seed := range seeds(16) {
		rng := rand.New(rand.NewPCG(seed, 19))
		text := fmt.Sprintf(`
rules:
  - id: raters
    scenario: malicious_review
    on: review
    all:
      - {lockstep: buyer, of: review, shops: %d, apart: %s, within: 1h, at_least: %d, where: {rating: {at_most: %d}}}
  - id: several
    scenario: malicious_refund
    on: [order.refunded, message, order.created]
    all:
      - {lockstep: buyer, of: [order.refunded, message], shops: 2, apart: 40s, within: 30m, at_least: 3}
  - id: state
    scenario: malicious_dispute
    on: dispute.opened
    all:
      - {lockstep: buyer, of: order.created, shops: 2, apart: 10m, within: 2h, state: disputed, at_least: 2}
`, 2+rng.IntN(2), []string{"60s", "5m"}[rng.IntN(2)], 2+rng.IntN(2), 2+rng.IntN(3))
		events := linkedEvents(rng, 900)
		for i := range events {
			events[i].Shop, events[i].Buyer = fmt.Sprint("s", rng.IntN(7)), fmt.Sprint("b", rng.IntN(12))
		}
		total += equalsTwin(t, parse(t, text), events, 1+int(seed%3), rng, text)
		all += len(events)
	}
	require.Greater(t, total, fewer(500))
	require.Less(t, total, all)
}
