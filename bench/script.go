package bench

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Script is a file of cases that say what rules are to find: events in, flagged
// orders expected. docs/tools.md describes the format.
type Script struct {
	File  string
	Rules string // the rule file that it names, as it stands there; empty for none
	Cases []ScriptCase
}

// ScriptCase is one case of a script.
type ScriptCase struct {
	Name   string
	Line   int
	Spares []string // the rules that come near, and must flag nothing
	expect []expectation
	lines  []scriptEvent
	fault  func(line int, format string, args ...any) error
}

// expectation is an entry of flagged:.
type expectation struct {
	line   int
	rule   string
	orders []string
}

// Catches lists the rules that the case expects to flag something.
func (c *ScriptCase) Catches() []string {
	var rules []string
	for _, e := range c.expect {
		rules = append(rules, e.rule)
	}
	return rules
}

var (
	scriptKeys = []string{"rules", "cases"}
	caseKeys   = []string{"name", "spares", "events", "flagged"}
	expectKeys = []string{"rule", "orders"}
)

// ParseScript reads a script; file stands for it in errors, which join all that
// is wrong, each with its line.
func ParseScript(file string, data []byte) (*Script, error) {
	p := &scriptParser{file: file}
	s := &Script{File: file}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s: the file is empty; it needs a list under \"cases:\"", file)
	}
	top := p.mapping(doc.Content[0], "the script", scriptKeys)
	if n := top["rules"]; n != nil {
		s.Rules = p.text(n, "rules")
	}
	list := top["cases"]
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		p.at(doc.Content[0].Line, "there is no list of cases under \"cases:\"")
		return nil, errors.Join(p.errs...)
	}
	for _, n := range list.Content {
		s.Cases = append(s.Cases, p.scriptCase(n))
	}
	if err := errors.Join(p.errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// scriptParser collects what is wrong with a script.
type scriptParser struct {
	file string
	errs []error
}

func (p *scriptParser) fault(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, line, fmt.Sprintf(format, args...))
}

func (p *scriptParser) at(line int, format string, args ...any) {
	p.errs = append(p.errs, p.fault(line, format, args...))
}

// mapping reads a mapping whose keys are all known.
func (p *scriptParser) mapping(n *yaml.Node, what string, known []string) map[string]*yaml.Node {
	m := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.at(n.Line, "%s: want keys and values, of %s", what, strings.Join(known, ", "))
		return m
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch k := n.Content[i]; {
		case !slices.Contains(known, k.Value):
			p.at(k.Line, "unknown key %q in %s; %s", k.Value, what, nearestOf(k.Value, known))
		case m[k.Value] != nil:
			p.at(k.Line, "key %q stands twice in %s", k.Value, what)
		default:
			m[k.Value] = n.Content[i+1]
		}
	}
	return m
}

func (p *scriptParser) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		p.at(n.Line, "%s: want text", what)
	}
	return n.Value
}

// texts reads a text or a list of them.
func (p *scriptParser) texts(n *yaml.Node, what string) (list []string) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		list = append(list, p.text(item, what))
	}
	return list
}

func (p *scriptParser) scriptCase(n *yaml.Node) ScriptCase {
	c := ScriptCase{Line: n.Line, fault: p.fault}
	m := p.mapping(n, "the case", caseKeys)
	if m["name"] == nil {
		p.at(n.Line, "the case has no \"name:\"")
	} else {
		c.Name = p.text(m["name"], "name")
	}
	if m["spares"] != nil {
		c.Spares = p.texts(m["spares"], "spares")
	}
	if m["flagged"] != nil {
		if m["flagged"].Kind != yaml.SequenceNode {
			p.at(m["flagged"].Line, "flagged: want a list such as [{rule: order-burst, orders: [o-1..o-10]}]")
			return c
		}
		for _, item := range m["flagged"].Content {
			c.expect = append(c.expect, p.expectation(item))
		}
	}
	if len(c.expect)+len(c.Spares) == 0 {
		p.at(n.Line, "the case expects nothing; add \"flagged:\", or \"spares:\" with the rules that must not fire")
	}
	if ev := m["events"]; ev == nil || ev.Kind != yaml.ScalarNode || ev.Style != yaml.LiteralStyle {
		p.at(n.Line, "the case has no \"events: |\" with a line for each event")
	} else {
		w := scriptWriter{p: p, parties: map[string][2]string{}}
		for i, line := range strings.Split(ev.Value, "\n") {
			w.line(ev.Line+1+i, strings.TrimSpace(line))
		}
		c.lines = w.events
	}
	return c
}

func (p *scriptParser) expectation(n *yaml.Node) expectation {
	e := expectation{line: n.Line}
	m := p.mapping(n, "the expectation", expectKeys)
	if m["rule"] == nil || m["orders"] == nil {
		p.at(n.Line, "an expectation needs \"rule:\" and \"orders:\"")
		return e
	}
	e.rule = p.text(m["rule"], "rule")
	for _, text := range p.texts(m["orders"], "orders") {
		orders, err := rangeOf(text)
		if err != nil {
			p.at(m["orders"].Line, "orders: %v", err)
		}
		e.orders = append(e.orders, orders...)
	}
	return e
}

var rangeForm = regexp.MustCompile(`^(.*?)(\d+)\.\.(.*?)(\d+)$`)

// rangeOf reads an order, or a range of them: o-1..o-12.
func rangeOf(text string) ([]string, error) {
	m := rangeForm.FindStringSubmatch(text)
	if m == nil {
		return []string{text}, nil
	}
	from, _ := strconv.Atoi(m[2])
	to, _ := strconv.Atoi(m[4])
	if m[1] != m[3] && m[3] != "" || from > to || to-from > 10_000 {
		return nil, fmt.Errorf("%q is no range such as o-1..o-12", text)
	}
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, m[1]+strconv.Itoa(i))
	}
	return list, nil
}

// nearestOf names the known words that begin like a mistaken one, or all.
func nearestOf(word string, known []string) string {
	best, most := "", 0
	for _, k := range known {
		n := 0
		for n < min(len(k), len(word)) && k[n] == word[n] {
			n++
		}
		same := n
		for n := 1; n <= min(len(k), len(word))-same && k[len(k)-n] == word[len(word)-n]; n++ {
			same++
		}
		if same > most && same*2 >= len(k) {
			best, most = k, same
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "want one of " + strings.Join(known, ", ")
}
