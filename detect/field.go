package detect

import "github.com/orderguard/orderguard"

// Field is a field of an event that rules can name. The zero Field is none.
type Field uint8

// The fields. Those up to FieldAddressFault, FieldTextKind and FieldNameKind hold text of an event, the others numbers or what is derived for keys.
const (
	FieldBuyer Field = iota + 1
	FieldShop
	FieldSKU
	FieldDevice
	FieldIP
	FieldAddress
	FieldPayment
	FieldCategory
	FieldOrder
	FieldDispute
	FieldReview
	FieldActor
	FieldReason
	FieldOutcome
	FieldFrom
	FieldRole
	FieldCurrency
	FieldNote
	FieldText
	FieldCountry
	FieldRegion
	FieldCity
	FieldLine1
	FieldPostcode
	FieldName
	FieldPhone
	FieldNoteKind     // what kind of text the note is: derived, see kindOfText
	FieldAddressFault // why no parcel can reach the address: derived, see faultOf
	FieldRating
	FieldQty
	FieldAmount
	FieldRefund
	FieldCustom   // 1 is true, 0 is false
	FieldBuyerAge // whole days since the account that placed the order was registered; -1 is unknown
	FieldEvidence // the content hashes of a dispute, a list
	FieldCluster  // the linked accounts that the buyer belongs to
	FieldWording  // the keys of a text's wording, a list: see bands
	FieldTextKind // what kind of text a message is, as FieldNoteKind
	FieldNameKind // whether the recipient's name is an advert: derived, see kindOfName

	// What an account declares of itself, and of an order what its buyer's account did: see accountBook.
	FieldAccountDevice
	FieldAccountIP
	FieldAccountAddress
	FieldAccountPayment // last, for snapshots hold these numbers

	Fields = int(FieldAccountPayment) + 1 // how many values a Field can have
)

// millisPerDay is how many milliseconds a day has.
const millisPerDay = 24 * 60 * 60 * 1000

// shape is what a field's values look like, which decides the forms that a
// where: may take.
type shape uint8

const (
	textShape    shape = iota + 1
	enumShape          // text, one of a closed list
	numberShape        // compared by bounds, or equal
	boolShape          // true or false
	listShape          // several texts; by: counts an event under each
	clusterShape       // stands only in by:
	accountShape       // text that stands only in by:
)

// fieldInfo is what the language knows about a field.
type fieldInfo struct {
	name   string
	shape  shape
	on     KindSet  // the kinds of events that carry it
	values []string // of an enumShape, all that can occur
	lo, hi int64    // of a numberShape, the values that can occur
	key    bool     // may stand in by:
	en, zh string   // its name in sentences, as a thing that can be the same: "this device"
	ens    string   // its plural in English
}

// String returns the field as rules write it.
func (f Field) String() string {
	if int(f) < len(fields) {
		return fields[f].name
	}
	return ""
}

// ParseField is the reverse of String.
func ParseField(s string) (Field, bool) {
	for f := 1; f < len(fields); f++ {
		if fields[f].name == s {
			return Field(f), true
		}
	}
	return 0, false
}

// On returns the kinds of events that carry the field.
func (f Field) On() KindSet { return fields[f].on }

// Text returns the value of a text field, derived from the event or a view into
// it that is not copied; it is empty where the event does not carry the field, and for fields
// that hold numbers.
func (f Field) Text(e *orderguard.Event) string {
	switch f {
	case FieldBuyer:
		return e.Buyer
	case FieldShop:
		return e.Shop
	case FieldSKU:
		return e.SKU
	case FieldDevice:
		return e.Device
	case FieldIP:
		return e.IP
	case FieldAddress:
		return e.Address
	case FieldPayment:
		return e.Payment
	case FieldCategory:
		return e.Category
	case FieldOrder:
		return e.Order
	case FieldDispute:
		return e.Dispute
	case FieldReview:
		return e.Review
	case FieldActor:
		return e.Actor.String()
	case FieldReason:
		return e.Reason.String()
	case FieldOutcome:
		return e.Outcome.String()
	case FieldFrom:
		return e.From.String()
	case FieldRole:
		return e.Role.String()
	case FieldCurrency:
		return e.Currency
	case FieldNote:
		return e.Note
	case FieldText:
		return e.Text
	case FieldCountry:
		return e.ShipTo.Country
	case FieldRegion:
		return e.ShipTo.Region
	case FieldCity:
		return e.ShipTo.City
	case FieldLine1:
		return e.ShipTo.Line1
	case FieldPostcode:
		return e.ShipTo.Postcode
	case FieldName:
		return e.ShipTo.Name
	case FieldPhone:
		return e.ShipTo.Phone
	case FieldNoteKind, FieldTextKind, FieldNameKind, FieldAddressFault:
		if c := f.code(e, &derived{}); c > 0 {
			return fields[f].values[c-1]
		}
	}
	return ""
}

// Number returns the value of a number field, 0 where the event does not carry
// it (-1 for FieldBuyerAge) and for fields that hold text.
func (f Field) Number(e *orderguard.Event) int64 {
	switch f {
	case FieldRating:
		return int64(e.Rating)
	case FieldQty:
		return e.Qty
	case FieldAmount:
		return e.Amount
	case FieldRefund:
		return e.Refund
	case FieldCustom:
		if e.Custom {
			return 1
		}
	case FieldBuyerAge:
		return buyerAge(e) / millisPerDay
	}
	return 0
}

// buyerAge returns how long the buyer's account has been registered, in
// milliseconds, or -millisPerDay if that is unknown. Clocks differ, so that a
// registration up to a day after the event counts as at the event.
func buyerAge(e *orderguard.Event) int64 {
	if e.BuyerSince == 0 || e.BuyerSince > e.Time+millisPerDay {
		return -millisPerDay
	}
	return max(0, int64(e.Time-e.BuyerSince))
}

// wordingOf returns the text whose wording FieldWording is of.
func wordingOf(e *orderguard.Event) string {
	if e.Kind == orderguard.OrderCreated {
		return e.Note
	}
	return e.Text
}

// isList says whether an event may have several values in the field.
func (f Field) isList() bool { return fields[f].shape == listShape }

// inEvents says whether the field is one of the events, for where: and expr.
func (f Field) inEvents() bool { return fields[f].shape < listShape }

// isText says whether the field holds text of an event.
func (f Field) isText() bool {
	return f >= FieldBuyer && f <= FieldAddressFault || f >= FieldTextKind && f <= FieldNameKind
}
