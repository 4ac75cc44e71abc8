package ingest

import (
	"math/bits"
	"unsafe"

	"github.com/orderguard/orderguard"
)

// finish judges what was seen of a line that is JSON, now that the event's type
// is known.
func (d *Decoder) finish() *RejectError {
	e := d.event
	seen := d.text | d.other
	kind, has := d.kind(seen)
	e.Kind = kind
	if stray := seen &^ has; stray != 0 {
		d.drop(stray)
	}
	seen &= has
	d.times(seen)
	if e.ID == "" {
		d.missing(fID)
	}
	if len(e.Shop) > orderguard.MaxID || len(e.Buyer) > orderguard.MaxID || len(e.Order) > orderguard.MaxID {
		d.tooLong()
	}
	if kind == orderguard.AccountDeclared {
		if e.Shop == "" && e.Buyer == "" && d.bad>>fBuyer&1 == 0 {
			d.missing(fShop)
		}
	} else if e.Shop == "" || e.Buyer == "" || e.Order == "" {
		d.noParties()
	}
	if seen&enumerated != 0 || kind >= orderguard.ReviewGiven {
		d.enumerations(kind, seen)
	}
	if d.bad&has != 0 {
		return d.reject(has)
	}
	return nil
}

// enumerated is the fields, other than type and status, that take one of a few
// words.
var enumerated = set(fActor, fReason, fOutcome, fFrom, fRole)

// kind returns the event's kind, and the fields that such an event has.
func (d *Decoder) kind(seen fieldSet) (orderguard.Kind, fieldSet) {
	if d.text>>fType&1 == 0 || d.words[wType] == "" {
		d.missing(fType)
		return 0, 1 << fType
	}
	switch d.words[wType] {
	case "order":
		switch d.status() {
		case "created":
			return orderguard.OrderCreated, onCreated
		case "paid":
			return orderguard.OrderPaid, onOrder
		case "shipped":
			return orderguard.OrderShipped, onOrder
		case "delivered":
			return orderguard.OrderDelivered, onOrder
		case "completed":
			return orderguard.OrderCompleted, onOrder
		case "cancelled":
			return orderguard.OrderCancelled, onOrder
		case "refunded":
			return orderguard.OrderRefunded, onOrder
		}
		d.unknownWord(fStatus, wStatus)
		return 0, onOrder
	case "dispute":
		switch d.status() {
		case "opened":
			return orderguard.DisputeOpened, onDispute
		case "escalated":
			return orderguard.DisputeEscalated, onDispute
		case "withdrawn":
			return orderguard.DisputeWithdrawn, onDispute
		case "closed":
			return orderguard.DisputeClosed, onDispute
		}
		d.unknownWord(fStatus, wStatus)
		return 0, onDispute
	case "review":
		return orderguard.ReviewGiven, onReview
	case "message":
		return orderguard.MessageSent, onMessage
	case "account":
		return orderguard.AccountDeclared, onAccount
	}
	d.unknownWord(fType, wType)
	return 0, 1 << fType
}

// status returns the line's status, "" if it has none.
func (d *Decoder) status() string {
	if d.text>>fStatus&1 == 0 {
		return ""
	}
	return d.words[wStatus]
}

// times reads the times that the line gave as strings, and checks the range of
// those that it gave as numbers.
func (d *Decoder) times(seen fieldSet) {
	e := d.event
	if seen>>fTime&1 == 0 {
		d.missing(fTime)
	}
	if d.text>>fTime&1 != 0 {
		d.time(fTime, wTime, &e.Time)
	} else if uint64(e.Time) > uint64(orderguard.MaxTime) {
		d.badTime(fTime, e.Time)
	}
	if seen>>fBuyerSince&1 == 0 {
		return
	}
	if d.text>>fBuyerSince&1 != 0 {
		d.time(fBuyerSince, wBuyerSince, &e.BuyerSince)
	} else if uint64(e.BuyerSince) > uint64(orderguard.MaxTime) {
		d.badTime(fBuyerSince, e.BuyerSince)
	}
}

func (d *Decoder) time(f field, w int, t *orderguard.Millis) {
	v, ok := parseInstant(d.words[w])
	if !ok && d.bad>>f&1 == 0 {
		d.fault(f, orderguard.BadTime, quote(d.words[w]))
	}
	*t = v
}

// enumerations reads the words that the line has, and checks that those are
// there that its type needs.
func (d *Decoder) enumerations(kind orderguard.Kind, seen fieldSet) {
	e := d.event
	enumeration(d, seen, fActor, wActor, &e.Actor, orderguard.ParseActor)
	enumeration(d, seen, fReason, wReason, &e.Reason, orderguard.ParseDisputeReason)
	enumeration(d, seen, fOutcome, wOutcome, &e.Outcome, orderguard.ParseOutcome)
	enumeration(d, seen, fFrom, wFrom, &e.From, orderguard.ParseSender)
	enumeration(d, seen, fRole, wRole, &e.Role, orderguard.ParseRole)
	switch {
	case kind == orderguard.ReviewGiven && seen>>fRating&1 == 0:
		d.missing(fRating)
	case kind == orderguard.MessageSent && e.From == 0:
		d.missing(fFrom)
	case kind == orderguard.AccountDeclared && e.Role == 0:
		d.missing(fRole)
	}
}

func enumeration[T any](d *Decoder, seen fieldSet, f field, w int, v *T, parse func(string) (T, bool)) {
	if seen>>f&1 == 0 || d.bad>>f&1 != 0 {
		return
	}
	s := d.words[w]
	x, ok := parse(s)
	if !ok && s != "" { // An empty word is the same as none.
		d.fault(f, orderguard.BadValue, quote(s))
	}
	*v = x
}

// drop clears fields that the event's type does not have.
func (d *Decoder) drop(stray fieldSet) {
	for ; stray != 0; stray &= stray - 1 {
		f := field(bits.TrailingZeros64(uint64(stray)))
		p := unsafe.Add(unsafe.Pointer(d.event), specs[f].off)
		switch {
		case f == fRating:
			d.event.Rating = 0
		case f == fUnknown || f == fShipUnknown:
		case specs[f].class == text:
			*(*string)(p) = ""
		case specs[f].class == integer || specs[f].class == instant:
			*(*int64)(p) = 0
		case specs[f].class == boolean:
			d.event.Custom = false
		case specs[f].class == list:
			d.event.Evidence = nil
		}
	}
}

// missing notes that f is needed and not there, unless a fault of it is known.
func (d *Decoder) missing(f field) {
	if d.bad>>f&1 == 0 {
		d.fault(f, orderguard.MissingField, "")
	}
}

// unknownWord notes that the word of f is none of those allowed, or missing.
func (d *Decoder) unknownWord(f field, w int) {
	switch {
	case d.bad>>f&1 != 0:
	case d.text>>f&1 == 0 || d.words[w] == "":
		d.missing(f)
	default:
		d.fault(f, orderguard.BadValue, quote(d.words[w]))
	}
}

// noParties notes which of the ids of an event that is no account are missing.
func (d *Decoder) noParties() {
	if d.event.Shop == "" {
		d.missing(fShop)
	}
	if d.event.Buyer == "" {
		d.missing(fBuyer)
	}
	if d.event.Order == "" {
		d.missing(fOrder)
	}
}

// tooLong notes which ids are too long.
func (d *Decoder) tooLong() {
	d.atMost(fShop, d.event.Shop)
	d.atMost(fBuyer, d.event.Buyer)
	d.atMost(fOrder, d.event.Order)
}

func (d *Decoder) atMost(f field, s string) {
	if len(s) > orderguard.MaxID && d.bad>>f&1 == 0 {
		d.fault(f, orderguard.IDTooLong, quote(s))
	}
}

func (d *Decoder) badTime(f field, t orderguard.Millis) {
	d.fault(f, orderguard.BadTime, decimal(t))
}
