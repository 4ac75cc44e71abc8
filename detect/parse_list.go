package detect

import (
	"slices"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
	"go.yaml.in/yaml/v3"
)

// maxListed is how many values all lists of a file may hold together.
const maxListed = 100_000

var (
	listKeys   = []string{"allow", "block", "values", "until", "reason", "scenarios"}
	listFields = []string{"buyer", "shop", "device", "address"}
)

// lists reads the lists of a file.
func (p *parser) lists(n *yaml.Node, set *RuleSet) {
	switch {
	case n == nil:
		return
	case n.Kind != yaml.SequenceNode:
		p.at(n, "lists is %s, want a list of entries, each beginning with \"- allow:\" or \"- block:\"", describe(n))
		return
	case len(n.Content) == 0:
		p.at(n, "lists is an empty list; write an entry, or remove the key")
		return
	}
	values := 0
	for _, item := range n.Content {
		l := p.listEntry(item)
		set.Lists = append(set.Lists, l)
		values += len(l.Values)
	}
	if values > maxListed {
		p.at(n, "the lists have %d values, at most %d are read", values, maxListed)
	}
}

// listEntry reads one entry.
func (p *parser) listEntry(n *yaml.Node) (l ListEntry) {
	k := p.mapping(n, "the list entry", listKeys)
	if k == nil {
		return l
	}
	verb := "allow"
	switch {
	case k["allow"] == nil && k["block"] == nil:
		p.at(n, "the list entry has neither \"allow:\" nor \"block:\"; add one, such as \"allow: buyer\"")
		return l
	case k["allow"] != nil && k["block"] != nil:
		p.at(k["block"], "allow and block stand together; make an entry of each")
		return l
	case k["block"] != nil:
		verb, l.Block = "block", true
	}
	l.Field, _ = p.field(k[verb], verb, listFields)
	p.listValues(n, k["values"], &l)
	p.until(n, k["until"], &l)
	if k["reason"] == nil {
		p.at(n, "the list entry has no \"reason:\"; say why, for whoever reads it next year")
	} else if l.Reason, _ = p.text(k["reason"], "reason"); strings.TrimSpace(l.Reason) == "" && k["reason"].ShortTag() == "!!str" {
		p.at(k["reason"], "the reason is empty; say why")
	}
	p.listScenarios(k["scenarios"], &l)
	l.Version = l.version()
	return l
}

// listValues reads the values that are allowed or blocked.
func (p *parser) listValues(entry, n *yaml.Node, l *ListEntry) {
	if n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.at(entry, "the list entry has no \"values:\"; name those it is about, such as \"values: [b-1, b-2]\"")
		return
	}
	for _, item := range items(n) {
		v, ok := p.text(item, "a value")
		switch id := l.Field == FieldBuyer || l.Field == FieldShop; {
		case ok && v == "":
			p.at(item, "a value is empty, so that it matches nothing; remove it")
		case ok && id && len(v) > orderguard.MaxID:
			p.at(item, "a value has %d bytes, and no %s id has more than %d; mend it", len(v), l.Field, orderguard.MaxID)
		case ok:
			l.Values = append(l.Values, v)
		}
	}
	slices.Sort(l.Values)
	l.Values = slices.Compact(l.Values)
}

// until reads when the entry ends.
func (p *parser) until(entry, n *yaml.Node, l *ListEntry) {
	const forms = "write it like 2026-12-31T00:00:00Z, or 2026-12-31 for the beginning of that day in UTC"
	if n == nil {
		p.at(entry, "the list entry has no \"until:\", so that it would never end; %s", forms)
		return
	}
	if n.Kind != yaml.ScalarNode {
		p.at(n, "until is %s; %s", describe(n), forms)
		return
	}
	t, err := time.Parse(time.RFC3339, n.Value)
	if err != nil {
		t, err = time.Parse(time.DateOnly, n.Value)
	}
	if at := t.UnixMilli(); err != nil || at <= 0 || at > int64(orderguard.MaxTime) {
		p.at(n, "until %q is no time; %s", n.Value, forms)
		return
	}
	l.Until = orderguard.Millis(t.UnixMilli())
}

// listScenarios reads the scenarios of an entry.
func (p *parser) listScenarios(n *yaml.Node, l *ListEntry) {
	if n == nil {
		if l.Block {
			l.Scenarios = []orderguard.Scenario{orderguard.MaliciousOrder}
		}
		return
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.at(n, "scenarios is an empty list, so that the entry does nothing; name one, or remove the key")
	}
	for _, item := range items(n) {
		name, ok := p.text(item, "scenarios")
		if !ok {
			continue
		}
		s, known := orderguard.ParseScenario(name)
		if !known {
			p.at(item, "unknown scenario %q; %s", name, suggest(name, scenarioNames))
			continue
		}
		l.Scenarios = append(l.Scenarios, s)
	}
	slices.Sort(l.Scenarios)
	l.Scenarios = slices.Compact(l.Scenarios)
}
