package orderguard

// Indicator is one of the service indicators of a shop (卖家服务等级指标).
type Indicator uint8

// The indicators. Disputes is a count by reason and by sku, the others are
// rates.
const (
	DisputeRate        Indicator = iota + 1 // 纠纷提起率
	EscalationRate                          // 裁决提起率
	SellerFaultRate                         // 卖家责任裁决率
	UnsoldRate                              // 成交不卖率
	RefundRate                              //
	NegativeReviewRate                      // reported, never cleansed
	Disputes

	Indicators = int(Disputes) + 1 // how many values an Indicator can have
)

var indicatorNames = [Indicators]string{
	"", "dispute_rate", "escalation_rate", "seller_fault_rate", "unsold_rate", "refund_rate",
	"negative_review_rate", "disputes",
}

// String returns the indicator as the API writes it.
func (i Indicator) String() string { return nameOf(indicatorNames[:], i) }

// MarshalText returns the text of String. It never fails.
func (i Indicator) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads an indicator's name.
func (i *Indicator) UnmarshalText(b []byte) error {
	return unmarshalName(indicatorNames[:], "indicator", b, i)
}

// MarshalText returns the text of String. It never fails.
func (r DisputeReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a reason's name.
func (r *DisputeReason) UnmarshalText(b []byte) error {
	return unmarshalName(reasonNames, "reason of a dispute", b, r)
}

// Exclusion takes an order out of its shop's indicators, or back in.
type Exclusion struct {
	Shop  string `json:"shop"`
	Order string `json:"order"`
	// Cause is the earliest one that stands; empty takes the order back in.
	Cause string `json:"cause,omitempty"`
	At    Millis `json:"at"`
}

// Delta is a change to a shop's indicators beside what its orders say
// (指标清洗): the cleansed figure is the raw one plus all deltas. None is ever
// rewritten: what is taken back is another delta.
type Delta struct {
	Shop      string    `json:"shop"`
	Order     string    `json:"order"`
	Day       Day       `json:"day"` // of the order
	Indicator Indicator `json:"indicator"`
	// Numerator and Denominator are added to those of the rate; of Disputes
	// Numerator is added to the count of Reason and of SKU.
	Numerator   int           `json:"numerator"`
	Denominator int           `json:"denominator"`
	Reason      DisputeReason `json:"reason,omitzero"`
	SKU         string        `json:"sku,omitempty"`
	Cause       string        `json:"cause"`
	At          Millis        `json:"at"`
}

// Day is a day of UTC, counted from the beginning of 1970.
type Day int32

// millisPerDay is the length of a day.
const millisPerDay Millis = 24 * 60 * 60 * 1000

// Day returns the day of an instant.
func (m Millis) Day() Day { return Day(m / millisPerDay) }

// Start returns the instant at which the day begins.
func (d Day) Start() Millis { return Millis(d) * millisPerDay }

// String returns the day as 2006-01-02.
func (d Day) String() string { return d.Start().Time().Format("2006-01-02") }

// MarshalText returns the text of String. It never fails.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day written as 2006-01-02.
func (d *Day) UnmarshalText(b []byte) error {
	var m Millis
	if err := m.UnmarshalText(append(append([]byte{}, b...), "T00:00:00Z"...)); err != nil {
		return err
	}
	*d = m.Day()
	return nil
}
