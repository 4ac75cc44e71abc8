package detect

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var factKeys = []string{"all", "optional", "expr"}

// factDraft is a fact that is being read.
type factDraft struct {
	Fact
	at, node *yaml.Node // its name, and what is said of it
	keys     keys
	conds    []*condDraft
	used     bool // by a rule
}

// readFacts reads facts:. All names are known before the first fact is read, so that whatever
// else has one of them is refused.
func (p *parser) readFacts(n *yaml.Node) {
	switch {
	case n == nil:
		return
	case n.Kind != yaml.MappingNode:
		p.at(n, "facts is %s, want names with \"all:\" and \"expr:\" under each", describe(n))
		return
	case len(n.Content) == 0:
		p.at(n, "facts is empty; write a fact, or remove the key")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		p.factName(n.Content[i], n.Content[i+1])
	}
	for _, f := range p.facts {
		p.fact(f)
	}
}

// factName notes a fact, unless its name cannot be one.
func (p *parser) factName(at, node *yaml.Node) {
	name, ok := p.text(at, "the name of a fact")
	before := len(p.list)
	switch {
	case !ok:
	case !conditionName.MatchString(name):
		p.at(at, "the fact %q: want a name of at most 32 small letters, digits and underscores, such as sends_on_trust", name)
	case isVariable(name):
		p.at(at, "the fact %q is a word of expr; choose another", name)
	case p.factOf(name) != nil:
		p.at(at, "the fact %q stands twice, first at line %d; remove one of them", name, p.factOf(name).at.Line)
	default:
		p.facts = append(p.facts, &factDraft{Fact: Fact{Name: name}, at: at, node: node})
	}
	if len(p.list) > before && p.factOf(name) == nil {
		p.refused = append(p.refused, name)
	}
}

// mayNameRefused says whether an expression may name a fact that was refused: what is wrong with that has been told.
func (p *parser) mayNameRefused(source string) bool {
	return slices.ContainsFunc(p.refused, func(name string) bool { return name != "" && strings.Contains(source, name) })
}

// factOf returns the fact of a name, nil if there is none.
func (p *parser) factOf(name string) *factDraft {
	for _, f := range p.facts {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// factNames are the names of all facts.
func (p *parser) factNames() []string {
	names := make([]string, len(p.facts))
	for i, f := range p.facts {
		names[i] = f.Name
	}
	return names
}

// fact reads one fact. It is whole only if no fault was found.
func (p *parser) fact(f *factDraft) {
	before := len(p.list)
	if f.keys = p.mapping(f.node, "the fact", factKeys); f.keys == nil {
		return
	}
	for _, key := range []string{"all", "optional"} {
		for _, c := range p.conditions(f.keys, key, f.Name) {
			c.any = key == "optional"
			c.Optional = c.any
			f.conds, f.Conditions = append(f.conds, c), append(f.Conditions, c.Condition)
		}
	}
	p.names(f.conds, "the fact")
	whole := len(p.list) == before
	if n := f.keys["expr"]; n == nil {
		p.at(f.at, "the fact %q has no \"expr:\", which says when it is true; add it, such as \"expr: trusted * 10 > past\"", f.Name)
	} else if whole {
		for _, c := range f.conds {
			p.checkFed(c)
		}
		p.factExpr(f, n)
	}
}

// factCondition refuses what a condition of a fact cannot say.
func (p *parser) factCondition(c *condDraft) bool {
	for _, key := range boundKeys {
		if n := c.keys[key]; n != nil {
			p.at(n, "a condition of a fact has no limit, for it only gives a value; remove %s, and compare the value in the fact's expr", key)
			return false
		}
	}
	if n := c.keys["context"]; n != nil {
		p.at(n, "a condition of a fact is always context; remove \"context:\"")
		return false
	}
	if c.keys["as"] == nil {
		p.at(c.node, "the condition has no name, by which the fact's expr reads its value; add it, such as \"as: orders\"")
		return false
	}
	return true
}

// conditionNames are the names of conditions, by which an expression reads their values.
func conditionNames(conds []*condDraft) []string {
	names := make([]string, len(conds))
	for i, c := range conds {
		names[i] = c.Name
	}
	return names
}

// factExpr reads the expression of a fact whose conditions are whole.
func (p *parser) factExpr(f *factDraft, n *yaml.Node) {
	source, ok := p.text(n, "expr")
	if !ok {
		return
	}
	names := conditionNames(f.conds)
	w, err := readExpr(source, names, p.factNames())
	if err == nil {
		for _, name := range p.factNames() {
			if w.names(name) {
				p.at(n, "the fact %q names the fact %q, and a fact is made of conditions alone; write out what it needs of them", f.Name, name)
				return
			}
		}
		if w.names("values") {
			p.at(n, "the fact %q reads values[…], which are those of a rule; give its conditions names with as:", f.Name)
			return
		}
		f.said = "(" + w.replaced(func(name string) string {
			if slices.Contains(names, name) {
				return f.Name + "." + name
			}
			return ""
		})
		if strings.Contains(source, "//") {
			f.said += "\n" // or the bracket may be part of a comment
		}
		f.said += ")"
		f.Expr, err = w.compile(names)
	}
	if err != nil {
		p.at(n, "expr of the fact %q: %v", f.Name, err)
		return
	}
	for _, c := range f.conds {
		if !w.names(c.Name) {
			p.at(c.node, "expr of the fact %q does not read %q; remove the condition", f.Name, c.Name)
		}
	}
}

// give gives a rule the facts that its expression names, and their conditions, whose faults
// are told at the expression.
func (p *parser) give(d *draft, used []*Fact) {
	at := d.keys["expr"]
	d.Facts = used
	for _, f := range used {
		of := p.factOf(f.Name)
		of.used = true
		for i, given := range f.given() {
			c := &condDraft{Condition: given, node: at, keys: keys{}, any: given.Optional}
			for key := range of.conds[i].keys {
				c.keys[key] = at
			}
			d.given, d.Given = append(d.given, c), append(d.Given, given)
		}
	}
}

// unusedFacts refuses facts that no rule names. It looks at a file without other faults: a
// rule that cannot be read may name any.
func (p *parser) unusedFacts() {
	if len(p.list) > 0 {
		return
	}
	for _, f := range p.facts {
		if !f.used {
			p.at(f.at, "no rule of the file names the fact %q; name it in an expr, or remove it", f.Name)
		}
	}
}

// notFact refuses a condition with the name of a fact.
func (p *parser) notFact(c *condDraft) {
	if c.Name != "" && slices.Contains(p.factNames(), c.Name) {
		p.at(c.keys["as"], "as %q is the name of the fact at line %d; choose another", c.Name, p.factOf(c.Name).at.Line)
	}
}
