package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// cureCases is what to do where the store and the desk have parted.
const cureCases = "; restore a backup (orderguard restore) into another folder, or go on with the orderguard that wrote this one"

// maxCaseFaults is how many faults of casework are named.
const maxCaseFaults = 100

// checkCases holds the reports, decisions and sanctions in a store against the desk, which is what the acts that are
// there come to. All are read at one moment. Only what somebody was told is compared, and no wording, which may be another
// program's.
func checkCases(ctx context.Context, s *store.Store, result *api.CheckResult) error {
	c := &heldCases{desk: casework.NewDesk(casework.DefaultPolicy()), reports: map[string]*orderguard.Report{}, open: map[string]bool{}}
	err := s.ReadCases(store.Cases{
		Act:      func(text []byte, settled bool) error { return cmp.Or(ctx.Err(), c.act(text, settled)) },
		Report:   c.report,
		Decision: c.decision,
	})
	if err != nil {
		return err
	}
	c.end()
	lossy, err := s.GaveUp()
	switch {
	case err != nil:
		return err
	case len(c.faults) == 0:
	case lossy || c.lost:
		result.Lost = append(result.Lost, "what was done: some of it is lost, and reports, decisions and sanctions do not follow from the rest")
	default:
		if more := len(c.faults) - maxCaseFaults; more > 0 {
			c.faults = append(c.faults[:maxCaseFaults], fmt.Sprintf("and %d more reports, decisions and sanctions", more))
		}
		result.Faults = append(result.Faults, c.faults...)
	}
	return nil
}

// heldCases is what the acts in a store come to, held against what else is there.
type heldCases struct {
	desk      *casework.Desk
	lost      bool // some act
	reports   map[string]*orderguard.Report
	open      map[string]bool       // reports that acts touch which are not settled
	decisions []orderguard.Decision // by number
	settled   int                   // how many of them are to be there
	kept      []orderguard.Decision // in the store
	faults    []string
}

func (c *heldCases) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...)+cureCases)
}

// act has the desk judge an act again.
func (c *heldCases) act(text []byte, settled bool) error {
	var a keptAct
	if err := json.Unmarshal(text, &a); err != nil {
		return fmt.Errorf("an act: %w", err)
	}
	if a.Shed != nil {
		return nil
	}
	if a.Note != nil && a.Note.Kind == "lost" {
		c.lost = true
	}
	if a.File != nil && a.Refused == "" {
		a.File.Statement, a.File.Evidence = "", nil // most of what a desk has in memory, and by which nothing is decided
	}
	for _, change := range c.desk.Again(a.Act, a.Refused != "") {
		switch {
		case change.Report != nil:
			c.reports[change.Report.ID] = change.Report
			c.open[change.Report.ID] = !settled
		case change.Gone != nil && change.Gone.Report != "":
			delete(c.reports, change.Gone.Report)
			c.open[change.Gone.Report] = !settled
		case change.Decision != nil:
			c.decisions = append(c.decisions, *change.Decision)
		}
	}
	if settled {
		c.settled = len(c.decisions)
	}
	return nil
}

// report holds a report in the store against that of the desk.
func (c *heldCases) report(r *orderguard.Report) error {
	want := c.reports[r.ID]
	delete(c.reports, r.ID)
	switch {
	case c.open[r.ID] || r.Revision == 0: // or lost
	case want == nil:
		c.fault("report %q of shop %q is %s, and by what was done there is none", r.ID, r.Shop, standing(r))
	case standing(r) != standing(want):
		c.fault("report %q of shop %q is %s, and by what was done %s", r.ID, r.Shop, standing(r), standing(want))
	}
	return nil
}

// standing says how far a report has come.
func standing(r *orderguard.Report) string {
	text := r.State.String()
	for _, ruling := range r.Rulings {
		if ruling.Upheld {
			text += fmt.Sprintf(", upheld for %s (%s) by %q", ruling.Scenario, ruling.Severity, ruling.By)
		} else {
			text += fmt.Sprintf(", rejected by %q", ruling.By)
		}
	}
	return text
}

func (c *heldCases) decision(d *orderguard.Decision) error {
	c.kept = append(c.kept, *d)
	return nil
}

// end names reports that are missing, and holds decisions and sanctions.
func (c *heldCases) end() {
	for _, id := range slices.Sorted(maps.Keys(c.reports)) {
		if r := c.reports[id]; !c.open[id] {
			c.fault("report %q of shop %q is missing, and by what was done %s", id, r.Shop, standing(r))
		}
	}
	next := uint64(1)
	missing := func(to uint64) {
		for ; next < to && next <= uint64(c.settled); next++ {
			c.fault("decision %d is missing, and by what was done %s", next, decided(&c.decisions[next-1]))
		}
	}
	for i := range c.kept {
		d := &c.kept[i]
		missing(d.Seq)
		next = d.Seq + 1
		switch {
		case d.Kind == 0: // lost
		case d.Seq == 0 || d.Seq > uint64(len(c.decisions)):
			c.fault("decision %d is %s, and by what was done there are %d", d.Seq, decided(d), len(c.decisions))
		case decided(d) != decided(&c.decisions[d.Seq-1]):
			c.fault("decision %d is %s, and by what was done %s", d.Seq, decided(d), decided(&c.decisions[d.Seq-1]))
		}
	}
	missing(uint64(len(c.decisions)) + 1)
	c.sanctions()
}

// decided says what a decision is.
func decided(d *orderguard.Decision) string {
	if d.Buyer != "" {
		return fmt.Sprintf("%s of buyer %q", sanctioned(d), d.Buyer)
	}
	return fmt.Sprintf("%s of order %q of shop %q", d.Kind, d.Order, d.Shop)
}

// sanctioned says what stands after a decision on a buyer.
func sanctioned(d *orderguard.Decision) string {
	switch {
	case d == nil:
		return "nothing"
	case d.Until != 0:
		return fmt.Sprintf("%s until %s", d.Kind, d.Until)
	}
	return d.Kind.String()
}

// sanctions holds what stands on accounts by the decisions that enforcers were told against that by the acts.
func (c *heldCases) sanctions() {
	last := func(list []orderguard.Decision) map[string]*orderguard.Decision {
		of := map[string]*orderguard.Decision{}
		for i := range list {
			if d := &list[i]; d.Buyer != "" {
				of[d.Buyer] = d
			}
		}
		return of
	}
	lost := slices.ContainsFunc(c.kept, func(d orderguard.Decision) bool { return d.Kind == 0 })
	told, want := last(c.kept), last(c.decisions[:c.settled])
	for _, d := range c.decisions[c.settled:] { // may have been told or not
		delete(told, d.Buyer)
		delete(want, d.Buyer)
	}
	buyers := maps.Clone(told)
	maps.Copy(buyers, want)
	for _, buyer := range slices.Sorted(maps.Keys(buyers)) {
		is, by := sanctioned(told[buyer]), sanctioned(want[buyer])
		if is != by && !(lost && (told[buyer] == nil || want[buyer] != nil && told[buyer].Seq < want[buyer].Seq)) {
			c.fault("buyer %q: enforcers were told %s, and what was done comes to %s", buyer, is, by)
		}
	}
}
