package casework

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard"
)

// account is what is held against a buyer.
type account struct {
	findings []*finding // that stand, the earliest first
	// pardoned are the causes that a reviewer has seen: they lead to nothing any
	// more, also when a seller takes one back and gives it again.
	pardoned map[string]bool
	word     word                // of the last reviewer
	stands   orderguard.Sanction // as it was last decided
}

// word is what a reviewer said of an account.
type word struct {
	level orderguard.Level
	until orderguard.Millis
	at    orderguard.Millis
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

// attacks returns the attacks of which the orders of an account were part: a finding
// that was made before an order was flagged does not know it, one that was made later does.
func (a *account) attacks() map[flagged]string {
	attacks := map[flagged]string{}
	for _, f := range a.findings {
		if f.attack != "" {
			attacks[flagged{f.order, f.scenario}] = f.attack
		}
	}
	return attacks
}

// weight is the sum of an account at an instant.
type weight struct {
	points int64 // thousandths
	shops  int
	report bool
}

// weightAt sums up the findings that were there at an instant.
func (a *account) weightAt(p *PointPolicy, t orderguard.Millis) (w weight) {
	groups, attacks := map[group]int64{}, a.attacks()
	shops := map[string]bool{}
	for _, f := range a.findings {
		if f.at > t || t >= f.at+p.Keep || a.pardoned[f.cause] || f.points == 0 {
			continue
		}
		g := f.group(attacks)
		points := decayed(f.points, t-f.at, p.HalfLife)
		groups[g] = max(groups[g], points)
		shops[f.order.shop] = true
		w.report = w.report || f.report
	}
	for _, points := range groups {
		w.points += points
	}
	w.shops = len(shops)
	return w
}

// decayed returns what is left of points after a time. It is rounded to
// thousandths, so that a sum does not depend on the order of its parts.
func decayed(points int64, after, halfLife orderguard.Millis) int64 {
	return int64(math.Round(float64(points) * math.Exp2(-float64(after)/float64(halfLife))))
}

// level returns what a weight leads to. No weight of findings by a single
// shop, and few shops' only with a report upheld, leads to a freeze.
func (p *SanctionPolicy) level(w weight) orderguard.Level {
	frozen := w.report || int64(w.shops) >= p.FreezeShops
	for l := orderguard.Frozen; l > orderguard.Unrestricted; l-- {
		if w.points >= p.At[l]*1000 && (l != orderguard.Frozen || frozen) {
			return l
		}
	}
	return orderguard.Unrestricted
}

// longest returns the longest term.
func (p *SanctionPolicy) longest() orderguard.Millis {
	return max(p.Term[orderguard.Warned], p.Term[orderguard.Restricted], p.Term[orderguard.Frozen])
}

// needed returns how long a finding has to be known: those that come while it weighs
// something lead to what it helps to reach, for a term.
func (p *Policy) needed() orderguard.Millis { return p.Points.Keep + p.Sanctions.longest() }

// sanctionAt returns what stands at an instant. Points only fall between
// findings, so the highest levels are at the instants of findings: each leads
// to its level for its term, and what stands is the highest of those that
// last, or a reviewer's word.
func (a *account) sanctionAt(p *Policy, now orderguard.Millis) (s orderguard.Sanction) {
	consider := func(l orderguard.Level, until orderguard.Millis) {
		if l > s.Level && until > now || l == s.Level && l != orderguard.Unrestricted && until > s.Until {
			s.Level, s.Until = l, until
		}
	}
	consider(a.word.level, a.word.until)
	longest := p.Sanctions.longest()
	last := orderguard.Millis(-1)
	for _, f := range a.findings {
		if f.at == last || f.at+longest <= now || f.points == 0 || a.pardoned[f.cause] {
			continue
		}
		last = f.at
		l := p.Sanctions.level(a.weightAt(&p.Points, f.at))
		consider(l, f.at+p.Sanctions.Term[l])
	}
	w := a.weightAt(&p.Points, now)
	s.Points, s.Shops = w.points, w.shops
	if s.Level == orderguard.Restricted {
		s.OrdersPerDay = int(p.Sanctions.OrdersPerDay)
	}
	return s
}

// settleBuyer decides anew what stands on an account, and tells it if that is
// something else than before.
func (d *Desk) settleBuyer(buyer, cause string, grounds orderguard.Wording) {
	a := d.buyers[buyer]
	if a == nil {
		return
	}
	a.forget(d.now - d.p.needed())
	s := a.sanctionAt(&d.p, d.now)
	was := a.stands
	if s.Level == was.Level && s.Until == was.Until {
		d.forgetBuyer(buyer, a)
		return
	}
	dec := orderguard.Decision{
		Kind: s.Level.Decision(), Buyer: buyer, Until: s.Until, OrdersPerDay: s.OrdersPerDay, Cause: cause, Grounds: grounds,
	}
	weaker := s.Level < was.Level || s.Level == was.Level && s.Until < was.Until
	if weaker && was.Until > d.now {
		dec.Reverses = was.Decision
	}
	s.Buyer, s.Decision = buyer, d.decided(dec)
	d.emit(Change{Sanction: new(s)})
	a.stands = s
	if s.Level != orderguard.Unrestricted {
		d.putDown(entry{at: s.Until, do: lookAtBuyer, key: buyer})
	}
	d.forgetBuyer(buyer, a)
}

// forget drops findings of a time and before, unless a younger one is on the same order and
// scenario: of two such one alone may know the attack.
func (a *account) forget(until orderguard.Millis) {
	needed := map[flagged]bool{}
	for _, f := range a.findings {
		if f.at > until {
			needed[flagged{f.order, f.scenario}] = true
		}
	}
	a.findings = slices.DeleteFunc(a.findings, func(f *finding) bool { return !needed[flagged{f.order, f.scenario}] })
}

// forgetBuyer lets an account go on which nothing is left.
func (d *Desk) forgetBuyer(buyer string, a *account) {
	if len(a.findings) == 0 && a.stands.Level == orderguard.Unrestricted && (len(a.pardoned) == 0 || d.now >= a.word.at+d.p.Records.Keep) {
		delete(d.buyers, buyer)
	}
}

// sanction is a reviewer's word on an account.
func (d *Desk) sanction(by string, s *Sanction) {
	a := d.buyers[s.Buyer]
	if a == nil {
		a = &account{}
		d.buyers[s.Buyer] = a
	}
	if a.pardoned == nil {
		a.pardoned = map[string]bool{}
	}
	for _, f := range a.findings {
		a.pardoned[f.cause] = true
	}
	a.word = word{s.Level, s.Until, d.now}
	d.putDown(entry{at: d.now + d.p.Records.Keep, do: lookAtBuyer, key: s.Buyer})
	d.settleBuyer(s.Buyer, "reviewer/"+by, s.Grounds)
}

// Buyer returns what stands on a buyer's account at an instant, not before the
// last act.
func (d *Desk) Buyer(buyer string, now orderguard.Millis) orderguard.Sanction {
	a := d.buyers[buyer]
	if a == nil {
		return orderguard.Sanction{Buyer: buyer}
	}
	s := a.sanctionAt(&d.p, now)
	s.Buyer, s.Decision = buyer, a.stands.Decision
	return s
}
