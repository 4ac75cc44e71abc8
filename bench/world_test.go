package bench

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// trade generates ordinary trade alone and returns its created orders.
func trade(tb testing.TB, o GenOptions) []event {
	tb.Helper()
	o.NoAttacks, o.NoLookAlikes = true, true
	raw, _, _ := generate(tb, o)
	var all []event
	for _, line := range linesOf(raw) {
		if strings.Contains(line, `"status":"created"`) {
			all = append(all, decode(tb, []byte(line)))
		}
	}
	return all
}

// The hours of trade are those of the marketplace, by the clock of each country.
func TestTradeHasARhythm(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	for seed := range uint64(3) {
		m := newMarket(seed)
		home := slices.Index(m.shares, slices.Max(m.shares))
		offset := int(countries[home].offset)
		var byHour [24]int
		all := 0
		for _, e := range trade(t, GenOptions{Seed: seed, Orders: 20_000}) {
			all++
			if e.Currency != countries[home].currency {
				continue
			}
			at, err := time.Parse(time.RFC3339, e.TS)
			require.NoError(t, err)
			byHour[(at.Hour()+24+offset)%24]++
		}
		require.InEpsilon(t, 20_000, all, .05)
		busy, quiet := 0, 0
		for h, rate := range m.hours {
			if rate > m.hours[busy] {
				busy = h
			}
			if rate < m.hours[quiet] {
				quiet = h
			}
		}
		if countries[home].currency == "EUR" { // of several clocks
			continue
		}
		want := m.hours[busy] / m.hours[quiet]
		require.Greater(t, float64(byHour[busy]), want/2*float64(byHour[quiet]), "seed %d: %v", seed, byHour)
	}
}

func TestShopsFollowZipf(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	count := map[string]int{}
	orders := trade(t, GenOptions{Orders: 40_000, Shops: 400})
	for _, e := range orders {
		count[e.Shop]++
	}
	var sizes []int
	for _, n := range count {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	top := 0
	for _, n := range sizes[:40] {
		top += n
	}
	require.Greater(t, len(sizes), 380, "every shop sells something")
	require.Greater(t, float64(top)/float64(len(orders)), .25, "a tenth of the shops has much of the trade")
	require.Less(t, float64(sizes[0])/float64(len(orders)), .4, "and none has all of it")
}

func TestBuyersAreDifferent(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	orders := map[string]int{}
	devices, addresses := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, e := range trade(t, GenOptions{Orders: 30_000}) {
		orders[e.Buyer]++
		for m, id := range map[*map[string]map[string]bool]string{&devices: e.Device, &addresses: e.Address} {
			if (*m)[id] == nil {
				(*m)[id] = map[string]bool{}
			}
			(*m)[id][e.Buyer] = true
		}
	}
	most := 0
	for _, n := range orders {
		most = max(most, n)
	}
	require.Greater(t, most, 5, "some buy often")
	require.Less(t, most, 100, "nobody buys all the time")
	shared := func(m map[string]map[string]bool) (n, most int) {
		for _, who := range m {
			if len(who) > 1 {
				n++
			}
			most = max(most, len(who))
		}
		return n, most
	}
	homes, _ := shared(addresses)
	require.Greater(t, homes, 50, "households share addresses")
	_, kiosk := shared(devices)
	require.Greater(t, kiosk, 2, "some devices are everybody's")
}

// Most orders are paid, within minutes; the others are cancelled.
func TestPaymentIsMostlyPrompt(t *testing.T) {
	raw, _, _ := generate(t, GenOptions{Orders: 10_000, NoAttacks: true, NoLookAlikes: true})
	created, state := map[string]time.Time{}, map[string]string{}
	paid, prompt := 0, 0
	for _, line := range linesOf(raw) {
		e := decode(t, []byte(line))
		at, _ := time.Parse(time.RFC3339, e.TS)
		switch {
		case e.Type == "order" && e.Status == "created":
			created[e.Order] = at
		case e.Type == "order" && e.Status == "paid":
			paid++
			if at.Sub(created[e.Order]) < 10*time.Minute {
				prompt++
			}
		}
		if e.Type == "order" {
			state[e.Order] = e.Status
		}
	}
	require.InDelta(t, newMarket(0).habits.pays, float64(paid)/float64(len(created)), .02)
	require.Greater(t, float64(prompt)/float64(paid), .8)
	for o, s := range state {
		if s == "created" || s == "paid" {
			t.Fatalf("order %s was forgotten in state %s", o, s)
		}
	}
}

// traits collects, for each attack, the different values that its orders show.
type traits map[string]map[string]map[string]bool

func (t traits) note(attack, what, value string) {
	if t[attack] == nil {
		t[attack] = map[string]map[string]bool{}
	}
	if t[attack][what] == nil {
		t[attack][what] = map[string]bool{}
	}
	t[attack][what][value] = true
}

// event notes what an event shows of its attack.
func (t traits) event(attack string, e *event, sellers map[string]bool) {
	t.note(attack, e.Type+"."+e.Status+e.From, e.Order)
	for _, h := range e.Evidence {
		t.note(attack, "evidence", h)
	}
	if e.Type != "order" || e.Status != "created" {
		return
	}
	t.note(attack, "shop", e.Shop)
	t.note(attack, "buyer", e.Buyer)
	t.note(attack, "device", e.Device)
	for _, id := range []string{e.Device, e.Payment, e.Address} {
		if sellers[id] {
			t.note(attack, "seller", e.Buyer)
		}
	}
	for _, id := range []string{"d" + e.Device, "p" + e.Payment, "a" + e.Address, "i" + e.IP} {
		if len(id) > 1 {
			t.note(attack, "on "+id, e.Buyer)
		}
	}
	if e.BuyerSince != "" {
		t.note(attack, "since", e.BuyerSince)
	}
	if e.Note != "" {
		t.note(attack, "note", e.Order)
	}
}

// What makes each attack one must hold in the stream of any marketplace: a
// careful reader has something to find.
func TestAttacksAreWhatTheySay(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	for seed := uint64(1); seed <= 6; seed++ {
		holdsAttacks(t, GenOptions{Seed: seed, Orders: 5000, NoLookAlikes: true})
	}
}

func holdsAttacks(t *testing.T, o GenOptions) {
	t.Helper()
	raw, labels, _ := generate(t, o)
	attack := map[string]string{}
	for _, line := range linesOf(labels) {
		var l evalLabel
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		attack[l.Order] = l.Attack
	}
	sellers := map[string]bool{}
	seen := traits{}
	for _, line := range linesOf(raw) {
		e := decode(t, []byte(line))
		if e.Type == "account" {
			for _, id := range []string{e.Device, e.Payment, e.Address} {
				sellers[id] = id != ""
			}
		} else if a := attack[e.Order]; a != "" {
			seen.event(a, &e, sellers)
		}
	}
	for a, is := range seen {
		most := 0 // accounts that one identifier ties together
		for what, who := range is {
			if strings.HasPrefix(what, "on ") {
				most = max(most, len(who))
			}
		}
		holdsTraits(t, fmt.Sprintf("seed %d: %s", o.Seed, a), kindOf(a), most, func(what string) int { return len(is[what]) })
	}
}

// holdsTraits checks one attack; n counts the different values of a trait, and
// most the accounts that are tied together.
func holdsTraits(t *testing.T, a, kind string, most int, n func(what string) int) {
	t.Helper()
	orders := n("order.created")
	switch kind {
	case "burst", "slow":
		require.Equal(t, 1, n("shop"), a)
		require.LessOrEqual(t, n("buyer"), 2, a)
		require.GreaterOrEqual(t, orders, 12, a)
		require.Less(t, float64(n("order.paid")), .6*float64(orders), a)
	case "crew":
		require.LessOrEqual(t, n("shop"), 3, a)
		require.GreaterOrEqual(t, n("buyer"), 6, a)
		require.True(t, most > 1 || n("buyer") >= 15, "%s: nothing ties them together, and they are few", a)
		require.Less(t, float64(n("order.paid")), .5*float64(orders), a)
	case "rival":
		require.Positive(t, n("seller"), a)
		require.Equal(t, 1, n("shop"), a)
	case "lockstep":
		require.GreaterOrEqual(t, n("shop"), 4, a)
		require.GreaterOrEqual(t, n("buyer"), 5, a)
		require.Greater(t, float64(orders), .5*float64(n("shop")*n("buyer")), a)
	case "refund":
		require.Equal(t, orders, n("order.refunded"), a)
		require.GreaterOrEqual(t, orders, leastTurns, a)
		require.Greater(t, n("shop"), 3, a)
	case "dispute":
		require.Equal(t, orders, n("dispute.opened"), a)
		require.GreaterOrEqual(t, orders, leastTurns, a)
	case "ring":
		require.Equal(t, orders, n("dispute.opened"), a)
		require.Equal(t, 1, n("shop"), a)
		require.Less(t, n("evidence"), 2*orders, a)
	case "sweep":
		require.Equal(t, 1, n("buyer"), a)
		require.GreaterOrEqual(t, n("shop"), 5, a)
		require.Less(t, float64(n("order.paid")), .4*float64(orders), a)
	case "scattered":
		require.GreaterOrEqual(t, n("shop"), 4, a)
		require.GreaterOrEqual(t, n("buyer"), 10, a)
		require.Greater(t, float64(orders), .6*float64(n("shop")*n("buyer")), a)
		require.Less(t, float64(n("order.paid")), .3*float64(orders), a)
	case "waves":
		require.GreaterOrEqual(t, n("shop"), 4, a)
		require.GreaterOrEqual(t, n("buyer"), 6, a)
		require.Equal(t, orders, n("order.cancelled"), a)
	case "strangers":
		require.Equal(t, 1, n("shop"), a)
		require.GreaterOrEqual(t, n("buyer"), 35, a)
		require.Less(t, float64(n("order.paid")), .3*float64(orders), a)
	case "refusers":
		require.Equal(t, 1, n("shop"), a)
		require.Equal(t, orders, n("order.shipped"), a)
		require.Greater(t, float64(n("order.cancelled")), .5*float64(orders), a)
	case "take-back":
		require.Equal(t, orders, n("order.cancelled"), a)
		require.True(t, most > 1, "%s: nothing ties them together", a)
	case "new-ring":
		require.Equal(t, orders, n("dispute.opened"), a)
		require.Equal(t, orders, n("buyer"), a)
	case "copies":
		require.Equal(t, orders, n("note"), a)
		require.Greater(t, n("shop"), 4, a)
	case "reviews", "camouflage":
		require.Equal(t, orders, n("review."), a)
		require.Equal(t, 1, n("shop"), a)
	case "junk", "abuse", "ads":
		require.Equal(t, orders, n("note"), a)
		require.Zero(t, n("order.paid"), a)
	case "silent":
		require.Equal(t, orders, n("message.seller"), a)
		require.Equal(t, orders, n("order.cancelled"), a)
	}
}
