package casework

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard"
)

// override is what a reviewer has decided that stands on an account, whatever its findings weigh.
type override struct {
	level   orderguard.Level
	until   orderguard.Millis
	at      orderguard.Millis
	by      string
	grounds orderguard.Wording
	n       uint64 // its number among the overrides of all accounts, from 1; 0: there is none
}

// resent is for how long the same override by the same reviewer, while what stands is what it
// brought, is taken for a request that was sent again: it changes nothing, where another one would
// pardon what came in between.
const resent = hour

// decayed returns what is left of points after a time. It is rounded to
// thousandths, so that a sum does not depend on the order of its parts.
func decayed(points int64, after, halfLife orderguard.Millis) int64 {
	return int64(math.Round(float64(points) * math.Exp2(-float64(after)/float64(halfLife))))
}

// level returns what a weight leads to. To a freeze, findings of several shops lead, or
// an upheld report among those of fewer; trifles count for neither.
func (p *SanctionPolicy) level(w weight) orderguard.Level {
	frozen := w.reports >= p.freezePart() || int64(w.backing) >= p.FreezeShops
	for l := orderguard.Frozen; l > orderguard.Unrestricted; l-- {
		if w.points >= p.At[l]*1000 && (l != orderguard.Frozen || frozen) {
			return l
		}
	}
	return orderguard.Unrestricted
}

// freezePart returns what findings must weigh, in thousandths of points, to count as those
// of another shop or as an upheld report.
func (p *SanctionPolicy) freezePart() int64 {
	return max(1, p.At[orderguard.Frozen]*1000*p.FreezeShare/100)
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
// to its level and those below it, each for its term, and what stands is the
// highest of those that last, or an override.
func (a *account) sanctionAt(p *Policy, now orderguard.Millis) (s orderguard.Sanction) {
	consider := func(l orderguard.Level, until orderguard.Millis) {
		if l > s.Level && until > now || l == s.Level && l != orderguard.Unrestricted && until > s.Until {
			s.Level, s.Until = l, until
		}
	}
	consider(a.override.level, a.override.until)
	longest := p.Sanctions.longest()
	a.levels(p)
	top := orderguard.Unrestricted // the levels up to here lasted longest by a later finding
	for _, f := range slices.Backward(a.findings) {
		if f.at+longest <= now || top == orderguard.Frozen {
			break
		}
		if a.weighs(f) {
			for ; top < f.reached; top++ {
				consider(top+1, f.at+p.Sanctions.Term[top+1])
			}
		}
	}
	w := a.weightAt(p, now)
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
	if s.Level == was.Level && s.Until == was.Until && s.OrdersPerDay == was.OrdersPerDay {
		d.forgetBuyer(buyer, a)
		return
	}
	dec := orderguard.Decision{
		Kind: s.Level.Decision(), Buyer: buyer, Until: s.Until, OrdersPerDay: s.OrdersPerDay, Cause: cause, Grounds: grounds,
	}
	weaker := s.Level < was.Level || s.Level == was.Level && (s.Until < was.Until || s.Until == was.Until && s.OrdersPerDay > was.OrdersPerDay)
	if weaker && was.Until > d.now {
		dec.Reverses = was.Decision
	}
	s.Buyer, s.Decision = buyer, d.decided(dec)
	d.emit(Change{Sanction: new(s)})
	a.stands = s
	if s.Level != orderguard.Unrestricted {
		d.schedule(entry{at: s.Until, do: lookAtBuyer, key: buyer})
	}
	d.forgetBuyer(buyer, a)
}

// forgetBuyer lets an account go on which nothing is left.
func (d *Desk) forgetBuyer(buyer string, a *account) {
	if len(a.findings) == 0 && a.stands.Level == orderguard.Unrestricted && (a.override.at == 0 || d.now >= a.override.at+d.p.Records.Keep) {
		delete(d.buyers, buyer)
	}
}

// sanction takes a reviewer's override of what stands on an account.
func (d *Desk) sanction(by string, s *Sanction) {
	a := d.buyers[s.Buyer]
	if a == nil {
		a = &account{}
		d.buyers[s.Buyer] = a
	}
	if o := (override{s.Level, s.Until, a.override.at, by, s.Grounds, a.override.n}); o == a.override && d.now < o.at+resent {
		if stands := a.sanctionAt(&d.p, d.now); stands.Level == o.level && stands.Until == o.until {
			return
		}
	}
	d.overrides++
	a.anew()
	a.override = override{s.Level, s.Until, d.now, by, s.Grounds, d.overrides}
	d.schedule(entry{at: d.now + d.p.Records.Keep, do: lookAtBuyer, key: s.Buyer})
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
