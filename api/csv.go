package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// csvMedia is the form of answers for spreadsheets.
const csvMedia = "text/csv"

// table is an answer of rows and columns (RFC 4180). A row is as long as the
// columns.
type table struct {
	columns []string
	rows    [][]any
}

func (t *table) add(cells ...any) {
	if len(cells) != len(t.columns) {
		panic("BUG: a row that does not fit its table")
	}
	t.rows = append(t.rows, cells)
}

func (t table) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", csvMedia+"; charset=utf-8; header=present")
	// The writer's own UseCRLF changes the line ends within cells too.
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	write := func(line []string) {
		b.Reset()
		_ = out.Write(line)
		out.Flush()
		b.Truncate(b.Len() - 1)
		b.WriteString("\r\n")
		_, _ = w.Write(b.Bytes()) // a client that has gone is no fault of ours
	}
	write(t.columns)
	line := make([]string, len(t.columns))
	for _, row := range t.rows {
		for i, cell := range row {
			line[i] = cellText(cell)
		}
		write(line)
	}
	return nil
}

// cellText writes a cell. What is no number must not begin as a formula does:
// buyers choose their names, and spreadsheets run what they read.
func cellText(cell any) string {
	switch v := cell.(type) {
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v)
	}
	s := fmt.Sprint(cell)
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

func alertTable(alerts []orderguard.Alert) table {
	t := table{columns: []string{"alert", "seq", "scenario", "order", "shop", "buyer", "attack", "score", "severity", "flagged_at",
		"status", "revision", "reasons", "reasons_zh", "verdict_by", "verdict_at", "comment"}}
	for i := range alerts {
		a := &alerts[i]
		var en, zh []string
		for _, r := range a.Reasons {
			en, zh = append(en, r.Text), append(zh, r.TextZh)
		}
		var by, at, comment string
		if v := a.Verdict; v != nil {
			by, at, comment = v.By, v.At.String(), v.Comment
		}
		t.add(a.ID, a.Seq, a.Scenario, a.Order, a.Shop, a.Buyer, a.Attack, a.Score, a.Severity, a.FlaggedAt,
			a.Status, a.Revision, strings.Join(en, "; "), strings.Join(zh, "；"), by, at, comment)
	}
	return t
}

func reportTable(reports []orderguard.Report) table {
	t := table{columns: []string{"report", "order", "shop", "buyer", "scenario", "state", "filed_at", "due", "statement", "evidence",
		"upheld", "decided_at", "grounds", "grounds_zh", "appeal", "revision"}}
	for i := range reports {
		r := &reports[i]
		var due, upheld, decided, appeal string
		var grounds orderguard.Wording
		if r.Due != 0 {
			due = r.Due.String()
		}
		if n := len(r.Rulings); n > 0 {
			last := r.Rulings[n-1]
			upheld, decided, grounds = fmt.Sprint(last.Upheld), last.At.String(), last.Grounds
		}
		if r.Appeal != nil {
			appeal = r.Appeal.Statement
		}
		t.add(r.ID, r.Order, r.Shop, r.Buyer, r.Scenario, r.State, r.FiledAt, due, r.Statement, strings.Join(r.Evidence, " "),
			upheld, decided, grounds.En, grounds.Zh, appeal, r.Revision)
	}
	return t
}

// indicatorTable has a row for each figure: the rates, then the disputes by
// reason and by sku, which are counts.
func indicatorTable(in *casework.Indicators) table {
	t := table{columns: []string{"shop", "from", "to", "indicator", "reason", "sku", "raw_numerator", "raw_denominator", "raw",
		"excluded_numerator", "excluded_denominator", "excluded", "cleansed_numerator", "cleansed_denominator", "cleansed"}}
	for _, f := range in.Rates {
		t.add(in.Shop, in.From, in.To, f.Indicator, "", "", f.Raw.Numerator, f.Raw.Denominator, f.Raw.Rate,
			f.Excluded.Numerator, f.Excluded.Denominator, f.Excluded.Rate, f.Cleansed.Numerator, f.Cleansed.Denominator, f.Cleansed.Rate)
	}
	for _, parts := range [][]casework.Part{in.ByReason, in.BySKU} {
		for _, p := range parts {
			t.add(in.Shop, in.From, in.To, orderguard.Disputes, p.Reason, p.SKU, p.Raw, "", p.Raw, p.Excluded, "", p.Excluded, p.Cleansed, "", p.Cleansed)
		}
	}
	return t
}

func deltaTable(deltas []orderguard.Delta) table {
	t := table{columns: []string{"shop", "order", "day", "indicator", "numerator", "denominator", "reason", "sku", "cause", "at"}}
	for i := range deltas {
		d := &deltas[i]
		t.add(d.Shop, d.Order, d.Day, d.Indicator, d.Numerator, d.Denominator, d.Reason, d.SKU, d.Cause, d.At)
	}
	return t
}
