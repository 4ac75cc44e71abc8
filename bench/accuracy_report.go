package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
)

// WriteMarkdown writes the figures as tables: the bars, each market, each kind
// of attack with its delays, what the scores mean, and, with detail, each attack
// that was found by less than BarKind and what was flagged wrongly.
func (a *Accuracy) WriteMarkdown(w io.Writer, detail bool) error {
	var b strings.Builder
	a.writeBars(&b)
	a.writeMarkets(&b)
	a.writeKinds(&b)
	a.writeScenarios(&b)
	a.writeScores(&b)
	if detail {
		a.writeDetail(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *Accuracy) writeBars(b *strings.Builder) {
	b.WriteString("| figure | value | bar | |\n|---|---|---|---|\n")
	for _, bar := range a.Bars() {
		sign, met := "at least", "met"
		if bar.AtMost {
			sign = "at most"
		}
		if !bar.Met() {
			met = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %s | %s %.4g | %s |\n", bar.Name, rate(bar.Value), sign, bar.Limit, met)
	}
}

func (a *Accuracy) writeMarkets(b *strings.Builder) {
	b.WriteString("\n| seed | orders | labelled | flagged | right | precision | recall |\n|---|---|---|---|---|---|---|\n")
	for _, free := range []bool{false, true} {
		for _, m := range a.Markets {
			if m.Free == free && !free {
				fmt.Fprintf(b, "| %d | %d | %d | %d | %d | %s | %s |\n", m.Seed, m.Orders, m.Overall.Labelled, m.Overall.Flagged,
					m.Overall.Right, rate(m.Overall.Precision), rate(m.Overall.Recall))
			}
		}
		all, orders := a.sum(free)
		if orders == 0 {
			continue
		}
		if !free {
			fmt.Fprintf(b, "| all | %d | %d | %d | %d | %s | %s |\n", orders, all.Labelled, all.Flagged, all.Right, rate(all.Precision), rate(all.Recall))
			continue
		}
		b.WriteString("\n| seed, without attacks | orders | flagged | flagged of 10,000 |\n|---|---|---|---|\n")
		for _, m := range a.Markets {
			if m.Free {
				fmt.Fprintf(b, "| %d | %d | %d | %.2f |\n", m.Seed, m.Orders, m.Overall.Flagged, perMyriad(m.Overall.Flagged, m.Orders))
			}
		}
		fmt.Fprintf(b, "| all | %d | %d | %.2f |\n", orders, all.Flagged, perMyriad(all.Flagged, orders))
	}
}

// perMyriad returns how many of 10,000 orders were flagged.
func perMyriad(flagged int, orders int64) float64 {
	return 1e4 * float64(flagged) / float64(max(1, orders))
}

// writeKinds writes a row for each kind of attack. What is placed at the first
// alert and at half is a median over all attacks of the kind; the last figure is
// how many of them keep the bar on delay, for a flood on the first alert, for
// others on the half.
func (a *Accuracy) writeKinds(b *strings.Builder) {
	kinds := kindsOf(a.attacks)
	if len(kinds) == 0 {
		return
	}
	b.WriteString("\n| attack | scenario | attacks | found | labelled | flagged | recall | first alert after | placed by then | placed at half | within bars |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, k := range kinds {
		only := []string{k.Kind}
		fmt.Fprintf(b, "| `%s` | %s | %d | %d | %d | %d | %.3f | %s | %s | %s | %d |\n", k.Kind, k.Scenario, k.Attacks, k.AttacksFound, k.Labelled, k.Found,
			k.Recall, after(k.FirstDelay), percent(a.delay(only, placedAtFirst)), percent(a.delay(only, placedAtHalf)), a.inTime(k.Kind))
	}
}

// inTime counts the attacks of a kind that keep the bar on delay.
func (a *Accuracy) inTime(kind string) int {
	n := 0
	for _, x := range a.of([]string{kind}) {
		at, limit := placedAtHalf(&x), BarHalf
		if slices.Contains(floodKinds, kind) || slices.Contains(rateKinds, kind) {
			at, limit = placedAtFirst(&x), BarFirst
		}
		if *at <= limit {
			n++
		}
	}
	return n
}

// writeScenarios writes a row for each scenario, in which an order is right only
// under its own, and one for all of them.
func (a *Accuracy) writeScenarios(b *strings.Builder) {
	b.WriteString("\n| scenario | labelled | flagged | right | precision | recall | F1 |\n|---|---|---|---|---|---|---|\n")
	var all Tally
	row := func(name string, t Tally) {
		t.rate()
		fmt.Fprintf(b, "| %s | %d | %d | %d | %s | %s | %s |\n", name, t.Labelled, t.Flagged, t.Right, rate(t.Precision), rate(t.Recall), rate(t.F1))
	}
	for i, t := range a.named {
		if t.Labelled+t.Flagged > 0 {
			row(orderguard.Scenario(i).String(), t)
			all.Labelled, all.Flagged, all.Right = all.Labelled+t.Labelled, all.Flagged+t.Flagged, all.Right+t.Right
		}
	}
	row("the right one", all)
}

// WriteRules writes how right each rule was on the markets with attacks, and
// the base score that follows from it.
func (a *Accuracy) WriteRules(w io.Writer) error {
	list := make([]RuleScore, 0, len(a.rules))
	for _, r := range a.rules {
		list = append(list, *r)
	}
	sortRules(list)
	var b strings.Builder
	writeRules(&b, list)
	a.writeScores(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *Accuracy) writeScores(b *strings.Builder) {
	b.WriteString("\n| score | alerts | mean score | right |\n|---|---|---|---|\n")
	for i, s := range a.scores {
		if s.Alerts > 0 {
			fmt.Fprintf(b, "| %d to %d | %d | %.1f | %.1f%% |\n", 10*i, 10*i+9+i/9, s.Alerts,
				float64(s.Sum)/float64(s.Alerts), 100*float64(s.Right)/float64(s.Alerts))
		}
	}
}

func (a *Accuracy) writeDetail(b *strings.Builder) {
	b.WriteString("\n| flagged without a label: what it was | scenario | rule | orders |\n|---|---|---|---|\n")
	for _, c := range a.blame() {
		fmt.Fprintf(b, "| %s | %s | %s | %d |\n", c.Family, c.Scenario, c.Rule, c.Orders)
	}
	b.WriteString("\n| attack found by less than its bar | seed | labelled | flagged | buyers | within |\n|---|---|---|---|---|---|\n")
	for i, m := range a.details {
		for _, x := range m {
			if x.Recall < BarKind {
				fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %s |\n", x.Attack, a.Markets[i].Seed, x.Labelled, x.Found, x.Buyers, after(x.Span))
			}
		}
	}
}
