package detect

import "github.com/orderguard/orderguard"

// Stats are what an engine has done since it was made.
type Stats struct {
	Events     uint64 // judged, without the repeated ones
	Duplicates uint64
	Late       uint64 // of Events, those that came later than the lateness allows
	Alerts     uint64 // new ones
	Spared     uint64 // orders that a rule found and a list allows, each counted once a scenario
	Scenarios  [orderguard.Scenarios]uint64
	Rules      []RuleStats // in the order of the rule file, and then those of block lists
}

// RuleStats are what one rule has done.
type RuleStats struct {
	ID       string
	Version  string // by which it judges now
	Scenario orderguard.Scenario
	Shadow   bool
	Fired    uint64 // at how many events it found something new
	Orders   uint64 // that it flagged, or, in shadow, would have flagged
}

// TableSize is the memory that a part of the engine holds.
type TableSize struct {
	Table string // "order.created by buyer,shop"
	Keys  int
	Bytes int64
	Slots int64 // of Bytes, what the table of the keys takes before they have done anything; of windows only
}

// Stats returns a copy of the counters.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Rules = make([]RuleStats, len(e.plan.rules))
	for i := range e.plan.rules {
		s.Rules[i] = e.stats.Rules[e.plan.rules[i].slot]
		s.Rules[i].Version = e.plan.rules[i].Version
	}
	return s
}

// Duplicates returns how many events were repeated ones.
func (e *Engine) Duplicates() uint64 { return e.stats.Duplicates }

// addSize adds the size of a table to those of others: tables that differ only in
// the values that they keep, or that a reload has parted, are one to people.
func addSize(sizes []TableSize, s TableSize) []TableSize {
	for i := range sizes {
		if sizes[i].Table == s.Table {
			sizes[i].Keys += s.Keys
			sizes[i].Bytes += s.Bytes
			sizes[i].Slots += s.Slots
			return sizes
		}
	}
	return append(sizes, s)
}

// Memory returns how much each part of the engine holds, each name once. It takes time in
// proportion to the busy keys.
func (e *Engine) Memory() []TableSize {
	var sizes []TableSize
	for i := range e.plan.tables {
		t := &e.plan.tables[i]
		keys, bytes := t.Size()
		sizes = addSize(sizes, TableSize{Table: t.name, Keys: keys, Bytes: bytes, Slots: t.Slots()})
	}
	for i := range e.plan.counted {
		c := &e.plan.counted[i]
		values, bytes := c.numbers.Size()
		sizes = append(sizes, TableSize{Table: "numbers of " + e.plan.fields[c.field].String(), Keys: values, Bytes: bytes})
	}
	for _, s := range e.plan.surprises {
		keys, bytes := s.size()
		sizes = append(sizes, TableSize{Table: s.name(e.plan), Keys: keys, Bytes: bytes})
	}
	ids, bytes := e.seen.Size()
	sizes = append(sizes, TableSize{Table: "event ids", Keys: ids, Bytes: bytes})
	flags := len(e.flagger.flags)
	sizes = append(sizes, TableSize{Table: "flagged orders", Keys: flags, Bytes: int64(flags) * flagBytes})
	if n, bytes := e.timers.size(); e.timers.kinds != 0 {
		sizes = append(sizes, TableSize{Table: "timers", Keys: n, Bytes: bytes})
	}
	if o := e.plan.orders; o != nil {
		n, bytes := o.Size()
		sizes = append(sizes, TableSize{Table: "orders", Keys: n, Bytes: bytes})
	}
	if a := e.plan.accounts; a != nil {
		n, bytes := a.Size()
		sizes = append(sizes, TableSize{Table: "accounts", Keys: n, Bytes: bytes})
	}
	told := int64(0)
	for _, b := range e.flagger.flaggedRefs {
		told += int64(b.GetSizeInBytes())
	}
	sizes = append(sizes, TableSize{Table: "flagged references", Keys: len(e.flagger.flaggedRefs), Bytes: told})
	attacks := len(e.flagger.attacks)
	sizes = append(sizes, TableSize{Table: "attacks", Keys: attacks, Bytes: int64(attacks) * attackBytes})
	records, bytes := e.ledger.size()
	return append(sizes, TableSize{Table: "ledger", Keys: records, Bytes: bytes})
}
