package casework

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"

	"github.com/orderguard/orderguard"
)

// Desk is where acts are judged: the state that follows from all acts so far,
// and from nothing else.
type Desk struct {
	p Policy
	// adopted is the text of the policy, if it came with an act.
	adopted string

	now    orderguard.Millis
	seq    uint64 // of the last decision
	words  uint64 // how many quietWords there were
	agenda agenda

	overrides uint64 // how many there were, on all accounts

	cases   map[string]*verdicts    // by alert
	reports map[string]*report      // by id
	queue   []*report               // that are to be decided, by their turns
	orders  map[orderKey]*orderCase // with findings that stand
	buyers  map[string]*account     // by buyer
	quiet   map[quietKey]*quietState
	rules   map[RuleRef]*orderguard.RuleRecord
	sellers map[string]*SellerRecord

	out   []Change // of the act in hand
	dirty dirty
}

// orderKey is an order of a shop.
type orderKey struct{ shop, order string }

// NewDesk returns a desk at which nothing has happened.
func NewDesk(p Policy) *Desk {
	return &Desk{
		p: p, cases: map[string]*verdicts{}, reports: map[string]*report{}, orders: map[orderKey]*orderCase{},
		buyers: map[string]*account{}, quiet: map[quietKey]*quietState{},
		rules: map[RuleRef]*orderguard.RuleRecord{}, sellers: map[string]*SellerRecord{},
	}
}

// Apply does what has fallen due by the time of the act, then the act, and
// returns what follows. The error is a *Refusal; what had fallen due is done
// all the same, and returned with it, so that it does not matter how often
// anyone asks what time it is. The act must not be changed afterwards.
func (d *Desk) Apply(a Act) ([]Change, error) {
	if r := a.check(&d.p); r != nil {
		return nil, r
	}
	return d.do(&a)
}

// Again is Apply of an act that was taken or refused before, when a history is read again. What was taken
// is not held against the checks of now, which may be stricter than those of then: it was answered, and
// told to others. What was refused lets only time pass.
func (d *Desk) Again(a Act, refused bool) []Change {
	if refused {
		if a.check(&d.p) != nil {
			return nil
		}
		a = Act{At: a.At, Tick: true}
	}
	changes, _ := d.do(&a)
	return changes
}

// do is Apply of an act that has been checked.
func (d *Desk) do(a *Act) ([]Change, error) {
	d.out = nil
	d.fallDue(a.At)
	d.now = max(d.now, a.At)
	if r := d.act(a); r != nil {
		return d.out, r
	}
	return d.out, nil
}

func (d *Desk) act(a *Act) *Refusal {
	switch {
	case a.Judge != nil:
		return d.judge(a.By, a.Judge)
	case a.File != nil:
		return d.file(a.By, a.File)
	case a.Examine != nil:
		return d.examine(a.Examine)
	case a.Decide != nil:
		return d.decide(a.By, a.Decide)
	case a.Appeal != nil:
		return d.appeal(a.By, a.Appeal)
	case a.Sanction != nil:
		d.sanction(a.By, a.Sanction)
	case a.Adopt != nil:
		p, err := ParsePolicy(a.Adopt.Name, []byte(a.Adopt.Text))
		if err != nil { // a program before this one took it: what stands is as good as can be
			return invalid("the policy: %v", err)
		}
		d.p, d.adopted = p, a.Adopt.Text
		// What stands on an account is told as soon as it is so.
		for _, buyer := range slices.Sorted(maps.Keys(d.buyers)) {
			d.buyers[buyer].anew()
			d.settleBuyer(buyer, "policy", orderguard.Wording{})
		}
		d.weighSellers()
	}
	return nil
}

// Policy returns the policy in force, and its text if an act brought it.
func (d *Desk) Policy() (p Policy, text string) { return d.p, d.adopted }

// Last returns the time of the last act.
func (d *Desk) Last() orderguard.Millis { return d.now }

// emit notes what follows.
func (d *Desk) emit(c Change) { d.out = append(d.out, c) }

// decided adds a decision to the feed and returns its id.
func (d *Desk) decided(dec orderguard.Decision) string {
	d.seq++
	dec.Seq, dec.ID, dec.At = d.seq, fmt.Sprintf("dc_%d", d.seq), d.now
	d.emit(Change{Decision: &dec})
	return dec.ID
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ReportIDs returns the ids that a report of an order of a shop can have under a scenario: the second
// where another shop had reported the order before it was known whose it is.
func ReportIDs(shop, order string, s orderguard.Scenario) [2]string {
	return [...]string{ReportID(order, s), ReportID(shop+"\x00"+order, s)}
}

// ReportID returns the id that a report of an order of a shop has under a scenario, or would have.
func (d *Desk) ReportID(shop, order string, s orderguard.Scenario) string {
	ids := ReportIDs(shop, order, s)
	if r := d.reports[ids[0]]; r != nil && r.Shop != shop {
		return ids[1]
	}
	return ids[0]
}

// ReportID returns the id of the report of an order under a scenario. There is
// one, so a request that is sent again finds it. See ReportIDs.
func ReportID(order string, s orderguard.Scenario) string {
	sum := sha256.Sum256([]byte(s.String() + "\x00" + order))
	return "rp_" + idEncoding.EncodeToString(sum[:10])
}
