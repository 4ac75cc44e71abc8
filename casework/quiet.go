package casework

import "github.com/orderguard/orderguard"

// quietKey is what is not to be flagged again.
type quietKey struct {
	shop, buyer string
	scenario    orderguard.Scenario
}

// quietWord is what one verdict that stands says of a buyer and a scenario at a
// shop: that there be quiet for a while, or, of an abnormal one, that there be
// none on the word of those before it.
type quietWord struct {
	loud  bool
	until orderguard.Millis
	n     uint64 // the order in which they were given
}

// quietState is what verdicts say of one key, and what was told of it.
type quietState struct {
	words map[string]quietWord // by alert
	told  orderguard.Millis    // until when there is quiet
}

// saysQuiet notes what a verdict says. An abnormal one matters only where there
// is quiet: those that come after it count anyway.
func (d *Desk) saysQuiet(f *Flag, loud bool) {
	k := quietKey{f.Order.Shop, f.Order.Buyer, f.Scenario}
	if loud && d.quiet[k] == nil || !loud && d.p.Verdicts.QuietFor == 0 {
		return
	}
	if d.quiet[k] == nil {
		d.quiet[k] = &quietState{words: map[string]quietWord{}}
	}
	d.words++
	w := quietWord{loud, d.now + d.p.Verdicts.QuietFor, d.words}
	d.quiet[k].words[f.Alert] = w
	d.schedule(entry{at: w.until, do: lookAtQuiet, quiet: k})
	d.dirty.quiet.mark(k, "")
}

// unsaysQuiet takes back what a verdict said.
func (d *Desk) unsaysQuiet(f *Flag) {
	k := quietKey{f.Order.Shop, f.Order.Buyer, f.Scenario}
	if h := d.quiet[k]; h != nil {
		delete(h.words, f.Alert)
		d.dirty.quiet.mark(k, "")
	}
}

// settleQuiet lets go of what is over, and tells until when there is quiet.
func (d *Desk) settleQuiet(k quietKey) {
	h := d.quiet[k]
	if h == nil {
		return
	}
	for alert, w := range h.words {
		if w.until <= d.now {
			delete(h.words, alert)
		}
	}
	if len(h.words) == 0 {
		delete(d.quiet, k)
	}
	until := quietUntil(h.words)
	if until == h.told {
		return
	}
	broken := until == 0 && h.told > d.now
	h.told = until
	d.emit(Change{Quiet: &orderguard.Quiet{Shop: k.shop, Buyer: k.buyer, Scenario: k.scenario, Until: until, Broken: broken}})
}

// quietUntil returns until when there is quiet: for as long as a verdict says
// that came after the last abnormal one.
func quietUntil(words map[string]quietWord) (until orderguard.Millis) {
	var loudest uint64
	for _, w := range words {
		if w.loud {
			loudest = max(loudest, w.n)
		}
	}
	for _, w := range words {
		if !w.loud && w.n > loudest {
			until = max(until, w.until)
		}
	}
	return until
}

// Quiet says whether a buyer is not to be flagged at a shop under a scenario.
func (d *Desk) Quiet(shop, buyer string, s orderguard.Scenario, now orderguard.Millis) bool {
	h := d.quiet[quietKey{shop, buyer, s}]
	return h != nil && now < quietUntil(h.words)
}
