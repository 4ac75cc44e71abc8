package detect

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	conditionKeys = []string{
		"count", "distinct", "sum", "of", "by", "within", "at_least", "above", "at_most", "below",
		"aged", "state", "where", "context", "as", "newest", "lone", "since", "paid_after", "rate", "spread", "lockstep", "surprise", "shops", "apart",
	}
	boundKeys     = []string{"at_least", "above", "at_most", "below"}
	conditionName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

	fieldNames    = allNames(Field.inEvents)
	byNames       = allNames(func(f Field) bool { return fields[f].key })
	distinctNames = allNames(Field.isText)
	sumNames      = allNames(Field.summable)
)

// summable says whether the field holds amounts of something.
func (f Field) summable() bool { return f >= FieldRating && f <= FieldRefund }

// allNames lists the names of the fields that are wanted.
func allNames(want func(Field) bool) []string {
	var names []string
	for f := Field(1); int(f) < Fields; f++ {
		if want(f) {
			names = append(names, f.String())
		}
	}
	return names
}

// condition reads one condition.
func (p *parser) condition(c *condDraft) {
	if c.Fact != "" && !p.factCondition(c) {
		return
	}
	measured := p.measure(c)
	if c.Measure == Lockstep {
		p.lockstep(c)
	} else {
		p.by(c)
	}
	p.within(c)
	p.aged(c)
	p.newest(c)
	p.lone(c)
	p.state(c)
	p.paidAfter(c)
	p.bounds(c)
	if measured {
		p.where(c.keys["where"], &c.Of)
	}
	if n := c.keys["as"]; n != nil {
		if name, ok := p.text(n, "as"); ok && !conditionName.MatchString(name) {
			p.at(n, "as %q: want a name of small letters, digits and underscores, such as orders_10m", name)
		} else if ok && isVariable(name) {
			p.at(n, "as %q is the name of a variable of expr; choose another", name)
		} else {
			c.Name = name
		}
	}
	p.context(c)
	p.surprise(c)
	if measured {
		p.clusters(c)
		p.remembered(c)
	}
}

// aged reads how long before the judged event the window ends.
func (p *parser) aged(c *condDraft) {
	n := c.keys["aged"]
	if n == nil {
		return
	}
	c.Aged, _ = p.window(n, "aged")
	if c.AgedText = n.Value; c.Within > 0 && c.Aged >= c.Within {
		p.at(n, "aged %s is not shorter than within %s, so that the window is empty; shorten it", c.AgedText, c.WithinText)
	}
}

// state reads the state in which counted orders are.
func (p *parser) state(c *condDraft) {
	n := c.keys["state"]
	if n == nil {
		return
	}
	name, ok := p.text(n, "state")
	if !ok {
		return
	}
	if i := slices.Index(stateNames[1:], name); i >= 0 {
		c.State = State(i + 1)
	} else {
		p.at(n, "unknown state %q; %s", name, suggest(name, stateNames[1:]))
		return
	}
	switch {
	case c.Measure == Lockstep && c.Of.Kinds == created:
	case c.Measure == Lockstep:
		p.at(n, "a state is that of orders; compare order.created, or remove it")
	case c.State == Unkept:
		p.at(n, "only lockstep asks for orders that are %s; count all of them and those that are kept, or remove it", c.State)
	case c.Measure != 0 && (c.Measure != Count && c.Newest == 0 && !c.byCluster() || c.Of.Kinds != created):
		p.at(n, "state narrows a count of orders by what has become of them; count order.created, or remove it")
	case listIn(c.By) != 0:
		p.at(n, "state cannot be asked by a list; remove one of them")
	}
}

// field reads the name of a field that is among names.
func (p *parser) field(n *yaml.Node, what string, names []string) (Field, bool) {
	name, ok := p.text(n, what)
	if !ok {
		return 0, false
	}
	f, known := ParseField(name)
	if known && slices.Contains(names, name) {
		return f, true
	}
	if known {
		p.at(n, "%s cannot take the field %q; it takes one of %s", what, name, strings.Join(names, ", "))
	} else {
		p.at(n, "unknown field %q in %s; %s", name, what, suggest(name, names))
	}
	return 0, false
}

// by reads the fields that the events of one window share.
func (p *parser) by(c *condDraft) {
	n := c.keys["by"]
	if n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.at(c.node, "the condition has no \"by:\", the fields that its events share; add it, such as \"by: [buyer, shop]\"")
		return
	}
	for _, item := range items(n) {
		f, ok := p.field(item, "by", byNames)
		if !ok {
			continue
		}
		if slices.Contains(c.By, f) {
			p.at(item, "by names %q twice; remove one of them", f)
			continue
		}
		if list := listIn(c.By); list != 0 && f.isList() {
			p.at(item, "by names two lists, %q and %q; remove one of them", list, f)
			continue
		}
		c.By = append(c.By, f)
	}
	slices.Sort(c.By)
}

// bounds reads the limits, of which there is a lower, an upper, or both.
func (p *parser) bounds(c *condDraft) {
	lo, hi := c.keys["at_least"], c.keys["at_most"]
	b, ok := p.between(c.node, c.keys)
	if !ok {
		return
	}
	c.Lo, c.Hi = b.lo, b.hi
	switch {
	case c.Lo == math.MinInt64 && c.Hi == math.MaxInt64:
		if c.keys["as"] == nil {
			p.at(c.node, "the condition has no limit; add one of %s, or a name (as:) for the rule's expr", strings.Join(boundKeys, ", "))
		}
	case lo != nil:
		c.Op, c.Limit = "at_least", c.Lo
	case c.Lo != math.MinInt64:
		c.Op, c.Limit = "above", c.Lo-1
	case hi != nil:
		c.Op, c.Limit = "at_most", c.Hi
	default:
		c.Op, c.Limit = "below", c.Hi+1
	}
}

// bounds are a lower and an upper bound, both included.
type bounds struct{ lo, hi int64 }

// between reads at_least, above, at_most and below.
func (p *parser) between(n *yaml.Node, k keys) (bounds, bool) {
	b := bounds{lo: math.MinInt64, hi: math.MaxInt64}
	for _, pair := range [][2]string{{"at_least", "above"}, {"at_most", "below"}} {
		if k[pair[0]] != nil && k[pair[1]] != nil {
			p.at(k[pair[1]], "%s and %s stand together; keep one of them", pair[0], pair[1])
			return b, false
		}
	}
	var given []string
	for _, key := range boundKeys {
		node := k[key]
		if node == nil {
			continue
		}
		given = append(given, key+" "+node.Value)
		v, ok := p.integer(node, key)
		if !ok {
			return b, false
		}
		if v >= maxLimit || v <= -maxLimit {
			p.at(node, "%s %d: want a whole number of at most 18 digits", key, v)
			return b, false
		}
		switch key {
		case "at_least":
			b.lo = v
		case "above":
			b.lo = v + 1
		case "at_most":
			b.hi = v
		case "below":
			b.hi = v - 1
		}
	}
	if b.lo > b.hi {
		p.at(n, "the bounds contradict each other: no whole number is %s; mend one of them", strings.Join(given, " and "))
		return b, false
	}
	return b, true
}

// maxLimit is above every limit, so that one more or less never overflows.
const maxLimit = 1_000_000_000_000_000_000

// context reads context:, which a condition without a lower bound always is.
func (p *parser) context(c *condDraft) {
	upperOnly := c.Lo == math.MinInt64
	n := c.keys["context"]
	if n == nil {
		c.Context = upperOnly
		return
	}
	v, ok := p.boolean(n, "context")
	if ok && !v && upperOnly && c.Op != "" {
		p.at(n, "a condition without a lower bound flags no orders of its own, so it is always context; remove \"context: false\"")
	}
	c.Context = v || upperOnly
}
