package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// file keeps a paper as the store does.
func (d *simDisk) file(p store.Paper) (changed []orderguard.Alert) {
	key, value := "", any(nil)
	switch {
	case p.Act != nil:
		d.acts[p.Place] = p.Act
		return nil
	case p.Verdict != nil:
		v := p.Verdict
		key, value = fmt.Sprint("verdict ", v.Shop, v.Alert, v.Number), v
		if a := d.alerts[v.Alert]; a != nil && d.papers[key] == "" {
			a.Status = v.Answer.Status()
			a.Revision++
			d.changes = append(d.changes, fmt.Sprintf("%d %+v", len(d.changes)+1, *a))
			changed = append(changed, *a)
		}
	case p.Report != nil:
		key, value = "report "+p.Report.ID, p.Report
		d.tell(p.Place, fmt.Sprint(p.Report.ID, " ", p.Report.Revision))
	case p.Decision != nil:
		key, value = fmt.Sprint("decision ", p.Decision.Seq), p.Decision
		d.tell(p.Place, p.Decision.ID)
	case p.Delta != nil:
		key, value = fmt.Sprint("delta ", p.Place), p.Delta
	case p.Gone != nil:
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	d.papers[key] = string(text)
	return changed
}

// tell keeps news at their place, which has room for no other.
func (d *simDisk) tell(place uint64, news string) {
	key := fmt.Sprint("news ", place)
	if was := d.papers[key]; was != "" && was != news {
		panic(fmt.Sprintf("place %d has news %q already, not %q", place, was, news))
	}
	d.papers[key] = news
}

// Acts gives the acts of places, in their order.
func (d *simDisk) Acts(from, to uint64, fn func(uint64, []byte) error) error {
	for _, place := range slices.Sorted(maps.Keys(d.acts)) {
		if place < from || place > to {
			continue
		}
		if err := fn(place, d.acts[place]); err != nil {
			return err
		}
	}
	return nil
}

// simActs returns acts on what is on the disk by now, many of which are refused.
func simActs(t *testing.T, rng *rand.Rand, d *simDisk, wall int64) *parcel {
	at := orderguard.Millis(wall)
	reviewer := fmt.Sprint("tk_", rng.IntN(3))
	order := func() casework.Order {
		f, i := rng.IntN(2), rng.IntN(20)
		return casework.Order{Order: fmt.Sprintf("o-%d-%d", f, i), Shop: fmt.Sprint("s-", rng.IntN(2)), Buyer: fmt.Sprint("b-", rng.IntN(3)),
			Created: at - 1000, Known: true, Shipped: rng.IntN(3) == 0}
	}
	grounds := orderguard.Wording{En: "looked at"}
	report := casework.ReportID(fmt.Sprintf("o-%d-%d", rng.IntN(2), rng.IntN(20)), orderguard.MaliciousOrder)
	act := casework.Act{At: at, By: reviewer}
	acts := []casework.Act{act}
	switch rng.IntN(8) {
	case 0, 1, 2:
		ids := slices.Sorted(maps.Keys(d.alerts))
		if len(ids) == 0 {
			acts[0].Tick = true
			break
		}
		a := d.alerts[ids[rng.IntN(len(ids))]]
		o := order()
		o.Order, o.Shop, o.Buyer = a.Order, a.Shop, a.Buyer
		acts[0].Judge = &casework.Judge{Shop: a.Shop, Answer: orderguard.Answer(1 + rng.IntN(3)), Flags: []casework.Flag{{
			Alert: a.ID, Attack: a.Attack, Scenario: a.Scenario, Severity: a.Severity, Rules: []casework.RuleRef{{Rule: "order-burst", Version: "1"}}, Order: o,
		}}}
	case 3, 4:
		o := order()
		acts[0].File = &casework.File{Shop: o.Shop, Scenario: orderguard.MaliciousOrder, Statement: "again and again", Order: o}
		acts = append(acts, casework.Act{At: at, Examine: &casework.Examine{Report: casework.ReportID(o.Order, orderguard.MaliciousOrder), Order: o,
			Alerts: []casework.Seen{{Scenario: orderguard.MaliciousOrder, Severity: orderguard.High, Score: rng.IntN(101), Status: orderguard.Open}}}})
	case 5:
		acts[0].Decide = &casework.Decide{Report: report, Upheld: rng.IntN(2) == 0, Grounds: grounds, Order: order(), Revision: rng.IntN(4)}
	case 6:
		acts[0].Appeal = &casework.Appeal{Report: report, Shop: fmt.Sprint("s-", rng.IntN(2)), Statement: "look again"}
	case 7:
		if rng.IntN(2) == 0 {
			acts[0].Sanction = &casework.Sanction{Buyer: fmt.Sprint("b-", rng.IntN(3)), Grounds: grounds}
		} else {
			acts[0].Adopt = &casework.Adopt{Name: "p", Text: fmt.Sprintf("indicators: {ship_within: %dh}\nverdicts: {quiet_for: %dh}", 1+rng.IntN(3), rng.IntN(3))}
		}
	}
	text, err := json.Marshal(acts)
	require.NoError(t, err)
	return &parcel{Record: store.Record{Kind: store.Acts, Wall: wall, Raw: text}, content: content{acts: &actList{list: acts}}}
}

// papersOf lists what casework has come to.
func (d *simDisk) papersOf() (list []string) {
	for _, key := range slices.Sorted(maps.Keys(d.papers)) {
		list = append(list, key+": "+d.papers[key])
	}
	return list
}
