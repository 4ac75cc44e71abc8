package casework

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// account is what is held against a buyer. Of an attack of thousands of orders each may be
// judged by itself, so what an act changes must not ask for a look at all of
// them: the level that each instant led to stays with its findings, and of findings that
// are one misdeed those are passed over that a later one outweighs for good.
type account struct {
	findings []*finding // that stand, the earliest first
	// reached is how many of the first findings have the level that was reached at their
	// instant; those behind them are new, or something before them has changed.
	reached int
	// attacks are those of which orders under a scenario were part: a finding that was made before an
	// order was flagged does not know it, one that was made later does, and of two the later one
	// holds. These four are nil when they are to be made.
	attacks  map[flagged]string
	on       map[flagged]int // how many findings are on an order under a scenario
	misdeeds map[group]*misdeed
	all      []*misdeed          // in the order of their first findings
	override override            // the last
	stands   orderguard.Sanction // as it was last decided
}

// misdeed is a group of findings.
type misdeed struct {
	shop     string
	heaviest []*finding // that none outweighs
}

// weighs says whether a finding counts at all: an override pardons those that were made before it.
func (a *account) weighs(f *finding) bool { return f.points != 0 && a.override.n < f.pardonedFrom }

// add adds a finding, the latest.
func (a *account) add(f *finding) {
	a.findings = append(a.findings, f)
	a.renew(f.at)
	k := flagged{f.order, f.scenario}
	switch known := a.attacks[k]; {
	case a.attacks == nil:
	case f.attack != "" && f.attack != known && a.on[k] > 0:
		a.regroup(k) // it says of earlier ones that they were part of its attack
	default:
		a.learn(f)
		a.note(f)
	}
}

// remove takes a finding out.
func (a *account) remove(f *finding) {
	at := slices.Index(a.findings, f)
	if at < 0 {
		return
	}
	a.findings = slices.Delete(a.findings, at, at+1)
	a.reached = min(a.reached, at)
	a.renew(f.at)
	a.regroup(flagged{f.order, f.scenario})
}

// renew has the levels from an instant on worked out again.
func (a *account) renew(from orderguard.Millis) {
	for a.reached > 0 && a.findings[a.reached-1].at >= from {
		a.reached--
	}
}

// regroup has misdeeds made out again, and the levels from the first finding on an order
// under a scenario on, which may be of another misdeed by now.
func (a *account) regroup(k flagged) {
	for _, f := range a.findings {
		if f.order == k.order && f.scenario == k.scenario {
			a.renew(f.at)
			break
		}
	}
	a.ungroup()
}

// ungroup has misdeeds made out again.
func (a *account) ungroup() { a.attacks, a.on, a.misdeeds, a.all = nil, nil, nil, nil }

// forget drops findings of a time and before, unless a younger one is on the same order and
// scenario: of two such one alone may know the attack.
func (a *account) forget(until orderguard.Millis) {
	if len(a.findings) == 0 || a.findings[0].at > until {
		return
	}
	needed := map[flagged]bool{}
	for _, f := range a.findings {
		if f.at > until {
			needed[flagged{f.order, f.scenario}] = true
		}
	}
	before := len(a.findings)
	a.findings = slices.DeleteFunc(a.findings, func(f *finding) bool { return !needed[flagged{f.order, f.scenario}] })
	if len(a.findings) < before {
		a.anew()
	}
}

// anew has everything worked out again.
func (a *account) anew() {
	a.reached = 0
	a.ungroup()
}

// index makes out the misdeeds, if that is to be done.
func (a *account) index() {
	if a.attacks != nil {
		return
	}
	a.attacks, a.on, a.misdeeds = map[flagged]string{}, map[flagged]int{}, map[group]*misdeed{}
	for _, f := range a.findings {
		a.learn(f)
	}
	for _, f := range a.findings {
		a.note(f)
	}
}

// learn notes what a finding is on, and the attack that it knows, later than those before.
func (a *account) learn(f *finding) {
	k := flagged{f.order, f.scenario}
	a.on[k]++
	if f.attack != "" {
		a.attacks[k] = f.attack
	}
}

// note adds a finding, later than those before, to its misdeed. All attacks are to be known.
func (a *account) note(f *finding) {
	f.of, f.outweighed = nil, nil
	if !a.weighs(f) {
		return
	}
	g := f.group(a.attacks)
	if f.of = a.misdeeds[g]; f.of == nil {
		f.of = &misdeed{shop: g.shop}
		a.misdeeds[g], a.all = f.of, append(a.all, f.of)
	}
	// From now on it weighs as much as those, and for longer.
	f.of.heaviest = append(slices.DeleteFunc(f.of.heaviest, func(old *finding) bool {
		if old.points > f.points || old.report && !f.report {
			return false
		}
		old.outweighed = f
		return true
	}), f)
}

// weight is the sum of an account at an instant, in thousandths of points.
type weight struct {
	points  int64
	shops   int
	backing int   // shops whose findings weigh enough to count towards a freeze
	reports int64 // what upheld reports weigh of the points
}

// sum adds findings up to a weight.
type sum struct {
	weight
	enough int64 // what a shop's findings must weigh to count towards a freeze
	shops  map[string]int64
}

func newSum(p *SanctionPolicy) sum {
	return sum{enough: p.freezePart(), shops: map[string]int64{}}
}

// add adds to what a shop's findings weigh, and to what those by upheld reports do of it.
func (s *sum) add(shop string, points, reports int64) {
	before, known := s.shops[shop]
	after := before + points
	s.shops[shop] = after
	s.points += points
	s.reports += reports
	if !known {
		s.weight.shops++
	}
	if after >= s.enough && (!known || before < s.enough) {
		s.backing++
	}
}

// levels works out which levels were reached.
func (a *account) levels(p *Policy) {
	a.index()
	for a.reached < len(a.findings) {
		end, at := a.reached+1, a.findings[a.reached].at
		for end < len(a.findings) && a.findings[end].at == at {
			end++
		}
		level := a.levelAfter(p, a.findings[:end])
		for ; a.reached < end; a.reached++ {
			a.findings[a.reached].reached = level
		}
	}
}

// levelAfter returns the level that is reached at the instant of the last of the first
// findings. Parts of the sum only grow as more are looked at, the latest first, so it ends
// when nothing graver can come.
func (a *account) levelAfter(p *Policy, first []*finding) orderguard.Level {
	type part struct{ points, reports int64 }
	t := first[len(first)-1].at
	total, parts := newSum(&p.Sanctions), map[*misdeed]part{}
	for _, f := range slices.Backward(first) {
		if t >= f.at+p.Points.Keep {
			break
		}
		if f.of == nil || f.outweighed != nil && f.outweighed.at <= t {
			continue
		}
		points, before := decayed(f.points, t-f.at, p.Points.HalfLife), parts[f.of]
		after := part{max(before.points, points), before.reports}
		if f.report {
			after.reports = max(before.reports, points)
		}
		parts[f.of] = after
		total.add(f.order.shop, after.points-before.points, after.reports-before.reports)
		if level := p.Sanctions.level(total.weight); level == orderguard.Frozen {
			return level
		}
	}
	return p.Sanctions.level(total.weight)
}

// weightAt sums up the findings at an instant, not before the last.
func (a *account) weightAt(p *Policy, t orderguard.Millis) weight {
	total := newSum(&p.Sanctions)
	for _, m := range a.all {
		most, reports := int64(-1), int64(0)
		for _, f := range m.heaviest {
			if t >= f.at+p.Points.Keep {
				continue
			}
			points := decayed(f.points, t-f.at, p.Points.HalfLife)
			if most = max(most, points); f.report {
				reports = max(reports, points)
			}
		}
		if most >= 0 {
			total.add(m.shop, most, reports)
		}
	}
	return total.weight
}

// group joins findings that are one misdeed: the orders of one attack on a
// shop, and a verdict and a report on the same. It weighs as much as its
// heaviest finding, or an attack of a hundred orders would be a hundred.
type group struct {
	shop     string
	scenario orderguard.Scenario
	of       string // the attack, or the order of none
}

// group returns the group of a finding of an account, whose attacks are those of orders
// and scenarios.
func (f *finding) group(attacks map[flagged]string) group {
	of := "order/" + f.order.order
	if attack := attacks[flagged{f.order, f.scenario}]; attack != "" {
		of = "attack/" + attack
	}
	return group{f.order.shop, f.scenario, of}
}

// flagged is an order under a scenario.
type flagged struct {
	order    orderKey
	scenario orderguard.Scenario
}
