package orderguard

// Scenario is the kind of attack that an alert or a report names.
type Scenario uint8

// The scenarios.
const (
	MaliciousOrder   Scenario = iota + 1 // 恶拍下单: orders without meaning to buy
	MaliciousRefund                      // 恶意退款: keeps paying and refunding
	MaliciousDispute                     // 恶意纠纷: disputes as a habit, or as a ring
	MaliciousReview                      // 恶意评价: a flood of bad ratings
	Harassment                           // 恶意骚扰: unpaid orders with junk or abusive notes
	Unfulfillable                        // 成交不卖 protection: orders that cannot be fulfilled

	Scenarios = int(Unfulfillable) + 1 // how many values a Scenario can have
)

var scenarioNames = [Scenarios]string{
	"", "malicious_order", "malicious_refund", "malicious_dispute", "malicious_review",
	"harassment", "unfulfillable",
}

// String returns the scenario as alerts write it.
func (s Scenario) String() string { return nameOf(scenarioNames[:], s) }

// ParseScenario is the reverse of String.
func ParseScenario(s string) (Scenario, bool) { return parse[Scenario](scenarioNames[:], s) }

// MarshalText returns the text of String. It never fails.
func (s Scenario) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a scenario's name.
func (s *Scenario) UnmarshalText(b []byte) error {
	return unmarshalName(scenarioNames[:], "scenario", b, s)
}
