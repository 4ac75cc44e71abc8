package casework

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// busy returns how long processors have worked for this process: others on the machine do
// not lengthen it.
func busy() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestManyFindings judges the orders of one account one by one, those of an attack, and
// others, each of which is a part of the sum of points.
func TestManyFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second or two, and many under the race detector")
	}
	cost := func(n int, attack string) time.Duration {
		x := newTable(t, "")
		begin := busy()
		for i := range n {
			x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed(fmt.Sprint("o-", i)), attack)))
			x.d.Buyer("b-1", x.now)
		}
		return busy() - begin
	}
	for _, c := range []struct {
		attack string
		many   int
		most   time.Duration // times as long as 500
	}{
		{"at_1", 8000, 128}, // 16 times as many; with the square it would be 256
		{"", 4000, 200},     // 8 times as many; with the cube it would be 512
	} {
		few, many := time.Hour, time.Hour
		for range 3 {
			few, many = min(few, cost(500, c.attack)), min(many, cost(c.many, c.attack))
		}
		t.Logf("attack %q: 500 verdicts %v, %d %v", c.attack, few, c.many, many)
		require.Less(t, many, c.most*few)
	}
}

// TestGuestsAreLetGo lets the orders of a buyer go who has most of all.
func TestGuestsAreLetGo(t *testing.T) {
	cost := func(n int) time.Duration {
		l := NewLedger(DefaultPolicy())
		for i := range n {
			take(l, event(orderguard.OrderCreated, "s-1", fmt.Sprint("o-", i), start))
			if i%7 == 0 {
				take(l, event(orderguard.OrderCreated, "s-1", fmt.Sprint("kept-", i), start+10*day))
			}
		}
		begin := busy()
		l.Advance(start + 101*day)
		took := busy() - begin
		require.Equal(t, (n+6)/7, l.Len())
		require.Equal(t, (n+6)/7, l.Conduct("b-1").Orders)
		l.Advance(start + 120*day)
		require.Zero(t, l.Len())
		require.Empty(t, l.buyers)
		return took
	}
	few, many := time.Hour, time.Hour
	for range 3 {
		all := time.Duration(0) // one run is shorter than the clock of a process can tell
		for range 16 {
			all += cost(2000)
		}
		few, many = min(few, all), min(many, cost(32_000))
	}
	t.Logf("16 times 2,000 orders: %v, 32,000 at once: %v", few, many)
	require.Less(t, many, 6*few, "with the square it would be 16 times as long")
}

// TestAccountTwin holds an account against what its findings alone say, of orders that are
// flagged in several attacks, in each case that changes which misdeed a finding is of.
func TestAccountTwin(t *testing.T) {
	p := quickPolicy()
	rapid.Check(t, func(t *rapid.T) {
		a, now := &account{}, start
		for n := range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += rapid.SampledFrom([]orderguard.Millis{0, hour, day}).Draw(t, "passed")
			switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
			case step == 0:
				a.forget(now - 12*day)
			case step <= 2 && len(a.findings) > 0:
				a.remove(rapid.SampledFrom(a.findings).Draw(t, "taken back"))
			case step == 3 && len(a.findings) > 0:
				a.override.n = uint64(n)
				a.anew()
			default:
				o := drawOrder(t)
				a.add(&finding{
					cause: fmt.Sprint("verdict/", n), order: orderKey{o.Shop, o.Order}, at: now, scenario: orderguard.MaliciousOrder,
					attack: rapid.SampledFrom([]string{"", "at_1", "at_2"}).Draw(t, "attack"),
					points: rapid.Int64Range(0, 20).Draw(t, "points") * 1000, report: rapid.Bool().Draw(t, "report"),
					pardonedFrom: rapid.Uint64Range(1, uint64(n)+1).Draw(t, "pardoned from"), // before an override, where it was taken back and given again
				})
			}
			a.levels(&p)
			require.Equal(t, weightOf(&p, a, a.findings, now), a.weightAt(&p, now))
			for _, f := range a.findings {
				until := slices.DeleteFunc(slices.Clone(a.findings), func(g *finding) bool { return g.at > f.at })
				require.Equal(t, p.Sanctions.level(weightOf(&p, a, until, f.at)), f.reached, "finding %s", f.cause)
			}
		}
	})
}

// weightOf sums up findings of an account one by one.
func weightOf(p *Policy, a *account, findings []*finding, t orderguard.Millis) (w weight) {
	attacks, parts, reports, shops := map[flagged]string{}, map[group]int64{}, map[group]int64{}, map[string]int64{}
	for _, f := range a.findings {
		if f.attack != "" {
			attacks[flagged{f.order, f.scenario}] = f.attack
		}
	}
	for _, f := range findings {
		if !a.weighs(f) || t >= f.at+p.Points.Keep {
			continue
		}
		g := f.group(attacks)
		parts[g] = max(parts[g], decayed(f.points, t-f.at, p.Points.HalfLife))
		if f.report {
			reports[g] = max(reports[g], decayed(f.points, t-f.at, p.Points.HalfLife))
		}
	}
	for g, points := range parts {
		shops[g.shop] += points
		w.points += points
		w.reports += reports[g]
	}
	for _, points := range shops {
		if points >= max(1, p.Sanctions.At[orderguard.Frozen]*10*p.Sanctions.FreezeShare) {
			w.backing++
		}
	}
	w.shops = len(shops)
	return w
}
