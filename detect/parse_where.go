package detect

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"go.yaml.in/yaml/v3"
)

var (
	testKeys   = append([]string{"present", "contains", "is"}, boundKeys...)
	whereNames = append([]string{"status"}, fieldNames...)
)

// where reads a where: into the filters of s, whose kinds are known. A status
// narrows the kinds.
func (p *parser) where(n *yaml.Node, s *Selector) {
	if n == nil {
		return
	}
	m := p.mapping(n, "where", whereNames)
	if m == nil {
		return
	}
	if len(m) == 0 && len(n.Content) == 0 {
		p.at(n, "where is empty; name a field, or remove the key")
	}
	if v := m["status"]; v != nil && !p.status(v, s) {
		return
	}
	for f := Field(1); int(f) < Fields; f++ {
		v := m[f.String()]
		if v == nil {
			continue
		}
		if s.Kinds&f.On() == 0 {
			p.at(v, "no %s event carries the field %q, so that this never holds; only %s does", s.Kinds, f, f.On())
			continue
		}
		if filter, ok := p.filter(v, f, s.Kinds&f.On()); ok {
			s.Where = append(s.Where, filter)
		}
	}
}

// status narrows the kinds of a selector to those with one of the statuses.
func (p *parser) status(n *yaml.Node, s *Selector) bool {
	known := statuses(orders | disputes)
	var kept KindSet
	for _, item := range items(n) {
		name, ok := p.text(item, "status")
		if !ok {
			return false
		}
		if !slices.Contains(known, name) {
			p.at(item, "unknown status %q; %s", name, suggest(name, known))
			return false
		}
		var with KindSet
		for _, prefix := range []string{"order.", "dispute."} {
			if k, ok := orderguard.ParseKind(prefix + name); ok {
				with |= kindSet(k) & s.Kinds
			}
		}
		if with == 0 {
			p.at(item, "no %s event has the status %q, so that this never holds; %s", s.Kinds, name, statusCure(s.Kinds))
			return false
		}
		kept |= with
	}
	if kept == 0 {
		p.at(n, "status is an empty list, so that this never holds; name a status")
		return false
	}
	s.Kinds = kept
	return true
}

// statusCure says what a status could be for kinds.
func statusCure(kinds KindSet) string {
	if have := statuses(kinds); len(have) > 0 {
		return "want " + strings.Join(have, ", ")
	}
	return "only orders and disputes have one"
}

// statuses lists the statuses of the kinds that have one.
func statuses(kinds KindSet) []string {
	var names []string
	for k := orderguard.Kind(1); int(k) < orderguard.Kinds; k++ {
		if _, status, found := strings.Cut(k.String(), "."); found && kinds.Has(k) {
			names = append(names, status)
		}
	}
	return names
}

// filter reads the test of one field, for kinds that carry it.
func (p *parser) filter(n *yaml.Node, f Field, kinds KindSet) (Filter, bool) {
	if n.Kind == yaml.MappingNode {
		return p.testOf(n, f, kinds)
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.at(n, "%s is an empty list, so that this never holds; name a value", f)
		return Filter{}, false
	}
	filter := Filter{Field: f, Test: OneOf}
	if !f.isText() {
		filter.Test = OneOfNumbers
	}
	for _, item := range items(n) {
		if item.Kind != yaml.ScalarNode || item.ShortTag() == "!!null" {
			p.at(item, "%s is %s, want a value, a list of values, {present: true} or bounds; a missing field is {present: false}", f, describe(item))
			return filter, false
		}
		if !p.value(item, f, &filter) {
			return filter, false
		}
	}
	slices.Sort(filter.Values)
	slices.Sort(filter.Numbers)
	filter.Values, filter.Numbers = slices.Compact(filter.Values), slices.Compact(filter.Numbers)
	filter.setCodes()
	if f == FieldCustom && len(filter.Numbers) == 2 {
		p.at(n, "custom is always true or false, so that this says nothing; remove it")
		return filter, false
	}
	return filter, true
}

// value reads one value that a field may be equal to, and adds it to a filter.
func (p *parser) value(n *yaml.Node, f Field, to *Filter) bool {
	info := &fields[f]
	switch info.shape {
	case boolShape:
		v, ok := p.boolean(n, f.String())
		number := int64(0)
		if v {
			number = 1
		}
		to.Numbers = append(to.Numbers, number)
		return ok
	case numberShape:
		v, ok := p.integer(n, f.String())
		if ok && (v < info.lo || v > info.hi) {
			p.at(n, "%s is never %d, so that this never holds; it is %s", f, v, info.span())
			return false
		}
		to.Numbers = append(to.Numbers, v)
		return ok
	case enumShape:
		if !slices.Contains(info.values, n.Value) {
			p.at(n, "%s is never %q, so that this never holds; %s", f, n.Value, suggest(n.Value, info.values))
			return false
		}
	}
	if n.Value == "" {
		p.at(n, "%s is compared with an empty text; write %s: {present: false} for a missing one", f, f)
		return false
	}
	if !p.fits(n, n.Value, f) {
		return false
	}
	to.Values = append(to.Values, n.Value)
	return true
}

// fits refuses a text that is longer than any that the field can have.
func (p *parser) fits(n *yaml.Node, text string, f Field) bool {
	most := orderguard.MaxLine
	if f == FieldShop || f == FieldBuyer || f == FieldOrder {
		most = orderguard.MaxID
	}
	if len(text) > most {
		p.at(n, "the text has %d bytes, and %s has at most %d, so that this never holds; shorten it", len(text), f, most)
	}
	return len(text) <= most
}

// span says what numbers a field can have.
func (i *fieldInfo) span() string {
	if i.hi > maxLimit || i.hi == math.MaxInt64/millisPerDay {
		return fmt.Sprintf("%d or more", i.lo)
	}
	return fmt.Sprintf("%d to %d", i.lo, i.hi)
}

// testOf reads {present: …} or bounds.
func (p *parser) testOf(n *yaml.Node, f Field, kinds KindSet) (Filter, bool) {
	filter := Filter{Field: f, Test: Between}
	before := len(p.list)
	m := p.mapping(n, "the test of "+f.String(), testKeys)
	if len(p.list) > before {
		return filter, false
	}
	if v := m["present"]; v != nil {
		return p.presence(v, f, kinds, len(m) > 1)
	}
	if v := m["contains"]; v != nil {
		return p.contains(v, f, len(m) > 1)
	}
	if v := m["is"]; v != nil {
		return p.is(v, f, len(m) > 1)
	}
	info := &fields[f]
	switch {
	case len(m) == 0:
		p.at(n, "the test of %s is empty; want %s", f, strings.Join(testKeys, ", "))
		return filter, false
	case info.shape != numberShape:
		p.at(n, "%s is no number and has no bounds; compare it with a value, a list of values or {present: true}", f)
		return filter, false
	}
	b, ok := p.between(n, m)
	if !ok {
		return filter, false
	}
	filter.Lo, filter.Hi = max(b.lo, info.lo), min(b.hi, info.hi)
	if filter.Lo > filter.Hi {
		p.at(n, "%s is never within these bounds, so that this never holds; it is %s", f, info.span())
		return filter, false
	}
	if filter.Lo == info.lo && filter.Hi == info.hi && f != FieldBuyerAge {
		p.at(n, "%s is always within these bounds, so that this says nothing; it is %s", f, info.span())
		return filter, false
	}
	return filter, true
}

// contains reads the words of {contains: …}.
func (p *parser) contains(n *yaml.Node, f Field, more bool) (Filter, bool) {
	filter, ok := p.texts(n, f, Contains, more)
	if !ok {
		return filter, false
	}
	size := 0
	for _, word := range filter.Values {
		size += len(word)
	}
	if size > maxWords {
		p.at(n, "the words have %d bytes, at most %d are read; make several rules of them", size, maxWords)
		return filter, false
	}
	filter.words = newWordSet(filter.Values)
	return filter, true
}

// is reads the texts of {is: …}.
func (p *parser) is(n *yaml.Node, f Field, more bool) (Filter, bool) {
	filter, ok := p.texts(n, f, Is, more)
	for _, text := range filter.Values {
		if text != strings.TrimFunc(text, isSign) {
			p.at(n, "is names %q, and signs around a text do not count; leave them out", text)
			return filter, false
		}
	}
	return filter, ok
}

// texts reads the list of a test of free text that tells no capital from a small letter.
func (p *parser) texts(n *yaml.Node, f Field, test Test, more bool) (Filter, bool) {
	filter := Filter{Field: f, Test: test}
	name := map[Test]string{Contains: "contains", Is: "is"}[test]
	switch {
	case more:
		p.at(n, "%s stands together with another test; keep one of them", name)
		return filter, false
	case fields[f].shape != textShape:
		p.at(n, "%s is no free text that could have words; compare it with a value or a list of values", f)
		return filter, false
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		p.at(n, "%s is an empty list, so that this never holds; name a word", name)
		return filter, false
	}
	for _, item := range items(n) {
		text, ok := p.text(item, name)
		switch {
		case !ok:
			return filter, false
		case text == "" && test == Contains:
			p.at(item, "contains names an empty word, which every text contains; remove it")
			return filter, false
		case text == "":
			p.at(item, "is names an empty text; write %s: {present: false} for a missing one", f)
			return filter, false
		case !p.fits(item, text, f):
			return filter, false
		}
		filter.Values = append(filter.Values, smallLetters(text))
	}
	slices.Sort(filter.Values)
	filter.Values = slices.Compact(filter.Values)
	return filter, true
}

// presence reads {present: true} or {present: false}.
func (p *parser) presence(n *yaml.Node, f Field, kinds KindSet, more bool) (Filter, bool) {
	filter := Filter{Field: f, Test: Present}
	want, ok := p.boolean(n, "present")
	if !want {
		filter.Test = Absent
	}
	switch {
	case !ok:
		return filter, false
	case more:
		p.at(n, "present stands together with bounds; keep one of them")
		return filter, false
	case fields[f].shape == boolShape:
		p.at(n, "%s is always there; write %s: true or %s: false", f, f, f)
		return filter, false
	case f.alwaysOn(kinds) && want:
		p.at(n, "every %s event has the field %q, so that this says nothing; remove it", kinds, f)
		return filter, false
	case f.alwaysOn(kinds):
		p.at(n, "every %s event has the field %q, so that this never holds; remove it", kinds, f)
		return filter, false
	}
	return filter, true
}

// alwaysOn says whether every event of the kinds has a value in the field.
func (f Field) alwaysOn(kinds KindSet) bool {
	switch f {
	case FieldBuyer, FieldShop, FieldOrder:
		return kinds&^withOrder == 0
	case FieldRating, FieldFrom, FieldRole:
		return kinds&^f.On() == 0
	}
	return false
}
