package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/orderguard/orderguard"
)

// MonthTally is the tally of the orders of one month, each counted once, under
// whatever scenario it was flagged.
type MonthTally struct {
	Month string `json:"month"` // as 2026-11
	Tally
}

// months counts by month, in order.
func (s *scorer) months() []MonthTally {
	tallies := map[string]*Tally{}
	of := func(t orderguard.Millis) *Tally {
		m := t.Time().Format("2006-01")
		if tallies[m] == nil {
			tallies[m] = &Tally{}
		}
		return tallies[m]
	}
	for order, labels := range s.byOrder {
		t := of(labels[0].at)
		t.Labelled++
		if len(s.flagged[order]) > 0 {
			t.Right++
		}
	}
	for _, flags := range s.flagged {
		of(flags[0].when()).Flagged++
	}
	var all []MonthTally
	for m, t := range tallies {
		t.rate()
		all = append(all, MonthTally{m, *t})
	}
	slices.SortFunc(all, func(a, b MonthTally) int { return strings.Compare(a.Month, b.Month) })
	return all
}

// when returns when the order was placed or, if the events do not say, flagged.
func (f *evalFlag) when() orderguard.Millis {
	if f.placed == 0 {
		return f.at
	}
	return f.placed
}

// WriteMonths writes the tallies of the months as a table, and one of all
// months from the second on.
func (r *Report) WriteMonths(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "month\tlabelled\tflagged\tright\tprecision\trecall\tF1\t")
	var later Tally
	for i, m := range r.Months {
		m.write(t, m.Month)
		if i > 0 {
			later.Labelled += m.Labelled
			later.Flagged += m.Flagged
			later.Right += m.Right
		}
	}
	if len(r.Months) > 1 {
		later.rate()
		later.write(t, "all later ones")
	}
	return t.Flush()
}

// WriteFlaggedFrom lists the flagged orders that were placed from a time on,
// with the reasons, in the order in which they were flagged.
func (r *Report) WriteFlaggedFrom(w io.Writer, from time.Time) error {
	var b strings.Builder
	n := 0
	for _, f := range r.flagged {
		if f.when().Time().Before(from) {
			continue
		}
		n++
		label := "no label"
		if f.labelled {
			label = "labelled"
		}
		fmt.Fprintf(&b, "%s  %s  %s  %s  score %d\n", f.when(), f.key.order, f.key.scenario, label, f.score)
		for i, rule := range f.rules {
			fmt.Fprintf(&b, "    %s: %s\n", rule, f.texts[i])
		}
	}
	fmt.Fprintf(&b, "%d flagged orders were placed from %s on.\n", n, from.Format(time.DateOnly))
	_, err := io.WriteString(w, b.String())
	return err
}
