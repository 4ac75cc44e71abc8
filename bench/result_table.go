package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// names lists what was measured of a case.
func (c *Case) names() []string {
	names := make([]string, len(c.Values))
	for i := range c.Values {
		names[i] = c.Values[i].Name
	}
	return names
}

// tables are the tables of the cases, each with its head first: cases of which
// the same was measured share one.
func (r *Result) tables() (tables [][][]string) {
	var last []string
	for i := range r.Cases {
		c := &r.Cases[i]
		if names := c.names(); last == nil || !slices.Equal(names, last) {
			tables, last = append(tables, [][]string{append([]string{r.Bench}, names...)}), names
		}
		row := []string{c.Name}
		for _, v := range c.Values {
			row = append(row, Quantity(v.Value, v.Unit))
		}
		tables[len(tables)-1] = append(tables[len(tables)-1], row)
	}
	return tables
}

// goalRows is the table of the goals, its head first; nil if there are none.
func (r *Result) goalRows() [][]string {
	if len(r.Goals) == 0 {
		return nil
	}
	rows := [][]string{{"goal", "measured", "wanted", ""}}
	for _, g := range r.Goals {
		rows = append(rows, []string{g.What, Quantity(g.Value, g.Unit), g.want(), g.Verdict()})
	}
	return rows
}

// facts says on what, over what and when the result was measured.
func (r *Result) facts() []string {
	input := r.Input.Name
	if r.Input.Events > 0 {
		input += ": " + Quantity(float64(r.Input.Events), "events")
	}
	if r.Input.Bytes > 0 {
		input += ", " + Quantity(float64(r.Input.Bytes), "B")
	}
	if r.Input.SHA256 != "" {
		input += ", sha256 " + r.Input.SHA256[:min(16, len(r.Input.SHA256))]
	}
	return []string{
		r.When.UTC().Format(time.RFC3339) + ", commit " + r.Commit,
		r.Machine.String() + "; others used " + Quantity(math.Round(r.Others), "%") + " of it",
		"input: " + input,
	}
}

// WriteTable writes the result for people.
func (r *Result) WriteTable(w io.Writer) error {
	var b strings.Builder
	for _, rows := range r.tables() {
		align(&b, rows, true)
		b.WriteByte('\n')
	}
	if goals := r.goalRows(); goals != nil {
		align(&b, goals, false)
		b.WriteByte('\n')
	}
	for _, f := range r.facts() {
		b.WriteString(f + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown writes the result as a part of a page.
func (r *Result) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "`%s`\n\n", r.Command)
	for _, rows := range r.tables() {
		markdown(&b, rows)
		b.WriteByte('\n')
	}
	if goals := r.goalRows(); goals != nil {
		markdown(&b, goals)
		b.WriteByte('\n')
	}
	b.WriteString(strings.Join(r.facts(), "; ") + ".\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func markdown(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
}

// align writes rows in columns: the first to the left, the others to the right
// if they are figures.
func align(b *strings.Builder, rows [][]string, figures bool) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			if i > 0 {
				line += "  "
			}
			room := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if figures && i > 0 {
				line += room + cell
			} else {
				line += cell + room
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// scale is a unit that people read, and how many of the basic one it is.
type scale struct {
	unit string
	size float64
}

// scales are the units that stand for a basic one, the largest first.
var scales = map[string][]scale{
	"s":   {{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}, {"ns", 1e-9}},
	"B":   {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}},
	"B/s": {{"GB/s", 1e9}, {"MB/s", 1e6}, {"kB/s", 1e3}, {"B/s", 1}},
	"%":   {{"%", 1}},
	"x":   {{"×", 1}},
}

// Quantity writes a value with three digits that count, in the unit that suits
// it: 0.00231 s as 2.31 ms. What is counted and has no unit is written in full.
func Quantity(v float64, unit string) string {
	if unit == "" && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	units, known := scales[unit]
	if !known {
		units = []scale{{"G " + unit, 1e9}, {"M " + unit, 1e6}, {"k " + unit, 1e3}, {unit, 1}}
	}
	use := units[len(units)-1]
	for _, u := range units {
		// What rounds up to the unit is written in it.
		if math.Abs(v) >= 0.9995*u.size {
			use = u
			break
		}
	}
	if v == 0 {
		use = units[0]
		if unit != "s" {
			use = units[len(units)-1]
		}
	}
	return strings.TrimRight(digits(v/use.size)+" "+use.unit, " ")
}

// digits writes a number with three digits that count, and all before the point.
func digits(v float64) string {
	places := 0
	if v != 0 && math.Abs(v) < 99.95 {
		places = 2 - int(math.Floor(math.Log10(math.Abs(v))*(1+1e-12)))
	}
	return trimZeros(strconv.FormatFloat(v, 'f', min(max(places, 0), 4), 64))
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		return strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
