package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// surpriseTwin finds a condition's surprise the slow way: every event in a slice, a
// loop over them for each count, and structures of its own, which see one event at
// a time.
type surpriseTwin struct {
	c      *Condition
	on     *Selector
	asks   []*Selector // of all rules that share the table
	ids    map[string]orderguard.Millis
	events []orderguard.Event
	normal *window.Normal
	edges  map[string]*window.Surge // by the fields that make the key
}

func newSurpriseTwin(rules *RuleSet, r *Rule) *surpriseTwin {
	w := &surpriseTwin{c: &r.All[0], on: &r.On, ids: map[string]orderguard.Millis{}, edges: map[string]*window.Surge{}}
	for i := range rules.Rules {
		if o := &rules.Rules[i]; o.All[0].Of.Key() == w.c.Of.Key() && slices.Equal(o.All[0].By, w.c.By) {
			w.asks = append(w.asks, &o.On)
		}
	}
	if w.c.ofEdge() {
		for _, part := range []string{"both", "0", "1"} {
			w.edges[part] = window.NewSurge(window.SurgeOptions{})
		}
		return w
	}
	w.normal = window.NewNormal(window.NormalOptions{Within: int64(w.c.Within)})
	return w
}

// repeated says whether an event came before.
func (w *surpriseTwin) repeated(e *orderguard.Event) bool {
	const hour = 3600_000
	if first, ok := w.ids[e.ID]; ok && e.Clock/hour-first/hour <= 24 {
		return true
	}
	w.ids[e.ID] = max(e.Clock, e.Time)
	return false
}

// now returns how far the stream is: as far as the Clock, an event at most an hour
// ahead, or the earliest of sixteen in a row that are further ahead.
func (w *surpriseTwin) now() (now orderguard.Millis) {
	var ahead []orderguard.Millis
	for i := range w.events {
		x := &w.events[i]
		now = max(now, x.Clock)
		if x.Time <= now+3600_000 {
			now, ahead = max(now, x.Time), nil
		} else if ahead = append(ahead, x.Time); len(ahead) == 16 {
			now, ahead = slices.Min(ahead), nil
		}
	}
	return now
}

// count returns how many events of the last one's key stand in its window. What
// came too late for the table is counted with its like.
func (w *surpriseTwin) count() (n int64) {
	const minute = 60_000
	keep := w.c.Within + min(max(w.c.Within, 10*minute), 60*minute)
	late := func(x *orderguard.Event) bool { return x.Time <= x.Clock-keep }
	e := &w.events[len(w.events)-1]
	clock := e.Clock
	if late(e) {
		clock = 0
		for i := range w.events {
			if x := &w.events[i]; late(x) && w.looked(x) {
				clock = max(clock, x.Time)
			}
		}
	}
	for i := range w.events {
		x := &w.events[i]
		if w.c.Of.Match(x) && late(x) == late(e) && w.c.By[0].Text(x) == w.c.By[0].Text(e) &&
			x.Time > max(e.Time-w.c.Within, clock-keep) && x.Time <= e.Time {
			n++
		}
	}
	return n
}

// looked says whether an event counts, or asks, under some key of the table.
func (w *surpriseTwin) looked(x *orderguard.Event) bool {
	asks := slices.ContainsFunc(w.asks, func(s *Selector) bool { return s.Match(x) })
	return (w.c.Of.Match(x) || asks) && w.c.By[0].Text(x) != ""
}

// judge returns the surprise at an event; not ok if it is not judged.
func (w *surpriseTwin) judge(e orderguard.Event) (value int64, ok bool) {
	if w.repeated(&e) {
		return 0, false
	}
	w.events = append(w.events, e)
	now := w.now()
	do, has := uint8(0), true
	if w.c.Of.Match(&e) {
		do = window.Add
	}
	if w.on.Match(&e) {
		do |= window.Read
	}
	for _, f := range w.c.By {
		has = has && f.Text(&e) != ""
	}
	if do == 0 || !has || e.Time < now-2*3600_000 {
		return 0, do&window.Read != 0 && has
	}
	if w.normal == nil {
		for part, surge := range w.edges {
			key := hashOf(w.c.By[0].Text(&e))
			switch part {
			case "both":
				key = mix(key, hashOf(w.c.By[1].Text(&e)))
			case "1":
				key = hashOf(w.c.By[1].Text(&e))
			}
			out := []int64{0}
			surge.Run(&window.SurgeColumns{Do: []uint8{do}, Key: []uint64{key}, Time: []int64{int64(e.Time)}, Clock: []int64{int64(now)}, Out: out}, 0, 1)
			value += out[0]
		}
		return min(value, 1000), do&window.Read != 0
	}
	out := []int64{0}
	w.normal.Run(&window.NormalColumns{
		Do: []uint8{do}, Key: []uint64{hashOf(w.c.By[0].Text(&e))}, Time: []int64{int64(e.Time)}, Clock: []int64{int64(now)},
		Count: []int64{w.count()}, Step: 1, Out: out,
	}, 0, 1)
	return out[0], do&window.Read != 0
}

// weekOfEvents spreads random events over a week or two, by pauses of up to some
// hours, which the Clock believes late. A few are ahead of their time, and some far
// behind.
func weekOfEvents(rng *rand.Rand, n int) []orderguard.Event {
	events := randomEvents(rng, n)
	later, doubt, believed := orderguard.Millis(0), 0, orderguard.Millis(0)
	for i := range events {
		switch rng.IntN(40) {
		case 0:
			later += orderguard.Millis(rng.IntN(5 * 3600_000))
			doubt = rng.IntN(60)
		case 1, 2, 3, 4:
			later += orderguard.Millis(rng.IntN(3600_000))
		}
		if doubt--; doubt < 0 {
			believed = later
		}
		events[i].Time += later
		events[i].Clock += believed
		switch rng.IntN(100) {
		case 0:
			events[i].Time += orderguard.Millis(rng.IntN(4 * 3600_000))
		case 1:
			events[i].Time -= orderguard.Millis(rng.IntN(4 * 3600_000))
		}
	}
	return events
}

// surpriseForms are conditions of every form, with what their rules judge.
var surpriseForms = [][2]string{
	{"order.created", "{surprise: order.created, by: [shop], within: 10m, at_least: 1, context: true}"},
	{"[order.paid, order.created]", "{surprise: order.created, by: [shop], within: 10m, at_least: 3, context: true}"},
	{"order.created", "{surprise: order.created, by: [device], within: 1h, at_least: 1, context: true, where: {custom: true}}"},
	{"message", "{surprise: order, by: [shop], within: 90s, at_least: 2, context: true}"},
	{"order.created", "{surprise: order.created, by: [buyer, shop], at_least: 25}"},
	{"order.created", "{surprise: order.created, by: [shop, device], at_least: 20, where: {qty: {at_least: 2}}}"},
	{"dispute.opened", "{surprise: [order.created, dispute.opened], by: [buyer, shop], at_least: 30, at_most: 90}"},
	{"order.cancelled", "{surprise: order.paid, by: [buyer], within: 30m, at_most: 2}"},
}

// surpriseRules is a rule of each form.
func surpriseRules(t testing.TB, forms [][2]string) *RuleSet {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i, f := range forms {
		fmt.Fprintf(&b, "  - {id: r%d, scenario: %s, on: %s, all: [%s]}\n", i, scenarioNames[i%len(scenarioNames)], f[0], f[1])
	}
	return parse(t, b.String())
}

// TestSurpriseAgainstTwin compares the values at every judged event, and what the
// rules flag, on streams with ties, late and repeated events and pauses.
func TestSurpriseAgainstTwin(t *testing.T) {
	total := make([]int, len(surpriseForms))
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 41))
		events := weekOfEvents(rng, 1500)
		rules := surpriseRules(t, surpriseForms)
		got := byRule(run(t, rules, events, 1+int(seed%4), rng))
		for i := range rules.Rules {
			r := &rules.Rules[i]
			w, told, want := newSurpriseTwin(rules, r), map[string]bool{}, []string{}
			for _, e := range events {
				v, ok := w.judge(e)
				if ok && r.All[0].Holds(v) && !told[e.Order] {
					told[e.Order] = true
					want = append(want, fmt.Sprint(e.Order, " ", v, " ", e.Time))
				}
			}
			slices.Sort(want)
			// The time told is that of the alert, which another rule may have given.
			require.Equal(t, valuesIn(want), valuesIn(got[r.ID]), "seed %d, %s", seed, r.ID)
			total[i] += len(want)
		}
	}
	for i, n := range total {
		require.Greater(t, n, fewer(150), surpriseForms[i][1])
	}
}

// valuesIn leaves out the times of what byRule lists.
func valuesIn(list []string) []string {
	values := []string{}
	for _, s := range list {
		values = append(values, s[:strings.LastIndexByte(s, ' ')])
	}
	return values
}
