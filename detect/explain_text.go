package detect

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// shownCounted is how many counted events the text lists for a condition; JSON
// has more.
const shownCounted = 5

// WriteText writes the explanation for people: first the rules that flagged the
// order, then those that did not, and last, in a line, those that never looked.
// Rules whose where leaves every event of the order out get a line each, or, if
// all is set, what it was.
func (x *Explanation) WriteText(w io.Writer, all bool) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "order %s of buyer %s at shop %s: ", x.Order, x.Buyer, x.Shop)
	if len(x.Flagged) > 0 {
		fmt.Fprintf(out, "flagged as %s\n", scenarioList(x.Flagged))
	} else {
		fmt.Fprintln(out, "not flagged")
	}
	for _, e := range x.Events {
		fmt.Fprintf(out, "  %s  %s  (%s)\n", e.Time, e.Kind, e.ID)
	}
	var left, unseen []string
	for _, verdict := range []string{VerdictFlagged, VerdictSpared, VerdictShadow, VerdictPassed, VerdictUnseen} {
		for i := range x.Rules {
			switch r := &x.Rules[i]; {
			case r.Verdict != verdict:
			case verdict == VerdictUnseen:
				unseen = append(unseen, r.Rule)
			case r.Finding == nil && r.leftOut() && !all:
				left = append(left, r.Rule)
			default:
				r.write(out)
			}
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(out, "\nthe where of these leaves the order out (--all says why): %s\n", strings.Join(left, ", "))
	}
	if len(unseen) > 0 {
		fmt.Fprintf(out, "\nthese did not look, for no event of the order is of a kind that they judge: %s\n", strings.Join(unseen, ", "))
	}
	return out.Flush()
}

// leftOut says whether where left out every event that was judged.
func (r *RuleExplanation) leftOut() bool {
	for i := range r.Judged {
		if len(r.Judged[i].Where) == 0 {
			return false
		}
	}
	return true
}

// write writes what became of the order under the rule.
func (r *RuleExplanation) write(w io.Writer) {
	shadow := ""
	if r.Shadow {
		shadow = ", in shadow"
	}
	fmt.Fprintf(w, "\n%s (%s, version %s%s): %s\n", r.Rule, r.Scenario, r.Version, shadow, r.Verdict)
	if r.Note != "" {
		fmt.Fprintf(w, "  %s\n", strings.Join(strings.Fields(r.Note), " "))
	}
	if f := r.Finding; f != nil {
		where := "at its own event"
		if !f.Own {
			where = "as one that took part, at the event of order " + f.By + ":"
		}
		fmt.Fprintf(w, "  %s %s (%s) of %s\n  %s\n", where, f.Event.Kind, f.Event.ID, f.Event.Time, f.Reason.Text)
		if f.Spared != "" {
			fmt.Fprintf(w, "  not flagged, by the list: %s\n", f.Spared)
		}
	}
	for i := range r.Judged {
		r.Judged[i].write(w)
	}
	if more := r.Looked - len(r.Judged); more > 0 {
		fmt.Fprintf(w, "  and judged at %d more events\n", more)
	}
}

// write writes how an event was judged.
func (j *Judgement) write(w io.Writer) {
	said := "does not fire"
	if j.Fired {
		said = "fires"
	}
	if j.Again != "" {
		said = j.Again
	}
	fmt.Fprintf(w, "  judged at %s (%s) of %s: %s\n", j.Event.Kind, j.Event.ID, j.Event.Time, said)
	for _, f := range j.Where {
		fmt.Fprintf(w, "    %s\n", f)
	}
	for i := range j.Conditions {
		if c := &j.Conditions[i]; c.Fact == "" {
			c.write(w)
		}
	}
	for i := range j.Facts {
		j.writeFact(w, &j.Facts[i])
	}
	if j.Expr != nil {
		j.Expr.write(w, "expr")
	}
	if j.Nearest != "" {
		fmt.Fprintf(w, "    %s\n", j.Nearest)
	}
}

// writeFact writes what a fact said, and by what.
func (j *Judgement) writeFact(w io.Writer, f *FactResult) {
	f.write(w, "fact "+f.Name)
	for i := range j.Conditions {
		if c := &j.Conditions[i]; c.Fact == f.Name {
			c.writeValue(w)
		}
	}
}

// writeValue writes what a condition of a fact measured, which has no limit.
func (c *ConditionResult) writeValue(w io.Writer) {
	_, name, _ := strings.Cut(c.Name, ".")
	what := c.Text
	if c.Value == 1 {
		what = c.one
	}
	if c.Within != "" {
		what += " within " + c.Within
	}
	if c.Known {
		fmt.Fprintf(w, "        %s = %d %s\n", name, c.Value, what)
	} else {
		fmt.Fprintf(w, "        %s = 0 %s: the event has no %s\n", name, what, strings.Join(c.Missing, ", "))
	}
}

// write writes what an expression said.
func (x *ExprResult) write(w io.Writer, what string) {
	said := "false"
	switch {
	case x.Error != "":
		said = "not true: " + x.Error
	case x.Holds:
		said = "true"
	}
	fmt.Fprintf(w, "    %s is %s: %s\n", what, said, shorten(strings.Join(strings.Fields(x.Source), " "), 160))
}

// write writes what a condition measured.
func (c *ConditionResult) write(w io.Writer) {
	mark, name, note := "no ", "", ""
	if c.Holds {
		mark = "yes"
	}
	if c.Group == "any" {
		mark += " (any)"
	}
	if c.Name != "" {
		name = c.Name + " = "
	}
	if c.Context {
		note = ", context"
	}
	within := ""
	if c.Within != "" {
		within = " within " + c.Within
	}
	if !c.Known {
		fmt.Fprintf(w, "    %s %s%s%s: the event has no %s\n", mark, c.Text, within, note, strings.Join(c.Missing, ", "))
		return
	}
	limit := "no limit"
	if c.Op != "" {
		limit = fmt.Sprintf("%s %d", strings.ReplaceAll(c.Op, "_", " "), c.Limit)
	}
	what := c.Text
	if c.Value == 1 {
		what = c.one
	}
	if c.Chance != "" {
		within += ", " + c.Chance
	}
	fmt.Fprintf(w, "    %s %s%d %s%s (%s%s)\n", mark, name, c.Value, what, within, limit, note)
	for i, e := range c.Counted {
		if i == shownCounted {
			break
		}
		fmt.Fprintf(w, "          %s  %s\n", e.Time, e.Order)
	}
	if n := len(c.Counted) - shownCounted; n > 0 {
		more := ""
		if c.More {
			more = " or more"
		}
		fmt.Fprintf(w, "          and %d%s before these\n", n, more)
	}
}

// shorten cuts a long text.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
