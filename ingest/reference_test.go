package ingest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// reference is the dumb twin of the Decoder, on encoding/json. It returns the
// reason for which the line is rejected, or 0.
func reference(line []byte) (e orderguard.Event, reason orderguard.RejectReason) {
	if len(line) > orderguard.MaxLine {
		return e, orderguard.LineTooLong
	}
	if !json.Valid(line) {
		return e, orderguard.NotJSON
	}
	if bytes.TrimLeft(line, " \t\r\n")[0] != '{' {
		return e, orderguard.NotObject
	}
	r := &referee{values: map[string]json.RawMessage{}}
	r.walk(line, "")
	r.judge(&e)
	return e, r.reason
}

// referee holds the last value of each key, of ship_to's as "ship_to.city", and
// the first fault.
type referee struct {
	values map[string]json.RawMessage
	reason orderguard.RejectReason
}

func (r *referee) walk(object []byte, prefix string) {
	d := json.NewDecoder(bytes.NewReader(object))
	must(d.Token())
	for d.More() {
		key := must(d.Token()).(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			panic(err)
		}
		if string(raw) == "null" {
			continue
		}
		r.values[prefix+key] = raw
		if prefix+key == "ship_to" && raw[0] == '{' {
			r.walk(raw, "ship_to.")
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (r *referee) fault(reason orderguard.RejectReason) {
	if r.reason == 0 {
		r.reason = reason
	}
}

// str reads a string, "" if it is absent.
func (r *referee) str(key string) (s string) {
	if raw := r.values[key]; raw != nil && json.Unmarshal(raw, &s) != nil {
		r.fault(orderguard.WrongType)
	}
	return s
}

func (r *referee) needed(key string) string {
	s := r.str(key)
	if s == "" {
		r.fault(orderguard.MissingField)
	}
	return s
}

func (r *referee) id(key string) string {
	s := r.str(key)
	if len(s) > orderguard.MaxID {
		r.fault(orderguard.IDTooLong)
	}
	return s
}

var (
	wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)
	strictTime  = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
)

func (r *referee) number(key string) (n int64, ok bool) {
	raw := r.values[key]
	if raw == nil || json.Unmarshal(raw, &n) == nil {
		return n, raw != nil
	}
	if wholeNumber.Match(raw) {
		r.fault(orderguard.NumberTooBig)
	} else {
		r.fault(orderguard.WrongType)
	}
	return 0, false
}

func (r *referee) count(key string) int64 {
	n, _ := r.number(key)
	if n < 0 {
		r.fault(orderguard.BadValue)
	}
	return n
}

func (r *referee) time(key string) orderguard.Millis {
	raw := r.values[key]
	if raw == nil {
		return 0
	}
	var s string
	n := int64(0)
	if json.Unmarshal(raw, &s) != nil {
		n, _ = r.number(key)
	} else {
		var t time.Time
		if !strictTime.MatchString(s) || t.UnmarshalText([]byte(strings.ToUpper(s))) != nil {
			r.fault(orderguard.BadTime)
			return 0
		}
		n = t.UnixMilli()
	}
	if n < 0 || n > int64(orderguard.MaxTime) {
		r.fault(orderguard.BadTime)
	}
	return orderguard.Millis(n)
}

func one[T any](r *referee, key string, parse func(string) (T, bool)) (v T) {
	if s := r.str(key); s != "" {
		var ok bool
		if v, ok = parse(s); !ok {
			r.fault(orderguard.BadValue)
		}
	}
	return v
}

func (r *referee) judge(e *orderguard.Event) {
	typ := r.needed("type")
	if !strings.Contains(" order dispute review message account ", " "+typ+" ") {
		r.fault(orderguard.BadValue)
		return
	}
	e.ID = r.needed("id")
	if r.values["ts"] == nil {
		r.fault(orderguard.MissingField)
	}
	e.Time = r.time("ts")
	if typ == "account" {
		r.account(e)
		return
	}
	if e.Shop = r.id("shop"); e.Shop == "" {
		r.fault(orderguard.MissingField)
	}
	if e.Buyer = r.id("buyer"); e.Buyer == "" {
		r.fault(orderguard.MissingField)
	}
	if e.Order = r.id("order"); e.Order == "" {
		r.fault(orderguard.MissingField)
	}
	switch typ {
	case "order":
		r.order(e)
	case "dispute":
		r.dispute(e)
	case "review":
		e.Kind = orderguard.ReviewGiven
		e.Review = r.str("review")
		n, ok := r.number("rating")
		if !ok {
			r.fault(orderguard.MissingField)
		}
		if n < 1 || n > 5 {
			r.fault(orderguard.BadValue)
		}
		e.Rating = uint8(n)
		e.Text = r.str("text")
	case "message":
		e.Kind = orderguard.MessageSent
		e.Text = r.str("text")
		r.needed("from")
		e.From = one(r, "from", orderguard.ParseSender)
	}
}

func (r *referee) account(e *orderguard.Event) {
	e.Kind = orderguard.AccountDeclared
	e.Shop, e.Buyer = r.id("shop"), r.id("buyer")
	if e.Shop == "" && e.Buyer == "" {
		r.fault(orderguard.MissingField)
	}
	e.Category = r.str("category")
	e.Device, e.IP, e.Address, e.Payment = r.str("device"), r.str("ip"), r.str("address"), r.str("payment")
	r.needed("role")
	e.Role = one(r, "role", orderguard.ParseRole)
}

func (r *referee) order(e *orderguard.Event) {
	status := r.needed("status")
	kind, ok := orderguard.ParseKind("order." + status)
	if !ok {
		r.fault(orderguard.BadValue)
	}
	e.Kind = kind
	e.Actor = one(r, "actor", orderguard.ParseActor)
	if kind != orderguard.OrderCreated {
		return
	}
	e.SKU, e.Qty, e.Amount = r.str("sku"), r.count("qty"), r.count("amount")
	e.Currency, e.Category = r.str("currency"), r.str("category")
	if raw := r.values["custom"]; raw != nil && json.Unmarshal(raw, &e.Custom) != nil {
		r.fault(orderguard.WrongType)
	}
	e.BuyerSince = r.time("buyer_since")
	e.Device, e.IP, e.Address, e.Payment = r.str("device"), r.str("ip"), r.str("address"), r.str("payment")
	if raw := r.values["ship_to"]; raw != nil && raw[0] != '{' {
		r.fault(orderguard.WrongType)
	}
	e.Note = r.str("note")
	s := &e.ShipTo
	s.Name, s.Phone, s.Country = r.str("ship_to.name"), r.str("ship_to.phone"), r.str("ship_to.country")
	s.Region, s.City = r.str("ship_to.region"), r.str("ship_to.city")
	s.Line1, s.Postcode = r.str("ship_to.line1"), r.str("ship_to.postcode")
}

func (r *referee) dispute(e *orderguard.Event) {
	status := r.needed("status")
	kind, ok := orderguard.ParseKind("dispute." + status)
	if !ok {
		r.fault(orderguard.BadValue)
	}
	e.Kind = kind
	e.Dispute = r.str("dispute")
	e.Reason = one(r, "reason", orderguard.ParseDisputeReason)
	e.Outcome = one(r, "outcome", orderguard.ParseOutcome)
	e.Refund = r.count("refund")
	raw := r.values["evidence"]
	var list []*string
	if raw != nil && json.Unmarshal(raw, &list) != nil {
		r.fault(orderguard.WrongType)
	}
	for _, s := range list {
		if s != nil && *s != "" {
			e.Evidence = append(e.Evidence, *s)
		}
	}
}
