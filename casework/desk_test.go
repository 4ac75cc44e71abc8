package casework

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// table is a desk that is asked in short.
type table struct {
	t   *testing.T
	d   *Desk
	now orderguard.Millis
}

func newTable(t *testing.T, policy string) *table {
	p, err := ParsePolicy("p", []byte(policy))
	require.NoError(t, err)
	return &table{t, NewDesk(p), start}
}

// do does an act of somebody, and returns the decisions that follow, as "kind cause".
func (x *table) do(by string, a Act) (said []string, err error) {
	x.now++
	a.At, a.By = x.now, by
	changes, err := x.d.Apply(a)
	for _, c := range changes {
		if c.Decision != nil && c.Decision.Kind != orderguard.LiftSanction {
			said = append(said, c.Decision.Kind.String()+" "+c.Decision.Cause)
		}
	}
	return said, err
}

func (x *table) must(by string, a Act) []string {
	said, err := x.do(by, a)
	require.NoError(x.t, err)
	return said
}

func placed(id string) Order {
	return Order{Order: id, Shop: "s-1", Buyer: "b-1", Created: start, Known: true}
}

func flagOf(o Order, attack string) Flag {
	return Flag{Alert: "al_" + o.Order, Attack: attack, Scenario: orderguard.MaliciousOrder, Severity: orderguard.Critical, Order: o}
}

func verdict(a orderguard.Answer, f Flag) Act {
	return Act{Judge: &Judge{Shop: "s-1", Answer: a, Flags: []Flag{f}}}
}

func reported(o Order) Act {
	return Act{File: &File{Shop: "s-1", Scenario: orderguard.MaliciousOrder, Statement: "bad", Order: o}}
}

func upheld(o Order, seen ...Seen) Act {
	return Act{Decide: &Decide{
		Report: ReportID(o.Order, orderguard.MaliciousOrder), Upheld: true, Grounds: orderguard.Wording{En: "seen"}, Order: o, Alerts: seen,
	}}
}

// An order that the marketplace has cancelled because we had it closed is closed again
// by the next finding, and stays so while one stands.
func TestAnOrderThatWasClosedIsClosedAgain(t *testing.T) {
	x := newTable(t, "")
	o := placed("o-1")
	require.Contains(t, x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(o, ""))), "close_order verdict/al_o-1")
	o.Ended = true
	require.Equal(t, []string{"reopen_order verdict/al_o-1", "bind_seller verdict/al_o-1"}, x.must("ann", verdict(orderguard.AnswerNormal, flagOf(o, ""))))
	require.Contains(t, x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(o, ""))), "close_order verdict/al_o-1")
	x.must("ann", reported(o))
	x.must("rex", upheld(o))
	require.Empty(t, x.must("ann", verdict(orderguard.AnswerNormal, flagOf(o, ""))), "the report stands")
	other := placed("o-2")
	other.Ended = true
	require.NotContains(t, fmt.Sprint(x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(other, "")))), "close_order", "its buyer cancelled it")
}

// One attack is one misdeed, whether its orders are reported before they are flagged or
// after.
func TestReportsOfAnAttackWeighOnce(t *testing.T) {
	seen := Seen{Scenario: orderguard.MaliciousOrder, Severity: orderguard.Critical, Score: 70, Attack: "at_1"}
	weigh := func(x *table) int64 { return x.d.Buyer("b-1", x.now).Points }
	one := newTable(t, "")
	one.must("ann", reported(placed("o-1")))
	one.must("rex", upheld(placed("o-1"), seen))
	x := newTable(t, "")
	for i := range 3 {
		x.must("ann", reported(placed(fmt.Sprint("o-", i))))
	}
	for i := range 3 {
		x.must("rex", upheld(placed(fmt.Sprint("o-", i)), seen))
	}
	require.InDelta(t, weigh(one), weigh(x), 2)
	late := newTable(t, "") // decided before it was flagged
	late.must("ann", reported(placed("o-1")))
	late.must("rex", upheld(placed("o-1")))
	late.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed("o-1"), "at_1")))
	late.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed("o-2"), "at_1")))
	alone := newTable(t, "")
	alone.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed("o-1"), "at_1")))
	require.InDelta(t, weigh(alone), weigh(late), 2)
}

// A case whose records have gone stays closed.
func TestAForgottenCaseStaysClosed(t *testing.T) {
	x := newTable(t, "records: {keep: 31d}\nverdicts: {open_for: 1h}\nreports: {order_age: 31d}")
	f := flagOf(placed("o-1"), "")
	x.must("ann", verdict(orderguard.AnswerAbnormal, f))
	x.now += 40 * day
	f.Verdicts = 1
	said, err := x.do("ann", verdict(orderguard.AnswerNormal, f))
	var refused *Refusal
	require.True(t, errors.As(err, &refused))
	require.Equal(t, TooOld, refused.Problem)
	require.Equal(t, []string{"warn term"}, said, "what the restriction's end left meanwhile, and nothing else")
}

// What stands for an order is known for longer than the records of the verdict that it comes
// from: another finding closes nothing twice, and taken back it opens nothing.
func TestAnOrderIsKnownForLongerThanItsRecords(t *testing.T) {
	x := newTable(t, "records: {keep: 31d}\nverdicts: {open_for: 30d}\nreports: {order_age: 31d}")
	f := flagOf(placed("o-1"), "")
	require.Len(t, x.must("ann", verdict(orderguard.AnswerAbnormal, f)), 3)
	x.now += 40 * day
	g := f
	g.Alert, g.Scenario = "al_other", orderguard.MaliciousDispute
	require.Equal(t, []string{"warn term", "restrict verdict/al_other"}, x.must("ann", verdict(orderguard.AnswerAbnormal, g)))
	g.Verdicts = 1
	require.Empty(t, x.must("ann", verdict(orderguard.AnswerIgnore, g)), "but for the buyer's sanction")
}

// What a reviewer overturns may be appealed like what was rejected at once, and is decided by
// somebody else; the same decision sent again is taken, and no other.
func TestAnOverturnedReportIsAppealed(t *testing.T) {
	x := newTable(t, "")
	id := ReportID("o-1", orderguard.MaliciousOrder)
	decide := func(by string, c Decide) (orderguard.ReportState, Problem) {
		c.Report, c.Grounds, c.Order = id, orderguard.Wording{En: "seen"}, placed("o-1")
		_, err := x.do(by, Act{Decide: &c})
		var refused *Refusal
		if errors.As(err, &refused) {
			return x.d.Report(id).State, refused.Problem
		}
		require.NoError(t, err)
		return x.d.Report(id).State, ""
	}
	is := func(state orderguard.ReportState, problem Problem) func(orderguard.ReportState, Problem) {
		return func(s orderguard.ReportState, p Problem) {
			t.Helper()
			require.Equal(t, state, s)
			require.Equal(t, problem, p)
		}
	}
	x.must("ann", reported(placed("o-1")))
	is(orderguard.Upheld, "")(decide("rex", Decide{Upheld: true, Severity: orderguard.Low}))
	is(orderguard.Upheld, "")(decide("rex", Decide{Upheld: true, Severity: orderguard.Low}))
	is(orderguard.Upheld, Forbidden)(decide("rex", Decide{Upheld: true, Severity: orderguard.Critical}))
	is(orderguard.Upheld, Forbidden)(decide("rex", Decide{Upheld: true, Severity: orderguard.Low, Scenario: orderguard.Harassment}))
	is(orderguard.Upheld, Forbidden)(decide("rex", Decide{}))
	x.now += 6 * day
	is(orderguard.Upheld, Conflict)(decide("sue", Decide{}))
	is(orderguard.Upheld, Conflict)(decide("sue", Decide{Revision: x.d.Report(id).Revision - 1}))
	is(orderguard.Rejected, "")(decide("sue", Decide{Revision: x.d.Report(id).Revision}))
	require.Equal(t, x.now+x.d.p.Reports.AppealWithin, x.d.Report(id).AppealBy)
	x.now += 6 * day
	x.must("ann", Act{Appeal: &Appeal{Report: id, Shop: "s-1", Statement: "more"}})
	is(orderguard.Appealed, Forbidden)(decide("sue", Decide{}))
	is(orderguard.Appealed, Forbidden)(decide("rex", Decide{Upheld: true}))
	is(orderguard.Final, "")(decide("tom", Decide{Upheld: true}))
	is(orderguard.Final, Conflict)(decide("zoe", Decide{}))
	_, err := x.do("ann", Act{Appeal: &Appeal{Report: id, Shop: "s-1", Statement: "still more"}})
	require.ErrorContains(t, err, "there is one appeal")
}

// An override that is sent again counts once while what stands is what it brought; where
// something else stands it is a new word, which does what it says.
func TestTheSameWordAgain(t *testing.T) {
	x := newTable(t, "")
	lift := Act{Sanction: &Sanction{Buyer: "b-1", Grounds: orderguard.Wording{En: "a new owner"}}}
	x.must("rex", lift)
	x.must("ann", verdict(orderguard.AnswerAbnormal, Flag{
		Alert: "al_o-0", Scenario: orderguard.MaliciousOrder, Severity: orderguard.Low, Order: placed("o-0")}))
	x.must("rex", lift)
	require.NotZero(t, x.d.Buyer("b-1", x.now).Points, "what came in between is not pardoned, since nothing stands")
	x.must("ann", reported(placed("o-1")))
	x.must("rex", upheld(placed("o-1")))
	require.NotZero(t, x.d.Buyer("b-1", x.now).Level)
	x.must("rex", lift)
	got := x.d.Buyer("b-1", x.now)
	require.Zero(t, got.Level)
	require.Zero(t, got.Points)
	freeze := Act{Sanction: &Sanction{Buyer: "b-1", Level: orderguard.Frozen, Until: x.now + 9*day, Grounds: orderguard.Wording{En: "threats"}}}
	require.Len(t, x.must("rex", freeze), 1)
	require.Empty(t, x.must("rex", freeze))
	x.must("rex", lift)
	require.Len(t, x.must("rex", freeze), 1, "it was lifted in between")
}

// A word pardons what was found before it, whether that stands or was taken back by then; what a
// report is upheld for after it counts, whatever the order of the steps before, and a verdict that
// is taken back and given again does not.
func TestAWordPardonsWhatWasBefore(t *testing.T) {
	for name, steps := range map[string][2]string{"lifted, overturned": {"lift", "overturn"}, "overturned, lifted": {"overturn", "lift"}} {
		t.Run(name, func(t *testing.T) {
			x := newTable(t, "")
			id := ReportID("o-1", orderguard.MaliciousOrder)
			f := flagOf(placed("o-2"), "")
			do := map[string]func(){
				"lift": func() {
					x.must("rex", Act{Sanction: &Sanction{Buyer: "b-1", Grounds: orderguard.Wording{En: "a new owner"}}})
					require.Zero(t, x.d.Buyer("b-1", x.now).Points)
				},
				"overturn": func() {
					x.must("ann", verdict(orderguard.AnswerNormal, f))
					x.must("sue", Act{Decide: &Decide{Report: id, Grounds: orderguard.Wording{En: "seen"}, Order: placed("o-1"), Revision: x.d.Report(id).Revision}})
				},
			}
			x.must("ann", verdict(orderguard.AnswerAbnormal, f))
			x.must("ann", reported(placed("o-1")))
			x.must("rex", upheld(placed("o-1")))
			do[steps[0]]()
			do[steps[1]]()
			x.must("ann", verdict(orderguard.AnswerAbnormal, f))
			require.Zero(t, x.d.Buyer("b-1", x.now).Points, "the seller says the same again")
			x.must("ann", Act{Appeal: &Appeal{Report: id, Shop: "s-1", Statement: "more"}})
			x.must("tom", upheld(placed("o-1")))
			got := x.d.Buyer("b-1", x.now)
			require.EqualValues(t, 30_000, got.Points)
			require.Equal(t, orderguard.Restricted, got.Level)
		})
	}
}

// A shop to which an order does not belong, but a stray line does, keeps its own shop from
// no report.
func TestStrayReports(t *testing.T) {
	x := newTable(t, "")
	stray := placed("o-1")
	stray.Shop = "s-2"
	x.must("bob", Act{File: &File{Shop: "s-2", Scenario: orderguard.MaliciousOrder, Statement: "bad", Order: stray}})
	x.must("ann", reported(placed("o-1")))
	_, err := x.do("ann", reported(placed("o-1")))
	require.ErrorContains(t, err, "was reported")
	id := x.d.ReportID("s-1", "o-1", orderguard.MaliciousOrder)
	require.NotEqual(t, id, x.d.ReportID("s-2", "o-1", orderguard.MaliciousOrder))
	require.Equal(t, "s-1", x.d.Report(id).Shop)
	require.Equal(t, 1, x.d.Seller("s-1").Open)
}

// A report is weighed by the alert of the order under the scenario that it is upheld for, and
// is part of that one's attack alone.
func TestReportsAreWeighedByTheirScenario(t *testing.T) {
	x := newTable(t, "")
	for i := range 3 {
		o := placed(fmt.Sprint("o-", i))
		x.must("ann", Act{File: &File{Shop: "s-1", Scenario: orderguard.MaliciousDispute, Statement: "bad", Order: o}})
		act := upheld(o, Seen{Scenario: orderguard.Harassment, Severity: orderguard.Low, Status: orderguard.Open, Attack: "at_1"})
		act.Decide.Report = ReportID(o.Order, orderguard.MaliciousDispute)
		x.must("rex", act)
	}
	require.Equal(t, orderguard.High, x.d.Report(ReportID("o-0", orderguard.MaliciousDispute)).Rulings[0].Severity)
	require.InDelta(t, 3*x.d.weigh(orderguard.High, orderguard.MaliciousDispute, 100, true), x.d.Buyer("b-1", x.now).Points, 5)
	x.must("ann", reported(placed("o-9")))
	x.must("rex", upheld(placed("o-9"), Seen{Scenario: orderguard.MaliciousOrder, Severity: orderguard.Medium, Status: orderguard.Open}))
	require.Equal(t, orderguard.Medium, x.d.Report(ReportID("o-9", orderguard.MaliciousOrder)).Rulings[0].Severity)
}

// A closed case keeps what was said of it.
func TestAClosedCaseStays(t *testing.T) {
	x := newTable(t, "")
	f := flagOf(placed("o-1"), "at_1")
	x.must("ann", verdict(orderguard.AnswerAbnormal, f))
	x.now += x.d.p.Verdicts.OpenFor + day
	f.Verdicts = 1
	again := verdict(orderguard.AnswerAbnormal, f)
	x.must("ann", again)
	again.Judge.Comment = "other words"
	_, err := x.do("bob", again)
	require.ErrorContains(t, err, "is closed")
	again.Judge.Flags = append(again.Judge.Flags, flagOf(placed("o-2"), "at_1"))
	changes, err := x.d.Apply(Act{At: x.now, By: "bob", Judge: again.Judge})
	require.NoError(t, err)
	for _, c := range changes {
		if c.Verdict != nil {
			require.Equal(t, "o-2", c.Verdict.Order)
		}
	}
}

// What is examined is the buyer's other orders at the reporting shop, too.
func TestOthersOfTheShopAreExamined(t *testing.T) {
	x := newTable(t, "")
	x.must("ann", Act{File: &File{Shop: "s-1", Scenario: orderguard.Harassment, Statement: "bad", Order: placed("o-1")}})
	id := ReportID("o-1", orderguard.Harassment)
	examine := Act{Examine: &Examine{Report: id, Order: placed("o-1"), Buyer: BuyerRecord{Completed: 10}}}
	examine.Examine.Buyer.Here[orderguard.Harassment] = 8
	x.must("", examine)
	r := x.d.Report(id)
	require.Equal(t, orderguard.Reviewing, r.State)
	require.Contains(t, fmt.Sprint(r.Examined), "8 other orders of the buyer at your shop")
}

// Who has much of what he orders over the site refunded or disputed is for a reviewer, who reads the
// counts; three orders prove nothing, and kept orders alone make a buyer known.
func TestContestedOrdersAreForAReviewer(t *testing.T) {
	for _, c := range []struct {
		buyer    BuyerRecord
		state    orderguard.ReportState
		findings [2]orderguard.Finding // under malicious_refund and malicious_dispute
		says     string
	}{
		{BuyerRecord{Completed: 10}, orderguard.Rejected, [2]orderguard.Finding{1, 1}, "10 were completed and kept, 0 refunded, 0 disputed; and the report came without evidence"},
		{BuyerRecord{Completed: 9}, orderguard.Reviewing, [2]orderguard.Finding{1, 1}, "No alert stands on this order"},
		{BuyerRecord{Completed: 12, Refunded: 3, Contested: 3}, orderguard.Rejected, [2]orderguard.Finding{1, 1}, "12 were completed and kept, 3 refunded, 0 disputed"},
		{BuyerRecord{Refunded: 3, Contested: 3}, orderguard.Reviewing, [2]orderguard.Finding{1, 1}, "0 were completed and kept, 3 refunded, 0 disputed"},
		{BuyerRecord{Completed: 12, Refunded: 9, Contested: 9}, orderguard.Reviewing, [2]orderguard.Finding{2, 1}, "12 were completed and kept, 9 refunded, 0 disputed; allowing for chance, and for faults of shops, at least 17% of what this buyer orders ends"},
		{BuyerRecord{Completed: 12, Refunded: 9}, orderguard.Rejected, [2]orderguard.Finding{1, 1}, "12 were completed and kept, 9 refunded"}, // by the shops' fault
		{BuyerRecord{Completed: 12, Refunded: 4, Disputed: 6, Contested: 8}, orderguard.Reviewing, [2]orderguard.Finding{2, 2}, "4 refunded, 6 disputed; allowing for chance"},
		{BuyerRecord{Completed: 12, Disputed: 7, Contested: 7}, orderguard.Reviewing, [2]orderguard.Finding{1, 2}, "0 refunded, 7 disputed; allowing for chance"},
	} {
		x := newTable(t, "")
		x.must("ann", reported(placed("o-1")))
		id := ReportID("o-1", orderguard.MaliciousOrder)
		x.must("", Act{Examine: &Examine{Report: id, Order: placed("o-1"), Buyer: c.buyer}})
		r := x.d.Report(id)
		require.Equal(t, c.state, r.State, "%+v", c.buyer)
		for i, s := range []orderguard.Scenario{orderguard.MaliciousRefund, orderguard.MaliciousDispute} {
			require.Equal(t, c.findings[i], r.Examined[s-1].Finding, "%s of %+v", s, c.buyer)
		}
		require.Contains(t, fmt.Sprint(r.Examined, r.Rulings), c.says)
		if c.findings[0] == orderguard.Suspicious {
			require.Contains(t, r.Examined[orderguard.MaliciousRefund-1].Zh, fmt.Sprintf("退款 %d 笔", c.buyer.Refunded))
		}
	}
}

// Another policy that limits orders otherwise is told of.
func TestAnotherPolicyLimitsOrders(t *testing.T) {
	x := newTable(t, "")
	x.must("rex", Act{Sanction: &Sanction{Buyer: "b-1", Level: orderguard.Restricted, Until: x.now + 90*day, Grounds: orderguard.Wording{En: "seen"}}})
	for _, n := range []int{1, 9} {
		changes, err := x.d.Apply(Act{At: x.now, Adopt: &Adopt{Name: "p", Text: fmt.Sprintf("sanctions: {orders_per_day: %d}", n)}})
		require.NoError(t, err)
		require.Equal(t, n, changes[0].Decision.OrdersPerDay)
		require.Equal(t, n == 9, changes[0].Decision.Reverses != "")
	}
}

// Another policy weighs the words of sellers anew.
func TestAnotherPolicyWeighsSellers(t *testing.T) {
	x := newTable(t, "sellers: {decided_first: 2}")
	for _, o := range []string{"o-1", "o-2"} {
		x.must("ann", reported(placed(o)))
		act := upheld(placed(o))
		act.Decide.Upheld = false
		x.must("rex", act)
	}
	require.True(t, x.d.Seller("s-1").Doubted)
	changes, err := x.d.Apply(Act{At: x.now, Adopt: &Adopt{Name: "p", Text: "sellers: {decided_first: 50}"}})
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.Equal(t, SellerRecord{Shop: "s-1", Rejected: 2, Weight: 100}, *changes[0].Seller)
	require.Equal(t, *changes[0].Seller, x.d.Seller("s-1"))
}

// Another policy is told of those whom it concerns, at once.
func TestAnotherPolicySettlesAccounts(t *testing.T) {
	x := newTable(t, "")
	x.must("ann", reported(placed("o-1")))
	x.must("rex", upheld(placed("o-1")))
	was := x.d.Buyer("b-1", x.now).Level
	require.NotEqual(t, orderguard.Frozen, was)
	said := x.must("", Act{Adopt: &Adopt{Name: "p", Text: "sanctions: {warn_at: 1, restrict_at: 2, freeze_at: 3}"}})
	require.Equal(t, []string{"freeze policy"}, said)
	require.Equal(t, orderguard.Frozen, x.d.Buyer("b-1", x.now).Level)
	require.NotEmpty(t, x.must("", Act{Adopt: &Adopt{Name: "p", Text: "# the defaults"}}))
}

// An order counts once in its seller's record, under however many scenarios it is reported.
func TestAnOrderCountsOnceForItsSeller(t *testing.T) {
	x := newTable(t, "")
	o := placed("o-1")
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		x.must("ann", Act{File: &File{Shop: "s-1", Scenario: s, Statement: "bad", Order: o}})
	}
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		a := upheld(o)
		a.Decide.Report, a.Decide.Upheld = ReportID(o.Order, s), s%2 == 0
		x.must("rex", a)
	}
	got := x.d.Seller("s-1")
	require.Equal(t, [3]int{0, 1, 0}, [3]int{got.Open, got.Upheld, got.Rejected})
}

// What shows nothing is no grounds for a decision or an override, and no appeal.
func TestBlankWords(t *testing.T) {
	x := newTable(t, "")
	id := ReportID("o-1", orderguard.MaliciousOrder)
	reject := func(g orderguard.Wording) Act {
		return Act{Decide: &Decide{Report: id, Grounds: g, Order: placed("o-1")}}
	}
	lift := func(g orderguard.Wording) Act { return Act{Sanction: &Sanction{Buyer: "b-1", Grounds: g}} }
	appeal := func(s string) Act { return Act{Appeal: &Appeal{Report: id, Shop: "s-1", Statement: s}} }
	x.must("ann", reported(placed("o-1")))
	blanks := []string{"", " ", " \n\t", "\u3000\u00a0", "\u200b\ufeff", "\u3164", "\u115f\u1160\uffa0", "\u2800 \u2800", "\u034f", "\ufe0f"}
	for _, b := range blanks {
		for _, act := range []Act{reject(orderguard.Wording{En: b, Zh: b}), lift(orderguard.Wording{En: b, Zh: b})} {
			_, err := x.do("rex", act)
			require.ErrorContains(t, err, "has no grounds", "%q", b)
		}
	}
	x.must("rex", reject(orderguard.Wording{En: " ", Zh: "无证据"}))
	for _, b := range blanks {
		_, err := x.do("ann", appeal(b))
		require.ErrorContains(t, err, "adds nothing", "%q", b)
	}
	x.must("ann", appeal("the video"))
	x.must("sue", lift(orderguard.Wording{Zh: "本人申诉"}))
}

func TestBlankReports(t *testing.T) {
	for want, f := range map[string]File{
		"empty":              {Statement: " \n\t\u200b\u3164"},
		"blank":              {Statement: "bad", Evidence: []string{"a", " "}},
		"stands there twice": {Statement: "bad", Evidence: strings.Fields("a b a")},
	} {
		f.Shop, f.Scenario, f.Order = "s-1", orderguard.MaliciousOrder, placed("o-1")
		_, err := newTable(t, "").do("ann", Act{File: &f})
		require.ErrorContains(t, err, want)
	}
}
