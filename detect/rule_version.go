package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// version hashes what the rule does and says, and nothing of how it was
// written.
func (r *Rule) version() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %s %s %d %t %q %q\non %s\n",
		r.ID, r.Scenario, r.Severity, r.Score, r.Shadow, r.Title, r.TitleZh, r.On.Key())
	if r.After > 0 {
		fmt.Fprintf(&b, "after %d\n", r.After)
	}
	for i := range r.First {
		r.First[i].write(&b, "first")
	}
	for i := range r.Conditions() {
		c := r.Condition(i)
		c.write(&b, c.group(i, len(r.All)))
	}
	if r.Expr != nil {
		fmt.Fprintf(&b, "expr %s\n", r.Expr.canonical)
	}
	return shortHash(b.String())
}

// write writes what the condition does.
func (c *Condition) write(b io.Writer, group string) {
	fmt.Fprintf(b, "%s %s %s of %s by %s within %d [%d,%d] %s %d %t %q\n", group, c.Measure, c.Value,
		c.Of.Key(), fieldList(c.By), c.Within, c.Lo, c.Hi, c.Op, c.Limit, c.Context, c.Name)
	if c.Aged > 0 {
		fmt.Fprintf(b, "aged %d\n", c.Aged)
	}
	if c.Measure > Sum {
		fmt.Fprintf(b, "over %s shops %d apart %d\n", c.Over.Key(), c.Shops, c.Apart)
	}
	if c.Newest > 0 {
		fmt.Fprintf(b, "newest %d\n", c.Newest)
	}
	if c.Lone > 0 {
		fmt.Fprintf(b, "lone %d\n", c.Lone)
	}
	if c.Since > 0 {
		fmt.Fprintf(b, "since %d\n", c.Since)
	}
	if c.PaidAfter > 0 {
		fmt.Fprintf(b, "paid after %d\n", c.PaidAfter)
	}
	if c.State != 0 {
		fmt.Fprintf(b, "state %s\n", c.State)
	}
}

// version hashes the versions of the rules, in their order, and the links.
func (s *RuleSet) version() string { return shortHash(s.versions()) }

// versions lists the versions of the rules, in their order, the links, and the
// versions of the lists.
func (s *RuleSet) versions() string {
	var b strings.Builder
	for i := range s.Rules {
		io.WriteString(&b, s.Rules[i].Version+"\n")
	}
	l := defaultLinks()
	if s.Links.Within != l.Within || s.Links.Crowd != l.Crowd || !slices.Equal(s.Links.Through, l.Through) {
		fmt.Fprintf(&b, "links %s within %d crowd %d\n", fieldList(s.Links.Through), s.Links.Within, s.Links.Crowd)
	}
	if s.Links.Later != l.Later {
		fmt.Fprintf(&b, "links later %d\n", s.Links.Later)
	}
	for i := range s.Lists {
		io.WriteString(&b, "list "+s.Lists[i].Version+"\n")
	}
	return b.String()
}

// shortHash returns 8 hexadecimal digits of a hash.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}
