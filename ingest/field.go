package ingest

import (
	"unsafe"

	"github.com/orderguard/orderguard"
)

// field is a field of the event format. Faults are reported in this order:
// the lowest faulty field is the one that a reject names.
type field uint8

// The fields of an event, the parts of ship_to, and the places that a scan can
// be at without having read a known field.
const (
	fType field = iota
	fID
	fTime
	fShop
	fBuyer
	fOrder
	fStatus
	fActor
	fSKU
	fQty
	fAmount
	fCurrency
	fCategory
	fCustom
	fBuyerSince
	fDevice
	fIP
	fAddress
	fPayment
	fShipTo
	fNote
	fDispute
	fReason
	fOutcome
	fRefund
	fEvidence
	fReview
	fRating
	fText
	fFrom
	fRole

	fName // the first part of ship_to
	fPhone
	fCountry
	fRegion
	fCity
	fLine1
	fPostcode

	fUnknown     // a field that we do not know
	fShipUnknown // one inside ship_to
	fStart       // before the line's first key
	fShipStart   // before the first key of ship_to

	places // how many values a field can have
)

// inShipTo reports whether the next key after f is a part of ship_to.
func (f field) inShipTo() bool {
	return f >= fName && f <= fPostcode || f == fShipUnknown || f == fShipStart
}

// fieldSet is a set of fields, a bit for each.
type fieldSet uint64

func set(fields ...field) (s fieldSet) {
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// class is what kind of value a field takes.
type class uint8

const (
	unknown class = iota // any value, which is skipped
	text                 // a string, kept as it is
	word                 // a string, one of a closed list
	instant              // a time: RFC 3339, or Unix milliseconds
	integer              // an integer from 0
	boolean              // true or false
	list                 // a list of strings
	parts                // an object, ship_to
)

// The places of Decoder.words: strings that are interpreted at the line's end.
const (
	wType = iota
	wStatus
	wActor
	wReason
	wOutcome
	wFrom
	wRole
	wTime
	wBuyerSince
	wNone // strings of unknown fields
	words
)

// spec is what the decoder knows about a field.
type spec struct {
	name  string
	want  string // for people: the value it should have
	class class
	// off is the offset in the event of a text, integer, flag or instant;
	// word is the place in Decoder.words of a word or an instant.
	off  uintptr
	word uint8
}

var (
	zero   orderguard.Event
	shipTo = unsafe.Offsetof(zero.ShipTo)
)

const (
	wantText    = "a string"
	wantInteger = "an integer"
	wantTime    = "an RFC 3339 time or integer Unix milliseconds, from 1970 to 9999"
	wantParty   = "buyer or seller"
)

var specs = [places]spec{
	fType:       {name: "type", class: word, word: wType, want: "order, dispute, review, message or account"},
	fID:         {name: "id", class: text, off: unsafe.Offsetof(zero.ID), want: wantText},
	fTime:       {name: "ts", class: instant, off: unsafe.Offsetof(zero.Time), word: wTime, want: wantTime},
	fShop:       {name: "shop", class: text, off: unsafe.Offsetof(zero.Shop), want: wantText},
	fBuyer:      {name: "buyer", class: text, off: unsafe.Offsetof(zero.Buyer), want: wantText},
	fOrder:      {name: "order", class: text, off: unsafe.Offsetof(zero.Order), want: wantText},
	fStatus:     {name: "status", class: word, word: wStatus, want: "a status"},
	fActor:      {name: "actor", class: word, word: wActor, want: "buyer, seller or platform"},
	fSKU:        {name: "sku", class: text, off: unsafe.Offsetof(zero.SKU), want: wantText},
	fQty:        {name: "qty", class: integer, off: unsafe.Offsetof(zero.Qty), want: wantInteger},
	fAmount:     {name: "amount", class: integer, off: unsafe.Offsetof(zero.Amount), want: wantInteger},
	fCurrency:   {name: "currency", class: text, off: unsafe.Offsetof(zero.Currency), want: wantText},
	fCategory:   {name: "category", class: text, off: unsafe.Offsetof(zero.Category), want: wantText},
	fCustom:     {name: "custom", class: boolean, off: unsafe.Offsetof(zero.Custom), want: "true or false"},
	fBuyerSince: {name: "buyer_since", class: instant, off: unsafe.Offsetof(zero.BuyerSince), word: wBuyerSince, want: wantTime},
	fDevice:     {name: "device", class: text, off: unsafe.Offsetof(zero.Device), want: wantText},
	fIP:         {name: "ip", class: text, off: unsafe.Offsetof(zero.IP), want: wantText},
	fAddress:    {name: "address", class: text, off: unsafe.Offsetof(zero.Address), want: wantText},
	fPayment:    {name: "payment", class: text, off: unsafe.Offsetof(zero.Payment), want: wantText},
	fShipTo:     {name: "ship_to", class: parts, want: "an object"},
	fNote:       {name: "note", class: text, off: unsafe.Offsetof(zero.Note), want: wantText},
	fDispute:    {name: "dispute", class: text, off: unsafe.Offsetof(zero.Dispute), want: wantText},
	fReason:     {name: "reason", class: word, word: wReason, want: "not_received, not_as_described, quality, wrong_item, damaged, late or other"},
	fOutcome:    {name: "outcome", class: word, word: wOutcome, want: wantParty},
	fRefund:     {name: "refund", class: integer, off: unsafe.Offsetof(zero.Refund), want: wantInteger},
	fEvidence:   {name: "evidence", class: list, want: "a list of strings"},
	fReview:     {name: "review", class: text, off: unsafe.Offsetof(zero.Review), want: wantText},
	fRating:     {name: "rating", class: integer, want: "an integer from 1 to 5"},
	fText:       {name: "text", class: text, off: unsafe.Offsetof(zero.Text), want: wantText},
	fFrom:       {name: "from", class: word, word: wFrom, want: wantParty},
	fRole:       {name: "role", class: word, word: wRole, want: wantParty},

	fName:     {name: "name", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Name), want: wantText},
	fPhone:    {name: "phone", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Phone), want: wantText},
	fCountry:  {name: "country", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Country), want: wantText},
	fRegion:   {name: "region", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Region), want: wantText},
	fCity:     {name: "city", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.City), want: wantText},
	fLine1:    {name: "line1", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Line1), want: wantText},
	fPostcode: {name: "postcode", class: text, off: shipTo + unsafe.Offsetof(zero.ShipTo.Postcode), want: wantText},

	fUnknown:     {word: wNone},
	fShipUnknown: {word: wNone},
}

// byName finds the fields of an event, partByName those of ship_to.
var byName, partByName = func() (top, part map[string]field) {
	top, part = map[string]field{}, map[string]field{}
	for f := fType; f <= fRole; f++ {
		top[specs[f].name] = f
	}
	for f := fName; f <= fPostcode; f++ {
		part[specs[f].name] = f
	}
	return top, part
}()

// The fields that each type of event has.
var (
	onAll     = set(fType, fID, fTime)
	onOrder   = onAll | set(fShop, fBuyer, fOrder, fStatus, fActor)
	linking   = set(fDevice, fIP, fAddress, fPayment)
	onCreated = onOrder | linking | set(fSKU, fQty, fAmount, fCurrency, fCategory, fCustom,
		fBuyerSince, fShipTo, fNote, fName, fPhone, fCountry, fRegion, fCity, fLine1, fPostcode)
	onDispute = onAll | set(fShop, fBuyer, fOrder, fDispute, fStatus, fReason, fOutcome, fRefund, fEvidence)
	onReview  = onAll | set(fShop, fBuyer, fOrder, fReview, fRating, fText)
	onMessage = onAll | set(fShop, fBuyer, fOrder, fFrom, fText)
	onAccount = onAll | linking | set(fRole, fShop, fBuyer, fCategory)
)
