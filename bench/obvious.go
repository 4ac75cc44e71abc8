package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Obvious is the program that a reader would write in an afternoon for the two
// rules that the product's contract shows: ten orders of a buyer at a shop
// within ten minutes, and orders of a hundred different buyers at a shop within
// five. It reads lines with bufio.Scanner, decodes with encoding/json, keeps a
// map of slices, and gives each order that took part once to emit.
//
// It expects order of time, drops no duplicates, forgets no key and keeps
// nothing. It is not slowed on purpose, and is the twin that the engine is
// compared with, for its findings and its speed.
func Obvious(r io.Reader, emit func(order, scenario string)) error {
	o := obvious{emit: emit, pairs: map[[2]string]*pairWindow{}, shops: map[string]*shopWindow{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 64<<10+2)
	for lines.Scan() {
		var e obviousEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Type != "order" || e.Status != "created" {
			continue
		}
		at, ok := obviousTime(e.TS)
		if !ok {
			continue
		}
		entry := &obviousOrder{at: at, order: e.Order, buyer: e.Buyer}
		o.pair(&e, entry)
		o.shop(&e, entry)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("obvious: %w", err)
	}
	return nil
}

type obviousEvent struct {
	Type   string          `json:"type"`
	TS     json.RawMessage `json:"ts"`
	Shop   string          `json:"shop"`
	Buyer  string          `json:"buyer"`
	Order  string          `json:"order"`
	Status string          `json:"status"`
}

type obviousOrder struct {
	at           int64
	order, buyer string
	flagged      bool
}

type pairWindow struct{ orders []*obviousOrder }

type shopWindow struct {
	orders []*obviousOrder
	buyers map[string]int
}

type obvious struct {
	emit  func(order, scenario string)
	pairs map[[2]string]*pairWindow
	shops map[string]*shopWindow
}

// flag gives out the orders of a window that were not given before.
func (o *obvious) flag(orders []*obviousOrder) {
	for _, x := range orders {
		if !x.flagged {
			x.flagged = true
			o.emit(x.order, "malicious_order")
		}
	}
}

// pair counts the orders of a buyer at a shop.
func (o *obvious) pair(e *obviousEvent, entry *obviousOrder) {
	key := [2]string{e.Buyer, e.Shop}
	w := o.pairs[key]
	if w == nil {
		w = &pairWindow{}
		o.pairs[key] = w
	}
	w.orders = append(w.orders, entry)
	for w.orders[0].at <= entry.at-600_000 {
		w.orders = w.orders[1:]
	}
	if len(w.orders) >= 10 {
		o.flag(w.orders)
	}
}

// shop counts the different buyers of a shop.
func (o *obvious) shop(e *obviousEvent, entry *obviousOrder) {
	w := o.shops[e.Shop]
	if w == nil {
		w = &shopWindow{buyers: map[string]int{}}
		o.shops[e.Shop] = w
	}
	w.orders = append(w.orders, entry)
	w.buyers[entry.buyer]++
	for w.orders[0].at <= entry.at-300_000 {
		old := w.orders[0].buyer
		if w.buyers[old]--; w.buyers[old] == 0 {
			delete(w.buyers, old)
		}
		w.orders = w.orders[1:]
	}
	if len(w.buyers) >= 100 {
		o.flag(w.orders)
	}
}

// obviousTime reads an RFC 3339 string or a number of milliseconds.
func obviousTime(raw json.RawMessage) (int64, bool) {
	if len(raw) > 0 && raw[0] == '"' {
		var t time.Time
		if t.UnmarshalJSON(raw) != nil {
			return 0, false
		}
		return t.UnixMilli(), true
	}
	var ms int64
	if json.Unmarshal(raw, &ms) != nil {
		return 0, false
	}
	return ms, true
}
