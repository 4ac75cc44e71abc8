package detect

import (
	"regexp"
	"strings"

	"github.com/orderguard/orderguard"
	"go.yaml.in/yaml/v3"
)

// maxRules is how many rules one file may hold.
const maxRules = 1000

var (
	ruleID        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	scenarioNames = namesOf(orderguard.Scenario.String)
	severityNames = namesOf(orderguard.Severity.String)
	kindNames     = append([]string{"order", "dispute"}, namesOf(orderguard.Kind.String)...)

	fileKeys = []string{"rules", "lists", "links", "facts"}
	ruleKeys = []string{
		"id", "scenario", "severity", "score", "shadow", "title", "title_zh", "description",
		"on", "where", "first", "after", "all", "any", "expr",
	}
)

// baseScores are the scores of rules that give none, by severity.
var baseScores = [...]int{orderguard.Low: 30, orderguard.Medium: 50, orderguard.High: 70, orderguard.Critical: 90}

// ParseRules reads the rules of a YAML file; name stands for it in errors. All
// that is wrong is reported at once: the error joins a *Fault for each, a line
// each.
func ParseRules(name string, data []byte) (*RuleSet, error) {
	p := &parser{faults: faults{file: name}, ids: map[string]int{}}
	set := p.file(data)
	p.unusedFacts()
	if err := p.err(); err != nil {
		return nil, err
	}
	set.Version = set.version()
	return set, nil
}

// parser turns YAML nodes into rules.
type parser struct {
	faults
	ids     map[string]int // the line of each rule's id
	facts   []*factDraft   // in the order of the file
	refused []string       // names of facts that cannot be
}

// draft is a rule that is being read, with the nodes that its faults point to.
type draft struct {
	Rule
	node  *yaml.Node
	keys  keys
	conds []*condDraft // of All and then Any
	first []*condDraft
	given []*condDraft
}

// condDraft is a condition that is being read.
type condDraft struct {
	Condition
	node *yaml.Node
	keys keys
	any  bool // it stands under any:, or under optional: of a fact
}

func (p *parser) file(data []byte) *RuleSet {
	set := &RuleSet{}
	root := p.document(data)
	if root == nil {
		return set
	}
	top := p.mapping(root, "the file", fileKeys)
	list := top["rules"]
	p.lists(top["lists"], set)
	p.readFacts(top["facts"])
	switch {
	case top == nil || list == nil && top["lists"] != nil:
		return set
	case list == nil:
		p.at(root, "there is no \"rules:\"; the file needs a list of rules under it")
		return set
	case list.Kind != yaml.SequenceNode:
		p.at(list, "rules is %s, want a list of rules, each beginning with \"- id:\"", describe(list))
		return set
	case len(list.Content) == 0:
		p.at(list, "the list of rules is empty, so that nothing is ever flagged; write a rule")
		return set
	case len(list.Content) > maxRules:
		p.at(list, "the file has %d rules, at most %d are read", len(list.Content), maxRules)
		return set
	}
	set.Links = p.links(top["links"])
	for _, n := range list.Content {
		set.Rules = append(set.Rules, p.rule(n))
	}
	return set
}

// rule reads one rule. What comes back is whole only if no fault was found.
func (p *parser) rule(n *yaml.Node) Rule {
	d := &draft{node: n}
	if d.keys = p.mapping(n, "the rule", ruleKeys); d.keys == nil {
		return d.Rule
	}
	before := len(p.list)
	p.identity(d)
	p.looks(d)
	p.trigger(d)
	whole := len(p.list) == before
	for _, c := range p.conditions(d.keys, "first", "") {
		p.notFact(c)
		d.first, d.First = append(d.first, c), append(d.First, c.Condition)
	}
	for _, c := range p.conditions(d.keys, "all", "") {
		d.conds, d.All = append(d.conds, c), append(d.All, c.Condition)
	}
	for _, c := range p.conditions(d.keys, "any", "") {
		c.any = true
		d.conds, d.Any = append(d.conds, c), append(d.Any, c.Condition)
	}
	named := p.names(d.conds, "the rule")
	conditionsWhole := whole && len(p.list) == before
	if named {
		p.expression(d)
	}
	if conditionsWhole {
		p.check(d)
	}
	if len(p.list) == before {
		d.Version = d.version()
	}
	return d.Rule
}

// identity reads what names a rule and says what it is about.
func (p *parser) identity(d *draft) {
	if n := d.keys["id"]; n == nil {
		p.at(d.node, "the rule has no id; add one, such as \"id: order-burst\"")
	} else if id, ok := p.text(n, "id"); ok {
		switch line, twice := p.ids[id]; {
		case !ruleID.MatchString(id):
			p.at(n, "id %q: want at most 64 letters, digits, dots, dashes and underscores, the first a letter or digit", id)
		case twice:
			p.at(n, "id %q is taken by the rule at line %d; choose another", id, line)
		default:
			p.ids[id] = n.Line
			d.ID = id
		}
	}
	if n := d.keys["scenario"]; n == nil {
		p.at(d.node, "the rule has no scenario; add one of %s", strings.Join(scenarioNames, ", "))
	} else if s, ok := p.text(n, "scenario"); ok {
		if d.Scenario, ok = orderguard.ParseScenario(s); !ok {
			p.at(n, "unknown scenario %q; %s", s, suggest(s, scenarioNames))
		}
	}
}

// looks reads how a rule's findings are shown and weighed.
func (p *parser) looks(d *draft) {
	d.Severity = orderguard.Medium
	if n := d.keys["severity"]; n != nil {
		if s, ok := p.text(n, "severity"); ok {
			if d.Severity, ok = orderguard.ParseSeverity(s); !ok {
				p.at(n, "unknown severity %q; %s", s, suggest(s, severityNames))
			}
		}
	}
	d.Score = baseScores[d.Severity]
	if n := d.keys["score"]; n != nil {
		if v, ok := p.integer(n, "score"); ok && (v < 0 || v > 100) {
			p.at(n, "score %d: want 0 to 100", v)
		} else {
			d.Score = int(v)
		}
	}
	if n := d.keys["shadow"]; n != nil {
		d.Shadow, _ = p.boolean(n, "shadow")
	}
	d.Title = p.optional(d.keys, "title")
	d.TitleZh = p.optional(d.keys, "title_zh")
	d.Description = p.optional(d.keys, "description")
}

// optional reads a text that may be left out.
func (p *parser) optional(k keys, key string) string {
	if k[key] == nil {
		return ""
	}
	s, _ := p.text(k[key], key)
	return strings.TrimSpace(s)
}

// trigger reads on: and the rule's where:.
func (p *parser) trigger(d *draft) {
	n := d.keys["on"]
	if n == nil {
		p.at(d.node, "the rule has no \"on:\", which says what event it judges; add one, such as \"on: order.created\"")
		return
	}
	if kinds, ok := p.kinds(n, "on"); ok {
		d.On.Kinds = kinds
		p.where(d.keys["where"], &d.On)
	}
	after, first := d.keys["after"], d.keys["first"]
	if after != nil {
		d.After, _ = p.window(after, "after")
		d.AfterText = after.Value
	} else if first != nil {
		p.at(first, "first says at what events a rule looks again later; add \"after:\", or stand the conditions under all")
	}
}

// kinds reads a kind of event, or a list of them.
func (p *parser) kinds(n *yaml.Node, what string) (KindSet, bool) {
	var set KindSet
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.at(n, "%s is an empty list; name a kind of event, such as order.created", what)
	}
	for _, item := range items(n) {
		name, ok := p.text(item, what)
		if !ok {
			return 0, false
		}
		switch k, known := orderguard.ParseKind(name); {
		case known:
			set |= kindSet(k)
		case name == "order":
			set |= orders
		case name == "dispute":
			set |= disputes
		default:
			p.at(item, "unknown kind of event %q in %s; %s", name, what, suggest(name, kindNames))
			return 0, false
		}
	}
	return set, set != 0
}

// conditions reads first:, all: or any: of a rule, or all: or optional: of the fact of a name.
func (p *parser) conditions(k keys, key, fact string) []*condDraft {
	n := k[key]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.at(n, "%s is %s, want a list of conditions, each beginning with \"-\"", key, describe(n))
		return nil
	}
	if len(n.Content) == 0 {
		p.at(n, "%s is an empty list; write a condition, or remove the key", key)
		return nil
	}
	var list []*condDraft
	for _, item := range n.Content {
		c := &condDraft{node: item}
		c.Fact = fact
		if c.keys = p.mapping(item, "the condition", conditionKeys); c.keys != nil {
			p.condition(c)
		}
		list = append(list, c)
	}
	return list
}

// names checks that no two conditions of a rule, or of a fact, have one name, and none that of a fact.
func (p *parser) names(conds []*condDraft, of string) bool {
	before, seen := len(p.list), map[string]bool{}
	for _, c := range conds {
		if c.Name != "" && seen[c.Name] {
			p.at(c.keys["as"], "two conditions of %s have the name %q; choose another", of, c.Name)
		}
		seen[c.Name] = true
		p.notFact(c)
	}
	return len(p.list) == before
}
