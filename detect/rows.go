package detect

import (
	"github.com/cespare/xxhash/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// Most tables have a row for each event of a batch. Two kinds have several:
//
//   - under a key with a list, such as the evidence of a dispute, a row for each
//     of its values; what the table says of the event is the highest answer;
//   - by the states of orders, a row in which the state of the order is changed,
//     under the key and at the time of its creation, and a row in which the event
//     is added, if it is the creation, and asks under its own.
const (
	listRows  = 8 // values of a list beyond that are not looked at
	stateRows = 2
)

// prepareRows fills the rows of event i in a table that has several, where h is
// the hash of the key but for its list.
func (c *columns) prepareRows(p *plan, t, i int, h uint64, do uint8) {
	tb, rows := &p.tables[t], &c.tables[t]
	first := i * tb.stride
	if tb.state != 0 {
		j := first + 1
		rows.Key[j], rows.Do[j], rows.Time[j], rows.Clock[j] = h, do, c.time[i], c.clock[i]
		c.several[i] = true
		tb.clearAnswers(rows, j)
		return
	}
	var values [listRows]uint64
	n := listOf(tb.list, c.events[i], &values)
	for j := range n {
		r := first + j
		rows.Key[r], rows.Do[r], rows.Time[r], rows.Clock[r] = mix(h, values[j]), do, c.time[i], c.clock[i]
	}
	if n > 0 {
		c.several[i], c.listed[i] = true, true
	}
}

// listOf writes the hashes of the different values of a list field, at most
// listRows, and returns how many there are.
func listOf(f Field, e *orderguard.Event, out *[listRows]uint64) int {
	n := 0
	switch f {
	case FieldEvidence:
		for _, s := range e.Evidence {
			n = addHash(out, n, max(xxhash.Sum64String(s), 1))
		}
	case FieldWording:
		n = bands(wordingOf(e), out)
	}
	return n
}

// addHash adds a hash to the first n of a list, unless it is among them or the
// list is full.
func addHash(list *[listRows]uint64, n int, h uint64) int {
	for _, old := range list[:n] {
		if old == h {
			return n
		}
	}
	if n == listRows {
		return n
	}
	list[n] = h
	return n + 1
}

// recordRows gives the rows of event i what only the record stage knows.
func (e *Engine) recordRows(i int) {
	c := e.columns
	for _, t := range e.plan.several {
		tb, rows := &e.plan.tables[t], &c.tables[t]
		for r := i * tb.stride; r < (i+1)*tb.stride; r++ {
			if rows.Do[r] == 0 {
				continue
			}
			rows.Ref[r] = c.ref[i]
			if tb.values == window.DenseValues && tb.state == 0 {
				rows.Val[r] = c.number[tb.counted][i]
			}
		}
	}
}

// answer returns what view v says at a row of the table's columns.
func (t *table) answer(rows *window.Columns, v, row int) int64 { return rows.Out[row*len(t.views)+v] }

// row returns the row that says what view v of a table measures at event i: of
// several the one with the highest answer. Not ok if the event lacks a field of
// the table's key.
func (e *Engine) row(table, v, i int) (row int, ok bool) {
	tb, c := &e.plan.tables[table], &e.columns.tables[table]
	if tb.stride == 1 {
		return i, c.Key[i] != 0
	}
	first := i * tb.stride
	if tb.state != 0 {
		return first + 1, c.Key[first+1] != 0
	}
	row = first
	for r := first + 1; r < first+tb.stride && c.Key[r] != 0; r++ {
		if tb.answer(c, v, r) > tb.answer(c, v, row) {
			row = r
		}
	}
	return row, c.Key[first] != 0
}
