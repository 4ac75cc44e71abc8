package casework

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// deskTwin works out what stands from the whole history, by the words of the
// contract. It knows the acts that were taken, and asks the desk nothing.
type deskTwin struct {
	p    Policy
	acts []Act
	// ordered are the orders that had been ordered to be closed, at some time, before
	// each act.
	ordered []map[orderKey]bool
}

// add adds an act that was taken.
func (w *deskTwin) add(a Act) {
	before := map[orderKey]bool{}
	if n := len(w.ordered); n > 0 {
		maps.Copy(before, w.ordered[n-1])
	}
	for _, c := range w.claims() {
		before[c.order] = before[c.order] || c.closes
	}
	w.acts, w.ordered = append(w.acts, a), append(w.ordered, before)
}

// closes says whether a finding of the nth act asks that an order be closed: one that
// we have ordered to be closed has ended by that.
func (w *deskTwin) closes(n int, o Order) bool {
	return o.Known && !o.Shipped && (!o.Ended || w.ordered[n][orderKey{o.Shop, o.Order}])
}

// claim is a finding as the history has it.
type claim struct {
	cause, group, shop, buyer string
	scenario                  orderguard.Scenario
	order                     orderKey
	at, cleanse               orderguard.Millis
	points                    int64
	report, closes, frees     bool
	act                       int // that made it what it is
}

// lastVerdicts returns the answer that stands on each alert, and when it was
// first given without a break.
func (w *deskTwin) lastVerdicts() (alerts []string, by map[string]int, flags map[string]Flag) {
	by, flags = map[string]int{}, map[string]Flag{}
	for n, a := range w.acts {
		if a.Judge == nil {
			continue
		}
		for _, f := range a.Judge.Flags {
			was, known := by[f.Alert]
			if known && w.acts[was].Judge.Answer == a.Judge.Answer {
				continue
			}
			alerts = slices.DeleteFunc(alerts, func(s string) bool { return s == f.Alert })
			alerts = append(alerts, f.Alert)
			by[f.Alert], flags[f.Alert] = n, f
		}
	}
	return alerts, by, flags
}

// claims lists the findings that stand, the earliest first.
func (w *deskTwin) claims() []claim {
	var list []claim
	alerts, by, flags := w.lastVerdicts()
	for _, alert := range alerts {
		a, f := w.acts[by[alert]], flags[alert]
		if a.Judge.Answer != orderguard.AnswerAbnormal {
			continue
		}
		points := w.p.Points.BySeverity[f.Severity] * 1000 * w.p.Points.ByScenario[f.Scenario] / 100
		list = append(list, claim{
			cause: "verdict/" + alert, group: fmt.Sprint(f.Order.Shop, f.Scenario, f.Attack, orderOf(f)),
			shop: f.Order.Shop, buyer: f.Order.Buyer, order: orderKey{f.Order.Shop, f.Order.Order}, at: a.At, cleanse: a.At,
			points: points, closes: w.closes(by[alert], f.Order), frees: f.Order.Known && !f.Order.Shipped, scenario: f.Scenario,
			act: by[alert],
		})
	}
	verdicts := list
	for id, r := range w.reports() {
		if !r.upheld {
			continue
		}
		group := fmt.Sprint(r.order.Shop, r.scenario, "", r.order.Order)
		if r.attack != "" {
			group = fmt.Sprint(r.order.Shop, r.scenario, r.attack, "")
		}
		for _, c := range verdicts { // a verdict on the same is of the same misdeed
			if c.order == (orderKey{r.order.Shop, r.order.Order}) && c.scenario == r.scenario {
				group = c.group
			}
		}
		points := w.p.Points.BySeverity[orderguard.High] * 1000 * w.p.Points.ByScenario[r.scenario] / 100 * w.p.Points.Report / 100
		list = append(list, claim{
			cause: "report/" + id, group: group,
			shop: r.order.Shop, buyer: r.order.Buyer, order: orderKey{r.order.Shop, r.order.Order}, at: r.at,
			cleanse: r.at + w.p.Reports.CleanseAfter, points: points, report: true,
			closes: w.closes(r.act, r.facts), frees: r.facts.Known && !r.facts.Shipped,
			act: r.act,
		})
	}
	slices.SortStableFunc(list, func(a, b claim) int { return cmp.Compare(a.at, b.at) })
	return list
}

// orderOf returns what a flag is grouped by besides its attack.
func orderOf(f Flag) string {
	if f.Attack != "" {
		return ""
	}
	return f.Order.Order
}

// outcome is how a report stands.
type outcome struct {
	order, facts Order
	scenario     orderguard.Scenario
	upheld       bool
	attack       string
	at           orderguard.Millis
	act          int // that decided it
}

func (w *deskTwin) reports() map[string]*outcome {
	all := map[string]*outcome{}
	for n, a := range w.acts {
		switch {
		case a.File != nil:
			all[ReportID(a.File.Order.Order, a.File.Scenario)] = &outcome{order: a.File.Order, scenario: a.File.Scenario}
		case a.Decide != nil:
			r := all[a.Decide.Report]
			r.attack = cmp.Or(attackOf(a.Decide.Alerts, r.scenario), r.attack)
			if r.upheld != a.Decide.Upheld {
				r.upheld, r.at, r.facts, r.act = a.Decide.Upheld, a.At, a.Decide.Order, n
			}
		}
	}
	return all
}

// seen lists what was flagged on an order.
func (w *deskTwin) seen(o Order) (list []Seen) {
	for _, a := range w.acts {
		if a.Judge == nil {
			continue
		}
		for _, f := range a.Judge.Flags {
			if f.Order.Shop == o.Shop && f.Order.Order == o.Order {
				list = append(list, Seen{Scenario: f.Scenario, Severity: f.Severity, Status: orderguard.Open, Attack: f.Attack})
			}
		}
	}
	return list
}

// filed lists the reports that were taken.
func (w *deskTwin) filed() (list []*File) {
	for _, a := range w.acts {
		if a.File != nil {
			list = append(list, a.File)
		}
	}
	return list
}

// sanction works out what stands on an account, instant by instant.
func (w *deskTwin) sanction(buyer string, now orderguard.Millis) (level orderguard.Level, until orderguard.Millis) {
	word := -1
	for i, a := range w.acts {
		if s := a.Sanction; s != nil && s.Buyer == buyer {
			word, level, until = i, s.Level, s.Until
		}
	}
	if until <= now {
		level, until = 0, 0
	}
	var mine []claim
	for _, c := range w.claims() {
		if c.buyer == buyer && c.points > 0 && w.firstMade(c) > word {
			mine = append(mine, c)
		}
	}
	for _, c := range mine {
		for l := w.levelAt(mine, c.at); l != orderguard.Unrestricted; l-- {
			end := c.at + w.p.Sanctions.Term[l]
			if end > now && (l > level || l == level && end > until) {
				level, until = l, end
			}
		}
	}
	return level, until
}

// firstMade returns the act that first made a finding: of a verdict that was taken back and
// given again the one that gave it at first, of a report the one that upheld it last.
func (w *deskTwin) firstMade(c claim) int {
	for i, a := range w.acts {
		if c.report || a.Judge == nil || a.Judge.Answer != orderguard.AnswerAbnormal {
			continue
		}
		if slices.ContainsFunc(a.Judge.Flags, func(f Flag) bool { return "verdict/"+f.Alert == c.cause }) {
			return i
		}
	}
	return c.act
}

func (w *deskTwin) levelAt(mine []claim, t orderguard.Millis) orderguard.Level {
	groups, reports, of := map[string]int64{}, map[string]int64{}, map[string]string{}
	for _, c := range mine {
		if c.at > t || t-c.at >= w.p.Points.Keep {
			continue
		}
		left := int64(math.Round(float64(c.points) * math.Pow(2, -float64(t-c.at)/float64(w.p.Points.HalfLife))))
		groups[c.group] = max(groups[c.group], left)
		if of[c.group] = c.shop; c.report {
			reports[c.group] = max(reports[c.group], left)
		}
	}
	sum, reported, shops := int64(0), int64(0), map[string]int64{}
	for g, points := range groups {
		sum += points
		reported += reports[g]
		shops[of[g]] += points
	}
	part := max(1, w.p.Sanctions.At[orderguard.Frozen]*10*w.p.Sanctions.FreezeShare)
	maps.DeleteFunc(shops, func(_ string, points int64) bool { return points < part })
	switch at := w.p.Sanctions.At; {
	case sum >= at[orderguard.Frozen]*1000 && (reported >= part || len(shops) >= int(w.p.Sanctions.FreezeShops)):
		return orderguard.Frozen
	case sum >= at[orderguard.Restricted]*1000:
		return orderguard.Restricted
	case sum >= at[orderguard.Warned]*1000:
		return orderguard.Warned
	}
	return orderguard.Unrestricted
}

// feed is what a client of the changes knows: what it was told, and no more.
type feed struct {
	seq       uint64
	decisions map[string]orderguard.Decision
	orders    map[orderKey]map[orderguard.DecisionKind]string // standing, by id
	buyers    map[string]orderguard.Decision
	excluded  map[orderKey]string
	quiet     map[quietKey]orderguard.Millis
	rules     map[RuleRef]orderguard.RuleRecord
	trail     map[string]int
}

func newFeed() *feed {
	return &feed{
		decisions: map[string]orderguard.Decision{}, orders: map[orderKey]map[orderguard.DecisionKind]string{}, buyers: map[string]orderguard.Decision{},
		excluded: map[orderKey]string{}, quiet: map[quietKey]orderguard.Millis{}, rules: map[RuleRef]orderguard.RuleRecord{}, trail: map[string]int{},
	}
}

func (f *feed) take(t require.TestingT, changes []Change) {
	for _, c := range changes {
		switch {
		case c.Decision != nil:
			f.decide(t, *c.Decision)
		case c.Exclude != nil:
			f.excluded[orderKey{c.Exclude.Shop, c.Exclude.Order}] = c.Exclude.Cause
		case c.Quiet != nil:
			f.quiet[quietKey{c.Quiet.Shop, c.Quiet.Buyer, c.Quiet.Scenario}] = c.Quiet.Until
		case c.Rule != nil:
			f.rules[RuleRef{c.Rule.Rule, c.Rule.Version}] = *c.Rule
		case c.Verdict != nil:
			f.trail[c.Verdict.Alert]++
			require.Equal(t, f.trail[c.Verdict.Alert], c.Verdict.Number)
		}
	}
}

func (f *feed) decide(t require.TestingT, d orderguard.Decision) {
	f.seq++
	require.Equal(t, f.seq, d.Seq, "the sequence has no gap")
	f.decisions[d.ID] = d
	if d.Order == "" {
		if d.Reverses != "" {
			require.Equal(t, f.buyers[d.Buyer].ID, d.Reverses)
		}
		f.buyers[d.Buyer] = d
		return
	}
	k := orderKey{d.Shop, d.Order}
	if f.orders[k] == nil {
		f.orders[k] = map[orderguard.DecisionKind]string{}
	}
	kind, back := d.Kind, false
	switch d.Kind {
	case orderguard.ReopenOrder:
		kind, back = orderguard.CloseOrder, true
	case orderguard.BindSeller:
		kind, back = orderguard.FreeSeller, true
	}
	require.Equal(t, f.orders[k][kind], d.Reverses, "a decision on an order is new, or takes back the one that stands")
	require.Equal(t, back, d.Reverses != "")
	f.orders[k][kind] = ""
	if !back {
		f.orders[k][kind] = d.ID
	}
}

// drawOrder draws an order, and what is known of it when an act concerns it.
func drawOrder(t *rapid.T) Order {
	n := rapid.IntRange(1, 6).Draw(t, "order")
	o := Order{Order: fmt.Sprint("o-", n), Shop: fmt.Sprint("s-", 1+n%4), Buyer: fmt.Sprint("b-", 1+n%2), Created: start, Known: true}
	switch rapid.IntRange(0, 3).Draw(t, "stage") {
	case 0:
		o.Shipped = true
	case 1:
		o.Ended = true
	}
	return o
}

// drawAct draws an act, mostly on the reports there are.
func drawAct(t *rapid.T, w *deskTwin, at orderguard.Millis) Act {
	a := Act{At: at, By: rapid.SampledFrom([]string{"ann", "ben", "cat"}).Draw(t, "by")}
	o := drawOrder(t)
	scenario := rapid.SampledFrom([]orderguard.Scenario{orderguard.MaliciousOrder, orderguard.MaliciousReview, orderguard.Unfulfillable}).Draw(t, "scenario")
	act := rapid.IntRange(0, 11).Draw(t, "act")
	if filed := w.filed(); act >= 2 && act <= 5 && len(filed) > 0 {
		stage := o
		f := rapid.SampledFrom(filed).Draw(t, "report")
		o, scenario = f.Order, f.Scenario
		o.Shipped, o.Ended = stage.Shipped, stage.Ended
	}
	switch act {
	case 0, 1:
		a.File = &File{Shop: o.Shop, Scenario: scenario, Statement: "bad", Order: o}
	case 2, 3, 4:
		a.Decide = &Decide{Report: ReportID(o.Order, scenario), Upheld: rapid.Bool().Draw(t, "upheld"), Grounds: orderguard.Wording{En: "seen"}, Order: o, Alerts: w.seen(o)}
	case 5:
		a.Appeal = &Appeal{Report: ReportID(o.Order, scenario), Shop: o.Shop, Statement: "more"}
	case 6:
		a.Sanction = &Sanction{Buyer: o.Buyer, Level: orderguard.Level(rapid.IntRange(0, 3).Draw(t, "level")), Grounds: orderguard.Wording{En: "heard"}}
		if a.Sanction.Level != 0 {
			a.Sanction.Until = at + 5*day
		}
	default:
		a.Judge = &Judge{Shop: o.Shop, Answer: orderguard.Answer(rapid.IntRange(1, 3).Draw(t, "answer"))}
		for i := range rapid.IntRange(1, 2).Draw(t, "flags") {
			if i == 1 {
				o.Order += "x"
			}
			f := Flag{Alert: "al_" + o.Order + scenario.String(), Scenario: scenario, Order: o,
				Severity: orderguard.Severity(len(o.Order)), Rules: []RuleRef{{"burst", "1"}}}
			if o.Shop == "s-1" {
				f.Attack = "at_1"
			}
			a.Judge.Flags = append(a.Judge.Flags, f)
		}
	}
	return a
}

// quickPolicy has times that few acts reach.
func quickPolicy() Policy {
	p := DefaultPolicy()
	p.Sellers.DecidedFirst = 1000 // weights are tested elsewhere
	p.Reports.CleanseAfter = day
	p.Points.Keep = 12 * day
	p.Sanctions.FreezeShops = 2
	return p
}

// TestDeskTwin holds what the feeds of a desk say against what follows from the
// history of acts: after verdicts, changes of them, reports, decisions, appeals
// and words on accounts in any order, with ticks anywhere, and restarts.
func TestDeskTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := quickPolicy()
		d, f, w := NewDesk(p), newFeed(), &deskTwin{p: p}
		now := start
		for range rapid.IntRange(1, 150).Draw(t, "acts") {
			now += rapid.SampledFrom([]orderguard.Millis{0, 1, hour, 5 * hour, day, 6 * day}).Draw(t, "passed")
			if now > start+120*day {
				break // before records go
			}
			if rapid.Bool().Draw(t, "tick") {
				changes, err := d.Apply(Act{At: now, Tick: true})
				require.NoError(t, err)
				f.take(t, changes)
			}
			a := drawAct(t, w, now)
			if c := a.Decide; c != nil && rapid.Bool().Draw(t, "of a revision") {
				if r := d.Report(c.Report); r != nil {
					c.Revision = r.Revision - rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "of before")
				}
			}
			changes, err := d.Apply(a)
			f.take(t, changes)
			if err == nil && !repeats(w, a) {
				w.add(a)
			}
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				changes, err = d.Apply(a)
				f.take(t, changes)
				_ = err // sent again: taken before, or refused; nothing may change
			}
			agree(t, d, f, w, now)
		}
		replayed(t, d, w)
	})
}

// repeats says whether a decision on a report, or an override, was taken as one
// sent again.
func repeats(w *deskTwin, a Act) bool {
	if a.Sanction != nil {
		for _, b := range slices.Backward(w.acts) {
			if b.Sanction != nil && b.Sanction.Buyer == a.Sanction.Buyer {
				level, until := w.sanction(a.Sanction.Buyer, a.At)
				return b.By == a.By && *b.Sanction == *a.Sanction && a.At < b.At+hour && level == a.Sanction.Level && until == a.Sanction.Until
			}
		}
	}
	if a.Decide == nil {
		return false
	}
	for _, b := range slices.Backward(w.acts) {
		if b.Decide != nil && b.Decide.Report == a.Decide.Report {
			return b.By == a.By && b.Decide.Upheld == a.Decide.Upheld
		}
	}
	return false
}

func agree(t require.TestingT, d *Desk, f *feed, w *deskTwin, now orderguard.Millis) {
	standing := map[orderKey]map[orderguard.DecisionKind]bool{}
	excluded := map[orderKey]string{}
	for _, c := range w.claims() {
		if standing[c.order] == nil {
			standing[c.order] = map[orderguard.DecisionKind]bool{}
		}
		standing[c.order][orderguard.CloseOrder] = standing[c.order][orderguard.CloseOrder] || c.closes
		standing[c.order][orderguard.FreeSeller] = standing[c.order][orderguard.FreeSeller] || c.frees
		if c.cleanse <= now && excluded[c.order] == "" {
			excluded[c.order] = c.cause
		}
	}
	for k, kinds := range f.orders {
		for kind, id := range kinds {
			require.Equal(t, standing[k][kind], id != "", "%s of order %v", kind, k)
		}
	}
	for k, kinds := range standing {
		for kind, stands := range kinds {
			require.Equal(t, stands, f.orders[k][kind] != "", "%s of order %v", kind, k)
		}
	}
	for k, cause := range f.excluded {
		require.Equal(t, excluded[k] != "", cause != "", "order %v is excluded by %q, want %q", k, cause, excluded[k])
	}
	for k, cause := range excluded {
		require.NotEmpty(t, f.excluded[k], "order %v stays in, %s takes it out", k, cause)
	}
	for _, buyer := range []string{"b-1", "b-2"} {
		level, until := w.sanction(buyer, now)
		got := d.Buyer(buyer, now)
		require.Equal(t, level, got.Level, "level of %s", buyer)
		require.Equal(t, until, got.Until, "end of %s's", buyer)
		told := f.buyers[buyer]
		if told.Kind == 0 {
			told.Kind = orderguard.LiftSanction
		}
		require.Equal(t, level.Decision(), told.Kind, "what was told of %s", buyer)
		require.Equal(t, until, told.Until)
	}
	agreeOnVerdicts(t, d, f, w, now)
}

func agreeOnVerdicts(t require.TestingT, d *Desk, f *feed, w *deskTwin, now orderguard.Millis) {
	alerts, by, flags := w.lastVerdicts()
	rule := orderguard.RuleRecord{Rule: "burst", Version: "1"}
	quiet := map[quietKey]orderguard.Millis{}
	for _, alert := range alerts { // in the order of what stands

		a, flag := w.acts[by[alert]], flags[alert]
		require.Equal(t, a.Judge.Answer, d.Answer(alert))
		switch a.Judge.Answer {
		case orderguard.AnswerAbnormal:
			rule.Abnormal++
			if a.At+w.p.Verdicts.QuietFor > now {
				delete(quiet, quietKey{flag.Order.Shop, flag.Order.Buyer, flag.Scenario})
			}
		case orderguard.AnswerNormal:
			rule.Normal++
			if until := a.At + w.p.Verdicts.QuietFor; until > now {
				k := quietKey{flag.Order.Shop, flag.Order.Buyer, flag.Scenario}
				quiet[k] = max(quiet[k], until)
			}
		}
	}
	require.Equal(t, rule, d.Rule(RuleRef{"burst", "1"}))
	if told, known := f.rules[RuleRef{"burst", "1"}]; known {
		require.Equal(t, rule, told)
	}
	for k, until := range f.quiet {
		require.Equal(t, quiet[k], until, "quiet %v", k)
	}
	for k, until := range quiet {
		require.Equal(t, until, f.quiet[k], "quiet %v", k)
		require.True(t, d.Quiet(k.shop, k.buyer, k.scenario, now))
	}
}

// replayed holds that the journal of the acts that were taken, without ticks and
// refusals and written as JSON, makes the same desk.
func replayed(t require.TestingT, d *Desk, w *deskTwin) {
	again := NewDesk(w.p)
	for _, a := range w.acts {
		text, err := json.Marshal(a)
		require.NoError(t, err)
		var back Act
		require.NoError(t, json.Unmarshal(text, &back))
		_, err = again.Apply(back)
		require.NoError(t, err)
	}
	_, err := again.Apply(Act{At: d.now, Tick: true})
	require.NoError(t, err)
	require.Equal(t, d.seq, again.seq)
	require.Equal(t, d.cases, again.cases)
	require.Equal(t, d.orders, again.orders)
	require.Equal(t, d.buyers, again.buyers)
	require.Equal(t, d.reports, again.reports)
	require.Equal(t, d.quiet, again.quiet)
	require.Equal(t, d.rules, again.rules)
	require.Equal(t, d.sellers, again.sellers)
}
