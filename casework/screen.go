package casework

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/orderguard/orderguard"
)

// Action is what becomes of an order that a marketplace asks about before it
// accepts it (订单拦截).
type Action uint8

// The actions, in rising order.
const (
	AllowOrder Action = iota + 1
	ReviewOrder
	BlockOrder
)

var actionNames = []string{"", "allow", "review", "block"}

// String returns the action as answers write it.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return ""
}

// MarshalText returns the text of String. It never fails.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Firing is a rule that the order would fire. Shadow rules are not among them.
type Firing struct {
	Scenario orderguard.Scenario
	Score    int
	Reason   orderguard.Reason
}

// Listed is an entry of the lists that the order is on.
type Listed struct {
	Block bool
	Rule  string // names the entry
	Text  orderguard.Wording
}

// Attempt is an order before it is accepted, with what is known of it.
type Attempt struct {
	Firing []Firing
	Lists  []Listed
	// Sanction is what stands on the buyer's account now.
	Sanction orderguard.Sanction
	// OrdersToday is how many orders of the buyer were accepted today, without
	// this one.
	OrdersToday int
	// Quiet are the scenarios under which the shop has called the buyer normal.
	Quiet [orderguard.Scenarios]bool
}

// Screening is the answer.
type Screening struct {
	Action  Action              `json:"action"`
	Score   int                 `json:"score"`
	Reasons []orderguard.Reason `json:"reasons"`
}

// MarshalJSON writes reasons as a list, also when there is none.
func (s Screening) MarshalJSON() ([]byte, error) {
	type plain Screening
	if s.Reasons == nil {
		s.Reasons = []orderguard.Reason{}
	}
	return json.Marshal(plain(s))
}

// Screen judges an attempt. A sanction stands above an allow list, which stands above
// block lists and rules, as for orders that are placed. An order of a warned buyer that
// fires any rule is reviewed.
func Screen(p *Policy, a *Attempt) Screening {
	s := Screening{Action: AllowOrder}
	p.screenSanction(a, &s)
	if slices.ContainsFunc(a.Lists, func(l Listed) bool { return !l.Block }) {
		return s
	}
	for _, l := range a.Lists {
		s.add(BlockOrder, 100, orderguard.Reason{Rule: l.Rule, Text: l.Text.En, TextZh: l.Text.Zh})
	}
	for _, f := range a.Firing {
		if a.Quiet[f.Scenario] {
			continue
		}
		action := AllowOrder
		switch {
		case int64(f.Score) >= p.Screen.BlockScore:
			action = BlockOrder
		case int64(f.Score) >= p.Screen.ReviewScore || a.Sanction.Level >= orderguard.Warned:
			action = ReviewOrder
		}
		s.add(action, f.Score, f.Reason)
	}
	return s
}

// screenSanction judges by the buyer's account.
func (p *Policy) screenSanction(a *Attempt, s *Screening) {
	limit := int64(a.Sanction.OrdersPerDay)
	switch {
	case a.Sanction.Level == orderguard.Frozen:
		s.add(BlockOrder, 100, orderguard.Reason{
			Rule: "sanction-freeze",
			Text: fmt.Sprintf("The buyer's account is frozen until %s", a.Sanction.Until), TextZh: fmt.Sprintf("该买家账号已被冻结，至 %s", a.Sanction.Until),
		})
	case a.Sanction.Level == orderguard.Restricted && int64(a.OrdersToday) >= limit:
		s.add(BlockOrder, 100, orderguard.Reason{
			Rule:   "sanction-restrict",
			Text:   fmt.Sprintf("The buyer may place %s a day until %s, and has placed %d today", some(limit, "order"), a.Sanction.Until, a.OrdersToday),
			TextZh: fmt.Sprintf("该买家被限购，至 %s 每日限 %d 笔，今日已下 %d 笔", a.Sanction.Until, limit, a.OrdersToday),
			Value:  int64(a.OrdersToday), Limit: limit, Within: "1d",
		})
	}
}

// add lets a reason count: the strictest action and the highest score stand.
func (s *Screening) add(a Action, score int, r orderguard.Reason) {
	s.Action = max(s.Action, a)
	s.Score = max(s.Score, score)
	s.Reasons = append(s.Reasons, r)
}
