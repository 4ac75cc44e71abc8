package orderguard

import (
	"fmt"
	"slices"
	"strings"
)

// Alert says that an order took part in an attack (预警订单). There is at most
// one for each order and scenario; a later finding adds a reason to it and
// raises its revision.
type Alert struct {
	// ID is derived from the order and the scenario, so that a replay makes
	// the same one.
	ID string `json:"alert"`
	// Seq is its place in the sequence of changes that clients poll; it moves
	// with every change that a client can see.
	Seq      uint64   `json:"seq"`
	Scenario Scenario `json:"scenario"`
	Order    string   `json:"order"`
	Shop     string   `json:"shop"`
	Buyer    string   `json:"buyer"`
	// Attack is shared by the orders of one attack.
	Attack   string   `json:"attack"`
	Score    int      `json:"score"` // 0 to 100
	Severity Severity `json:"severity"`
	// FlaggedAt is the event time at which the pattern was recognised.
	FlaggedAt Millis `json:"flagged_at"`
	Status    Status `json:"status"`
	// Revision counts the alert's states from 1. The engine, which does not
	// know the states before, gives 0 to a finding that adds to an alert.
	Revision int      `json:"revision"`
	Reasons  []Reason `json:"reasons"`
	Evidence Evidence `json:"evidence"`
	// Verdict is the last one that was given, nil while the alert is open. It is
	// never changed in place.
	Verdict *Verdict `json:"verdict,omitempty"`
}

// Clone returns a copy that shares no memory with the alert.
func (a *Alert) Clone() Alert {
	c := *a
	for _, text := range []*string{&c.ID, &c.Order, &c.Shop, &c.Buyer, &c.Attack} {
		*text = strings.Clone(*text)
	}
	c.Reasons = slices.Clone(a.Reasons)
	for i := range c.Reasons {
		r := &c.Reasons[i]
		for _, text := range []*string{&r.Rule, &r.Version, &r.Text, &r.TextZh, &r.Within} {
			*text = strings.Clone(*text)
		}
	}
	c.Evidence = Evidence{cloneAll(a.Evidence.Orders), cloneAll(a.Evidence.Buyers)}
	return c
}

func cloneAll(list []string) []string {
	c := slices.Clone(list)
	for i := range c {
		c[i] = strings.Clone(c[i])
	}
	return c
}

// Reason is a finding of one rule, in words that a seller understands.
type Reason struct {
	Rule    string `json:"rule"`
	Version string `json:"version"` // of the rule's content
	Text    string `json:"text"`    // English
	TextZh  string `json:"text_zh"` // Chinese
	Value   int64  `json:"value"`
	Limit   int64  `json:"limit"`
	Within  string `json:"within,omitempty"` // "10m"; empty for a rule without a window
}

// Evidence names other orders and buyers of the same attack, of the alert's
// own shop only, the earliest first, cut at a bound.
type Evidence struct {
	Orders []string `json:"orders"`
	Buyers []string `json:"buyers"`
}

// Status is how far an alert's case has come.
type Status uint8

// The states of an alert.
const (
	Open Status = iota + 1
	Normal
	Abnormal
	Ignored
)

var statusNames = []string{"", "open", "normal", "abnormal", "ignored"}

// String returns the status as alerts write it.
func (s Status) String() string { return nameOf(statusNames, s) }

// ParseStatus is the reverse of String.
func ParseStatus(s string) (Status, bool) { return parse[Status](statusNames, s) }

// MarshalText returns the text of String. It never fails.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a status's name.
func (s *Status) UnmarshalText(b []byte) error { return unmarshalName(statusNames, "status", b, s) }

// Severity is how bad an attack is, chosen by the rule.
type Severity uint8

// The severities, in rising order.
const (
	Low Severity = iota + 1
	Medium
	High
	Critical
)

var severityNames = []string{"", "low", "medium", "high", "critical"}

// String returns the severity as alerts write it.
func (s Severity) String() string { return nameOf(severityNames, s) }

// ParseSeverity is the reverse of String.
func ParseSeverity(s string) (Severity, bool) { return parse[Severity](severityNames, s) }

// MarshalText returns the text of String. It never fails.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's name.
func (s *Severity) UnmarshalText(b []byte) error {
	return unmarshalName(severityNames, "severity", b, s)
}

// unmarshalName sets v to the value named b; what says the kind of name in the
// error.
func unmarshalName[T ~uint8](names []string, what string, b []byte, v *T) error {
	p, ok := parse[T](names, string(b))
	if !ok {
		return fmt.Errorf("%s %q: want one of %s", what, b, strings.Join(names[1:], ", "))
	}
	*v = p
	return nil
}
