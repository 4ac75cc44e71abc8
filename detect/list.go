package detect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// ListEntry allows or blocks the orders of some buyers, at some shops, from
// some devices or to some addresses, until a time.
type ListEntry struct {
	// Block is set for an entry that blocks, and not for one that allows.
	Block bool
	Field Field // FieldBuyer, FieldShop, FieldDevice or FieldAddress
	// Values are sorted, without repetitions.
	Values []string
	// Until is the event time from which the entry says nothing any more.
	Until orderguard.Millis
	// Reason is why, for risk engineers: no seller sees it.
	Reason string
	// Scenarios are those under which nothing is flagged, or, of a block, under
	// which orders are. Empty is all of them; a block has at least one.
	Scenarios []orderguard.Scenario
	// Version is 8 hexadecimal digits of a hash over the entry's content.
	Version string
}

// version hashes what the entry does.
func (l *ListEntry) version() string {
	return shortHash(fmt.Sprintf("%t %s %q %d %v %q", l.Block, l.Field, l.Values, l.Until, l.Scenarios, l.Reason))
}

// String says what the entry does, for risk engineers.
func (l *ListEntry) String() string {
	verb := "allow"
	if l.Block {
		verb = "block"
	}
	return verb + " " + l.Field.String()
}

// Rule names the entry. Under that name, one that blocks is a rule.
func (l *ListEntry) Rule() string {
	return strings.Replace(l.String(), " ", "-", 1) + "-" + l.Version
}

// Wording is what sellers read of an entry that blocks: that there is one, and
// nothing of what lies behind it.
func (l *ListEntry) Wording() orderguard.Wording {
	title := blockTitles[l.Field]
	return orderguard.Wording{En: title[0], Zh: title[1]}
}

// covers says whether the entry speaks of a scenario.
func (l *ListEntry) covers(s orderguard.Scenario) bool {
	return len(l.Scenarios) == 0 || slices.Contains(l.Scenarios, s)
}

// blockTitles are what sellers read of a block, by its field.
var blockTitles = map[Field][2]string{
	FieldBuyer:   {"The marketplace has put this buyer on its block list", "该买家已被平台列入黑名单"},
	FieldShop:    {"The marketplace has put this shop's orders on its block list", "平台已将本店订单列入黑名单核查"},
	FieldDevice:  {"The device of this order is on the marketplace's block list", "该订单使用的设备已被平台列入黑名单"},
	FieldAddress: {"The delivery address of this order is on the marketplace's block list", "该订单的收货地址已被平台列入黑名单"},
}

// withBlocks returns the rules of the set and, after them, those that its block
// lists amount to: an order that comes with a blocked value is flagged at once.
func (s *RuleSet) withBlocks() *RuleSet {
	all := &RuleSet{Rules: slices.Clone(s.Rules), Links: s.Links}
	for i := range s.Lists {
		l := &s.Lists[i]
		if !l.Block {
			continue
		}
		for _, scenario := range l.Scenarios {
			title := l.Wording()
			all.Rules = append(all.Rules, Rule{
				ID: l.Rule(), Version: l.Version,
				Scenario: scenario, Severity: orderguard.High, Score: 90, Until: l.Until,
				On:    Selector{Kinds: created, Where: []Filter{{Field: l.Field, Test: OneOf, Values: l.Values}}},
				Title: title.En, TitleZh: title.Zh, Description: l.Reason,
			})
		}
	}
	// Two entries of the same content are one.
	seen := map[slot]bool{}
	all.Rules = slices.DeleteFunc(all.Rules, func(r Rule) bool {
		k := slot{r.ID, r.Scenario, r.Shadow}
		again := seen[k]
		seen[k] = true
		return again
	})
	return all
}

// allowList knows whose orders are not flagged.
type allowList struct {
	by      map[listed][]*ListEntry
	entries []ListEntry // those that block, too
	// orders are those created with an allowed device or address, which later
	// events of an order do not carry, by the hash of the order.
	orders map[uint64]origin
	// spared holds by order and scenario when it was last spared, so that each
	// counts once.
	spared map[uint64]orderguard.Millis
}

// listed is a value of a field, as a hash.
type listed struct {
	field Field
	value uint64
}

// origin is where an order came from, as hashes, and when it was seen.
type origin struct {
	device, address uint64
	clock           orderguard.Millis
}

func newAllowList(entries []ListEntry) allowList {
	a := allowList{orders: map[uint64]origin{}, spared: map[uint64]orderguard.Millis{}}
	a.replace(entries)
	return a
}

// replace puts other entries in the place of those there are.
func (a *allowList) replace(entries []ListEntry) {
	a.by, a.entries = map[listed][]*ListEntry{}, entries
	for i := range entries {
		l := &entries[i]
		for _, v := range l.Values {
			if k := (listed{l.Field, hashOf(v)}); !l.Block {
				a.by[k] = append(a.by[k], l)
			}
		}
	}
}

// note remembers which orders of the events [from, to) of a batch come from
// allowed devices or go to allowed addresses. An event that is judged must not
// know of those after it, which may create an order once more.
func (a *allowList) note(c *columns, from, to int) {
	if len(a.by) == 0 {
		return
	}
	for i := from; i < to; i++ {
		e := c.events[i]
		if e.Kind != orderguard.OrderCreated || c.again[i] {
			continue
		}
		if o, listed := a.originOf(e); listed {
			a.orders[hashOf(e.Order)] = o
		}
	}
}

// originOf returns where the order that an event creates comes from, and whether
// any of that is on the list.
func (a *allowList) originOf(e *orderguard.Event) (o origin, isListed bool) {
	o = origin{hashOf(e.Device), hashOf(e.Address), e.Clock}
	return o, a.by[listed{FieldDevice, o.device}] != nil || a.by[listed{FieldAddress, o.address}] != nil
}

// entry returns the entry that allows an order under a scenario at a time, nil
// if there is none.
func (a *allowList) entry(p *party, s orderguard.Scenario, at orderguard.Millis) *ListEntry {
	if len(a.by) == 0 {
		return nil
	}
	return a.entryFrom(p, a.orders[hashOf(p.order)], s, at)
}

// entryFor is entry for an order that has not come, by the event that creates it.
func (a *allowList) entryFor(e *orderguard.Event, s orderguard.Scenario) *ListEntry {
	from, isListed := a.originOf(e)
	if !isListed {
		from = a.orders[hashOf(e.Order)]
	}
	return a.entryFrom(&party{order: e.Order, shop: e.Shop, buyer: e.Buyer}, from, s, e.Time)
}

// entryFrom is entry for an order that comes from somewhere.
func (a *allowList) entryFrom(p *party, from origin, s orderguard.Scenario, at orderguard.Millis) *ListEntry {
	for _, k := range [...]listed{
		{FieldBuyer, hashOf(p.buyer)}, {FieldShop, hashOf(p.shop)}, {FieldDevice, from.device}, {FieldAddress, from.address},
	} {
		for _, l := range a.by[k] {
			if at < l.Until && l.covers(s) {
				return l
			}
		}
	}
	return nil
}

// matching returns the entries that speak of the order that an event creates, at
// its time.
func (a *allowList) matching(e *orderguard.Event) (allow, block []*ListEntry) {
	for i := range a.entries {
		l := &a.entries[i]
		if _, found := slices.BinarySearch(l.Values, l.Field.Text(e)); !found || e.Time >= l.Until {
			continue
		}
		if l.Block {
			block = append(block, l)
		} else {
			allow = append(allow, l)
		}
	}
	return allow, block
}

// spare takes out of the parties of a firing those that a list allows.
func (f *flagger) spare(rule *compiled, e *orderguard.Event) {
	if len(f.allow.by) == 0 {
		return
	}
	f.parties = slices.DeleteFunc(f.parties, func(p participant) bool {
		if f.allow.entry(&p.party, rule.Scenario, e.Time) == nil {
			return false
		}
		if k := flagKey(p.order, rule.Scenario); !rule.Shadow {
			if f.allow.spared[k] == 0 {
				f.stats.Spared++
			}
			f.allow.spared[k] = max(e.Clock, 1)
		}
		return true
	})
}

// forgetOld drops what nothing can come back to.
func (a *allowList) forgetOld(clock, keep orderguard.Millis) {
	for k, o := range a.orders {
		if o.clock < clock-max(keep, flagsKept) {
			delete(a.orders, k)
		}
	}
	for k, at := range a.spared {
		if at < clock-flagsKept {
			delete(a.spared, k)
		}
	}
}

// save writes what is remembered of orders, in the order of their hashes.
func (a *allowList) save(to *window.Encoder) {
	to.Int(len(a.orders))
	for _, k := range slices.Sorted(maps.Keys(a.orders)) {
		o := a.orders[k]
		to.Uint64(k)
		to.Uint64(o.device)
		to.Uint64(o.address)
		to.Int64(int64(o.clock))
	}
	to.Int(len(a.spared))
	for _, k := range slices.Sorted(maps.Keys(a.spared)) {
		to.Uint64(k)
		to.Int64(int64(a.spared[k]))
	}
}

func (a *allowList) load(from *window.Decoder) {
	for n := from.Len(); n > 0 && from.OK(); n-- {
		k := from.Uint64()
		a.orders[k] = origin{from.Uint64(), from.Uint64(), orderguard.Millis(from.Int64())}
	}
	for n := from.Len(); n > 0 && from.OK(); n-- {
		k := from.Uint64()
		a.spared[k] = orderguard.Millis(from.Int64())
	}
}

// scenarioList names scenarios, "all scenarios" for none.
func scenarioList(list []orderguard.Scenario) string {
	if len(list) == 0 {
		return "all scenarios"
	}
	var names []string
	for _, s := range list {
		names = append(names, s.String())
	}
	return strings.Join(names, ", ")
}

// ScenarioNames names the scenarios that the entry speaks of.
func (l *ListEntry) ScenarioNames() string { return scenarioList(l.Scenarios) }
