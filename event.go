package orderguard

import "time"

// Limits of the event format.
const (
	// MaxLine is the longest line, in bytes, without its line end.
	MaxLine = 64 << 10
	// MaxID is the longest shop, buyer or order id, in bytes.
	MaxID = 128
	// MaxTime is the last event time that is accepted, the end of the year
	// 9999; the first is the beginning of 1970.
	MaxTime Millis = 253402300799999
)

// Millis is a time in milliseconds since the beginning of 1970, UTC.
type Millis int64

// Time returns the same instant as a time.Time in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// timeLayout is RFC 3339 with milliseconds, the form of all times we write.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// String returns the time as RFC 3339 with milliseconds, in UTC.
func (m Millis) String() string { return m.Time().Format(timeLayout) }

// AppendText appends the text of String. It never fails.
func (m Millis) AppendText(b []byte) ([]byte, error) {
	return m.Time().AppendFormat(b, timeLayout), nil
}

// MarshalText returns the text of String. It never fails.
func (m Millis) MarshalText() ([]byte, error) { return m.AppendText(nil) }

// UnmarshalText reads an RFC 3339 time; what is finer than a millisecond is
// cut off.
func (m *Millis) UnmarshalText(b []byte) error {
	var t time.Time
	if err := t.UnmarshalText(b); err != nil {
		return err
	}
	*m = Millis(t.UnixMilli())
	return nil
}

// Event is one thing that happened at the marketplace, decoded from one line.
//
// The strings of an event that belongs to a Batch are views into memory of the
// batch: they are good until the batch is recycled, and whoever keeps one
// longer clones it. A field that the line did not carry is its zero value.
type Event struct {
	Kind    Kind
	Actor   Actor
	Reason  DisputeReason
	Outcome Outcome
	From    Sender
	Role    Role
	Rating  uint8 // 1 to 5 on a review, else 0
	Custom  bool  // made to order
	// Late is set on an event that came later than the lateness allows, by
	// ingest's Sequencer. It is judged all the same.
	Late bool

	// Time is the event time.
	Time Millis
	// Clock is the event time that the whole stream had reached when this
	// event was handed to the engine; while that is not known, at the very
	// beginning, the event's own time. From then on it never falls from one
	// event to the next. The windows let go of what has become too old by it.
	// It is set by ingest's Sequencer, not by the line.
	Clock Millis
	// BuyerSince is when the buyer's account was registered; 0 is unknown.
	BuyerSince Millis

	Qty    int64
	Amount int64 // minor units of Currency
	Refund int64 // minor units

	ID    string // unique within its feed
	Shop  string
	Buyer string
	Order string

	SKU      string
	Currency string
	Category string
	Device   string
	IP       string
	Address  string
	Payment  string
	Note     string

	Dispute string // the dispute's id
	Review  string // the review's id
	Text    string // of a review or message

	Evidence []string // content hashes of a dispute
	ShipTo   ShipTo
}

// ShipTo is where an order is to be delivered. Every part is optional.
type ShipTo struct {
	Name, Phone, Country, Region, City, Line1, Postcode string
}
