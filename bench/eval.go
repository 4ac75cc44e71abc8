package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
)

// maxEvalLine is the longest line of labels or alerts that Score takes.
const maxEvalLine = 16 << 20

// Score compares alerts, as NDJSON, with labels, one
// {"order","buyer","scenario","attack"} a line. Events, the stream in which the
// alerts were found, may be given as one further reader: the times of its
// orders show how much of an attack had happened when it was found. What counts
// as happening is the order, and in refunds, disputes and reviews the refund, the
// dispute or the review, where there is one.
//
// An order is found if it is flagged under the scenario of its label. Flagged
// under another one only, it counts as found overall, but as wrong in the table
// of scenarios, and among the mismatches. The error names the input and line.
func Score(labels, alerts io.Reader, events ...io.Reader) (Report, error) {
	s := scorer{labels: map[evalKey]*evalLabel{}, byOrder: map[string][]*evalLabel{}, flags: map[evalKey]*evalFlag{}, flagged: map[string][]*evalFlag{}}
	if err := eachLine("labels", labels, s.label); err != nil {
		return Report{}, fmt.Errorf("eval: %w", err)
	}
	if err := eachLine("alerts", alerts, s.alert); err != nil {
		return Report{}, fmt.Errorf("eval: %w", err)
	}
	for _, r := range events {
		if err := eachLine("events", r, s.event); err != nil {
			return Report{}, fmt.Errorf("eval: %w", err)
		}
	}
	if s.events = len(events) > 0; s.events {
		for _, l := range s.rows {
			if l.at == 0 {
				return Report{}, fmt.Errorf("eval: the labelled order %q is not in the events: are they of the same run?", l.Order)
			}
		}
	}
	return s.report(), nil
}

// evalKey is what an alert is one of.
type evalKey struct {
	order    string
	scenario orderguard.Scenario
}

// evalLabel is a line of the labels.
type evalLabel struct {
	Order    string              `json:"order"`
	Buyer    string              `json:"buyer"`
	Scenario orderguard.Scenario `json:"scenario"`
	Attack   string              `json:"attack"`
	at       orderguard.Millis   // when it was placed
	acted    orderguard.Millis   // when the buyer did what the scenario is about; 0: when it was placed
}

// evalFlag is all alerts of one order and scenario.
type evalFlag struct {
	key    evalKey
	at     orderguard.Millis // the earliest
	placed orderguard.Millis // when the order was; 0: not known
	score  int               // the highest
	attack string            // as the alert names it
	rules  []string
	over   []float64 // how many times its limit each rule's value is
	texts  []string
	// labelled says whether the order has a label, of whatever scenario.
	labelled bool
}

type scorer struct {
	labels  map[evalKey]*evalLabel
	byOrder map[string][]*evalLabel
	rows    []*evalLabel // in order of the file
	flags   map[evalKey]*evalFlag
	flagged map[string][]*evalFlag // by order
	found   []*evalFlag            // in order of the file
	events  bool
}

// eachLine gives the lines of an input that are not blank to take.
func eachLine(name string, r io.Reader, take func(line []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxEvalLine)
	n := 0
	for lines.Scan() {
		n++
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		if err := take(lines.Bytes()); err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: line %d: %w", name, n+1, err)
	}
	return nil
}

func (s *scorer) label(line []byte) error {
	l := &evalLabel{}
	if err := json.Unmarshal(line, l); err != nil {
		return err
	}
	if l.Order == "" || l.Scenario == 0 || l.Attack == "" {
		return errors.New(`a label needs "order", "scenario" and "attack"`)
	}
	key := evalKey{l.Order, l.Scenario}
	if s.labels[key] != nil {
		return fmt.Errorf("order %q has a second label for %s", l.Order, l.Scenario)
	}
	s.labels[key] = l
	s.byOrder[l.Order] = append(s.byOrder[l.Order], l)
	s.rows = append(s.rows, l)
	return nil
}

func (s *scorer) alert(line []byte) error {
	var a struct {
		Order     string              `json:"order"`
		Scenario  orderguard.Scenario `json:"scenario"`
		FlaggedAt orderguard.Millis   `json:"flagged_at"`
		Score     int                 `json:"score"`
		Attack    string              `json:"attack"`
		Reasons   []orderguard.Reason `json:"reasons"`
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return err
	}
	if a.Order == "" || a.Scenario == 0 {
		return errors.New(`an alert needs "order" and "scenario"`)
	}
	if a.Score < 0 || a.Score > 100 {
		return fmt.Errorf("score %d: want 0 to 100", a.Score)
	}
	key := evalKey{a.Order, a.Scenario}
	f := s.flags[key]
	if f == nil {
		f = &evalFlag{key: key, at: a.FlaggedAt, attack: a.Attack}
		s.flags[key] = f
		s.flagged[a.Order] = append(s.flagged[a.Order], f)
		s.found = append(s.found, f)
	}
	f.at, f.score = min(f.at, a.FlaggedAt), max(f.score, a.Score)
	f.take(a.Reasons)
	return nil
}

// take notes the reasons that are new.
func (f *evalFlag) take(reasons []orderguard.Reason) {
	for _, r := range reasons {
		if !slices.Contains(f.rules, r.Rule) {
			f.rules, f.texts = append(f.rules, r.Rule), append(f.texts, r.Text)
			f.over = append(f.over, float64(r.Value)/float64(max(1, r.Limit)))
		}
	}
}

// actOf is the kind of event with which a buyer does what a scenario is about,
// where that is not the order itself.
var actOf = map[orderguard.Scenario]string{
	orderguard.MaliciousRefund: "refunded", orderguard.MaliciousDispute: "opened", orderguard.MaliciousReview: "review",
}

// event takes the times of a labelled or flagged order. Streams may carry lines
// that are no events; those are ingest's business, and are passed over.
func (s *scorer) event(line []byte) error {
	var e struct {
		Type   string          `json:"type"`
		Status string          `json:"status"`
		Order  string          `json:"order"`
		TS     json.RawMessage `json:"ts"`
	}
	telling := bytes.Contains(line, []byte(`"created"`)) || bytes.Contains(line, []byte(`"refunded"`)) ||
		bytes.Contains(line, []byte(`"opened"`)) || bytes.Contains(line, []byte(`"review"`))
	if !telling || json.Unmarshal(line, &e) != nil { // decoding them all takes long
		return nil
	}
	labels, flags := s.byOrder[e.Order], s.flagged[e.Order]
	if len(labels)+len(flags) == 0 {
		return nil
	}
	at, ok := obviousTime(e.TS)
	if !ok {
		return nil
	}
	if e.Type == "order" && e.Status == "created" {
		for _, l := range labels {
			l.at = orderguard.Millis(at)
		}
		for _, f := range flags {
			f.placed = orderguard.Millis(at)
		}
		return nil
	}
	act := e.Status
	if e.Type == "review" {
		act = e.Type
	}
	for _, l := range labels {
		if l.acted == 0 && actOf[l.Scenario] == act {
			l.acted = orderguard.Millis(at)
		}
	}
	return nil
}

// report counts.
func (s *scorer) report() Report {
	var r Report
	r.Events = s.events
	right := map[string]bool{} // orders flagged under whatever scenario, and labelled
	wrongRules := map[RuleCount]int{}
	per := make([]Tally, orderguard.Scenarios)
	for _, f := range s.found {
		t := &per[f.key.scenario]
		t.Flagged++
		r.Scores[min(f.score/10, 9)].count(f.score, s.labels[f.key] != nil)
		others := s.byOrder[f.key.order]
		switch {
		case s.labels[f.key] != nil:
			t.Right++
		case len(others) > 0:
			r.Mismatches = append(r.Mismatches, Mismatch{f.key.order, others[0].Attack, others[0].Scenario, f.key.scenario, f.rules})
		default:
			r.WrongOrders = append(r.WrongOrders, WrongOrder{f.key.order, f.key.scenario, f.rules})
			for _, rule := range f.rules {
				wrongRules[RuleCount{Scenario: f.key.scenario, Rule: rule}]++
			}
		}
		if _, known := right[f.key.order]; !known {
			r.Overall.Flagged++
			right[f.key.order] = len(others) > 0
			if len(others) > 0 {
				r.Overall.Right++
			}
		}
	}
	r.Overall.Labelled = len(s.byOrder)
	r.Overall.rate()
	for _, l := range s.rows {
		per[l.Scenario].Labelled++
	}
	for i, t := range per {
		if t.Labelled+t.Flagged > 0 {
			t.rate()
			r.Scenarios = append(r.Scenarios, ScenarioTally{orderguard.Scenario(i), t})
		}
	}
	for c, n := range wrongRules {
		c.Orders = n
		r.WrongByRule = append(r.WrongByRule, c)
	}
	slices.SortFunc(r.WrongByRule, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Rule, b.Rule))
	})
	r.Rules = s.rules()
	if s.events {
		r.Months, r.flagged = s.months(), s.found
	}
	r.Attacks = s.attacks()
	r.Kinds = kindsOf(r.Attacks)
	return r
}

// attacks counts each attack, in the order of the labels.
func (s *scorer) attacks() []AttackScore {
	groups := map[evalKey][]*evalLabel{}
	var order []evalKey
	for _, l := range s.rows {
		key := evalKey{l.Attack, l.Scenario}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], l)
	}
	all := make([]AttackScore, 0, len(order))
	for _, key := range order {
		all = append(all, s.attack(key, groups[key]))
	}
	return all
}

// attack counts one attack.
func (s *scorer) attack(key evalKey, labels []*evalLabel) AttackScore {
	a := AttackScore{Attack: key.order, Kind: kindOf(key.order), Scenario: key.scenario, Labelled: len(labels)}
	var flagged, placed []orderguard.Millis
	buyers := map[string]bool{}
	for _, l := range labels {
		buyers[l.Buyer] = true
		placed = append(placed, max(l.at, l.acted))
		if f := s.flags[evalKey{l.Order, l.Scenario}]; f != nil {
			flagged = append(flagged, f.at)
		}
	}
	a.Found = len(flagged)
	a.Recall = *ratio(a.Found, a.Labelled) // an attack has a label at least
	slices.Sort(flagged)
	slices.Sort(placed)
	a.Buyers = len(buyers)
	if s.events {
		a.Span = seconds(placed[0], placed[len(placed)-1])
	}
	if len(flagged) == 0 {
		return a
	}
	a.FirstAlert = &flagged[0]
	half := (len(labels) + 1) / 2
	if len(flagged) >= half {
		a.HalfFlagged = &flagged[half-1]
	}
	if !s.events {
		return a
	}
	by := func(t orderguard.Millis) *float64 {
		n, _ := slices.BinarySearch(placed, t+1)
		return ratio(n, len(placed))
	}
	a.FirstDelay = seconds(placed[0], flagged[0])
	a.PlacedAtFirst = by(flagged[0])
	if a.HalfFlagged != nil {
		a.HalfDelay = seconds(placed[0], *a.HalfFlagged)
		a.PlacedAtHalf = by(*a.HalfFlagged)
	}
	return a
}

// seconds returns the time between two times.
func seconds(from, to orderguard.Millis) *float64 {
	v := float64(to-from) / 1000
	return &v
}

// kindOf returns an attack's kind: its id without the number at its end.
func kindOf(attack string) string {
	if i := strings.LastIndexByte(attack, '-'); i > 0 && strings.Trim(attack[i+1:], "0123456789") == "" {
		return attack[:i]
	}
	return attack
}
