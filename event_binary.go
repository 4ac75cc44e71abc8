package orderguard

import (
	"encoding/binary"
	"errors"
)

// texts returns the strings of an event but its evidence, in the order of the
// fields.
func (e *Event) texts() [22]*string {
	return [...]*string{
		&e.ID, &e.Shop, &e.Buyer, &e.Order, &e.SKU, &e.Currency, &e.Category, &e.Device, &e.IP, &e.Address, &e.Payment,
		&e.Note, &e.Dispute, &e.Review, &e.Text, &e.ShipTo.Name, &e.ShipTo.Phone, &e.ShipTo.Country, &e.ShipTo.Region,
		&e.ShipTo.City, &e.ShipTo.Line1, &e.ShipTo.Postcode,
	}
}

// numbers returns the times and amounts of an event, in the order of the fields.
func (e *Event) numbers() [6]*int64 {
	return [...]*int64{(*int64)(&e.Time), (*int64)(&e.Clock), (*int64)(&e.BuyerSince), &e.Qty, &e.Amount, &e.Refund}
}

// AppendBinary appends the event as snapshots hold it. It never fails.
//
//	kind | actor | reason | outcome | from | role | rating | bit 0 custom, bit 1 late, a byte each
//	time | clock | buyer_since | qty | amount | refund, as varints
//	22 strings, each as its length, a uvarint, and its bytes
//	how many hashes of evidence, a uvarint, and each as a string
func (e *Event) AppendBinary(b []byte) ([]byte, error) {
	var bits byte
	if e.Custom {
		bits |= 1
	}
	if e.Late {
		bits |= 2
	}
	b = append(b, byte(e.Kind), byte(e.Actor), byte(e.Reason), byte(e.Outcome), byte(e.From), byte(e.Role), e.Rating, bits)
	for _, n := range e.numbers() {
		b = binary.AppendVarint(b, *n)
	}
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, s := range e.texts() {
		text(*s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Evidence)))
	for _, s := range e.Evidence {
		text(s)
	}
	return b, nil
}

var errNoEvent = errors.New("these bytes are no event: the snapshot that they stand in is broken or of another version")

// UnmarshalBinary reads what AppendBinary wrote. The event's strings share one
// copy of b.
func (e *Event) UnmarshalBinary(b []byte) error {
	const head = 8
	if len(b) < head || int(b[0]) >= Kinds || b[7] > 3 {
		return errNoEvent
	}
	*e = Event{
		Kind: Kind(b[0]), Actor: Actor(b[1]), Reason: DisputeReason(b[2]), Outcome: Outcome(b[3]), From: Sender(b[4]),
		Role: Role(b[5]), Rating: b[6], Custom: b[7]&1 != 0, Late: b[7]&2 != 0,
	}
	at := head
	for _, n := range e.numbers() {
		v, size := binary.Varint(b[at:])
		if size <= 0 {
			return errNoEvent
		}
		*n, at = v, at+size
	}
	all, ok := string(b), true
	text := func() string {
		n, size := binary.Uvarint(b[at:])
		if ok = ok && size > 0 && n <= uint64(len(b)-at-size); !ok {
			return ""
		}
		from := at + size
		at = from + int(n)
		return all[from:at]
	}
	for _, s := range e.texts() {
		*s = text()
	}
	n, size := binary.Uvarint(b[at:])
	if at += size; size <= 0 || n > uint64(len(b)) {
		return errNoEvent
	}
	for range n {
		e.Evidence = append(e.Evidence, text())
	}
	if !ok || at != len(b) || min(e.Time, e.Clock) < 0 || max(e.Time, e.Clock) > MaxTime {
		return errNoEvent
	}
	return nil
}
