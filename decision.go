package orderguard

// DecisionKind is what the systems that close orders and restrict accounts are
// asked to do.
type DecisionKind uint8

// The kinds of decisions. Those on buyers say what stands from now on, in the
// place of what stood before.
const (
	CloseOrder    DecisionKind = iota + 1 // the order is closed by the system
	FreeSeller                            // the seller need not ship it (支持不发货)
	WarnBuyer                             // 警告
	RestrictBuyer                         // 限购
	FreezeBuyer                           // 冻结
	LiftSanction                          // nothing stands any more
	ReopenOrder                           // CloseOrder is taken back
	BindSeller                            // FreeSeller is taken back
)

var decisionNames = []string{"", "close_order", "free_seller", "warn", "restrict", "freeze", "lift", "reopen_order", "bind_seller"}

// String returns the kind as decisions write it.
func (k DecisionKind) String() string { return nameOf(decisionNames, k) }

// MarshalText returns the text of String. It never fails.
func (k DecisionKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *DecisionKind) UnmarshalText(b []byte) error {
	return unmarshalName(decisionNames, "kind of decision", b, k)
}

// Decision is an entry of the feed that enforcers poll. Seq is dense, so that a
// gap can be seen.
type Decision struct {
	ID    string       `json:"decision"`
	Seq   uint64       `json:"seq"`
	Kind  DecisionKind `json:"kind"`
	Order string       `json:"order,omitempty"`
	Shop  string       `json:"shop,omitempty"`
	Buyer string       `json:"buyer,omitempty"`
	// Until is when a sanction ends by itself.
	Until Millis `json:"until,omitzero"`
	// OrdersPerDay is what a restricted buyer may order.
	OrdersPerDay int `json:"orders_per_day,omitzero"`
	// Cause names the verdict, report, reviewer's act or term behind it.
	Cause string `json:"cause"`
	At    Millis `json:"at"`
	// Reverses is the earlier decision that this one takes back, in whole for an
	// order, in whole or in part for a buyer.
	Reverses string `json:"reverses,omitempty"`
	// Grounds are a reviewer's, on a buyer.
	Grounds Wording `json:"grounds,omitzero"`
}

// Level is how far a buyer's account is restricted.
type Level uint8

// The levels, in rising order. The zero Level is none.
const (
	Unrestricted Level = iota
	Warned
	Restricted
	Frozen
)

var levelNames = []string{"none", "warn", "restrict", "freeze"}

// String returns the level as sanctions write it.
func (l Level) String() string { return nameOf(levelNames, l) }

// MarshalText returns the text of String. It never fails.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a level's name.
func (l *Level) UnmarshalText(b []byte) error {
	if string(b) == levelNames[Unrestricted] {
		*l = Unrestricted
		return nil
	}
	return unmarshalName(levelNames, "level", b, l)
}

// Decision returns the kind of decision that brings the level about.
func (l Level) Decision() DecisionKind {
	switch l {
	case Warned:
		return WarnBuyer
	case Restricted:
		return RestrictBuyer
	case Frozen:
		return FreezeBuyer
	}
	return LiftSanction
}

// Sanction is what stands on a buyer's account.
type Sanction struct {
	Buyer string `json:"buyer"`
	Level Level  `json:"level"`
	// Until is when it ends by itself; 0 without a sanction.
	Until        Millis `json:"until,omitzero"`
	OrdersPerDay int    `json:"orders_per_day,omitzero"`
	// Points are the thousandths of points on the account now, decayed.
	Points int64 `json:"points_milli"`
	// Shops is how many shops' findings those are.
	Shops    int    `json:"shops"`
	Decision string `json:"decision,omitempty"` // the one that brought it
}

// Quiet says that a buyer is not flagged under a scenario at a shop.
type Quiet struct {
	Shop     string   `json:"shop"`
	Buyer    string   `json:"buyer"`
	Scenario Scenario `json:"scenario"`
	Until    Millis   `json:"until,omitzero"` // 0: it is over
	// Broken says that it ends before its time, by a verdict: what was silenced counts.
	Broken bool `json:"broken,omitempty"`
}

// RuleRecord is how often the verdicts that stand agree with a rule.
type RuleRecord struct {
	Rule     string `json:"rule"`
	Version  string `json:"version"`
	Abnormal int    `json:"abnormal"`
	Normal   int    `json:"normal"`
}

// Precision is the share of verdicts that call the rule's alerts abnormal; ok
// is false while there is none that says either.
func (r RuleRecord) Precision() (share float64, ok bool) {
	if n := r.Abnormal + r.Normal; n > 0 {
		return float64(r.Abnormal) / float64(n), true
	}
	return 0, false
}
