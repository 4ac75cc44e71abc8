package casework

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// Policy is what the marketplace has decided beforehand: how long, how much,
// how many. The zero Policy is not one; DefaultPolicy and ParsePolicy are.
type Policy struct {
	Verdicts   VerdictPolicy
	Reports    ReportPolicy
	Sellers    SellerPolicy
	Points     PointPolicy
	Sanctions  SanctionPolicy
	Indicators IndicatorPolicy
	Screen     ScreenPolicy
	Records    RecordPolicy
}

// VerdictPolicy is about the answers of sellers.
type VerdictPolicy struct {
	OpenFor  orderguard.Millis
	QuietFor orderguard.Millis
}

// ReportPolicy is about reports and their examination.
type ReportPolicy struct {
	OrderAge     orderguard.Millis
	DecideWithin orderguard.Millis
	AppealWithin orderguard.Millis
	CleanseAfter orderguard.Millis
	Statement    int64
	Evidence     int64
	SureScore    int64
	LikelyScore  int64
	OtherShops   int64
	KnownOrders  int64
	// ContestedShare is in percent.
	ContestedShare int64
}

// SellerPolicy is about sellers whose reports are mostly rejected.
type SellerPolicy struct {
	OpenReports   int64
	DoubtedOpen   int64
	DecidedFirst  int64
	FairShare     int64 // percent
	LeastWeight   int64 // percent
	DoubtedWeight int64 // percent
}

// PointPolicy is what findings weigh.
type PointPolicy struct {
	BySeverity [orderguard.Critical + 1]int64 // points
	ByScenario [orderguard.Scenarios]int64    // percent
	Report     int64                          // percent
	HalfLife   orderguard.Millis
	Keep       orderguard.Millis
}

// SanctionPolicy is what points lead to.
type SanctionPolicy struct {
	At           [orderguard.Frozen + 1]int64 // points
	Term         [orderguard.Frozen + 1]orderguard.Millis
	OrdersPerDay int64
	FreezeShops  int64
	FreezeShare  int64 // percent
}

// IndicatorPolicy is about the service indicators.
type IndicatorPolicy struct {
	ShipWithin orderguard.Millis
	Keep       orderguard.Millis
}

// ScreenPolicy is about orders that are asked about before they are accepted.
type ScreenPolicy struct {
	BlockScore  int64
	ReviewScore int64
}

// RecordPolicy is how long records can be read.
type RecordPolicy struct {
	Keep orderguard.Millis
}

// DefaultPolicy returns the policy that holds where a file says nothing.
func DefaultPolicy() Policy {
	var p Policy
	for _, s := range settings {
		*s.at(&p) = s.def
	}
	return p
}

// unit is how a setting is written.
type unit uint8

const (
	number unit = iota
	percent
	span // a length of time
)

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// setting is one number of the policy: its place in the file, its bounds, and
// why the default is what it is.
type setting struct {
	section, key   string
	unit           unit
	def, low, high int64
	means, why     string
	at             func(p *Policy) *int64
}

// sections are the names of the sections, in the order of the settings.
func sections() []string {
	var names []string
	for _, s := range settings {
		if !slices.Contains(names, s.section) {
			names = append(names, s.section)
		}
	}
	return names
}

// millis turns a place that holds a length of time into one of a number.
func millis(m *orderguard.Millis) *int64 { return (*int64)(m) }

// conflicts lists what does not go together in a policy.
func (p *Policy) conflicts() []conflict {
	var found []conflict
	refuse := func(key, other, cure string, is bool) {
		if is {
			found = append(found, conflict{key, other, cure})
		}
	}
	at, s, r := p.Sanctions.At, p.Screen, p.Reports
	refuse("sanctions.restrict_at", "sanctions.warn_at", "is below warn_at, so that nobody is ever only warned; raise it", at[orderguard.Restricted] < at[orderguard.Warned])
	refuse("sanctions.freeze_at", "sanctions.restrict_at", "is below restrict_at, so that nobody is ever only restricted; raise it", at[orderguard.Frozen] < at[orderguard.Restricted])
	refuse("screen.review_score", "screen.block_score", "is above block_score, so that nothing is ever reviewed; lower it", s.ReviewScore > s.BlockScore)
	refuse("reports.likely_score", "reports.sure_score", "is above sure_score, so that support from other shops never matters; lower it", r.LikelyScore > r.SureScore)
	refuse("sellers.doubted_open_reports", "sellers.open_reports", "is above open_reports, so that a doubted seller may have more than others; lower it", p.Sellers.DoubtedOpen > p.Sellers.OpenReports)
	refuse("records.keep", "reports.appeal_within", "is shorter than reports.appeal_within, so that records go before they are final; lengthen it", p.Records.Keep < r.AppealWithin)
	refuse("records.keep", "verdicts.open_for", "is shorter than verdicts.open_for, so that a case is forgotten while it may be changed; lengthen it", p.Records.Keep < p.Verdicts.OpenFor)
	refuse("records.keep", "reports.order_age", "is shorter than reports.order_age, so that an order may be reported again when its report is forgotten; lengthen it", p.Records.Keep < r.OrderAge)
	return found
}

// conflict is a number, by section.key, that does not go with another one.
type conflict struct{ key, other, cure string }
