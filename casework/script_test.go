package casework

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a golden file, or rewrites it under -update.
func golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to make it")
	require.Equal(t, string(want), got)
}

// TestScripts plays the days in testdata/casework: a line is a command, and the
// golden file has what followed under each. See script.run for the commands.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("../testdata/casework/*.script")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			s := &script{t: t, desk: NewDesk(DefaultPolicy()), ledger: NewLedger(DefaultPolicy()), flags: map[string]Flag{}, policy: DefaultPolicy()}
			for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
				fmt.Fprintln(&s.out, line)
				if line != "" && line[0] != '#' {
					s.run(splitWords(t, line))
				}
			}
			golden(t, strings.TrimSuffix(file, ".script")+".golden", s.out.String())
		})
	}
}

// script joins a desk and a ledger as the daemon does.
type script struct {
	t      testing.TB
	out    strings.Builder
	policy Policy
	desk   *Desk
	ledger *Ledger
	flags  map[string]Flag
	scores map[string]int
	now    orderguard.Millis
	args   map[string]string
}

// splitWords cuts a line at spaces that are not within quotes.
func splitWords(t testing.TB, line string) (words []string) {
	quoted := false
	for _, w := range strings.FieldsFunc(line, func(r rune) bool {
		quoted = quoted != (r == '"')
		return r == ' ' && !quoted
	}) {
		words = append(words, strings.ReplaceAll(w, `"`, ""))
	}
	require.False(t, quoted, "a quote is open in %q", line)
	return words
}

// run does one command: "at TIME", or a verb with key=value arguments.
func (s *script) run(words []string) {
	s.args = map[string]string{}
	var plain []string
	for _, w := range words[1:] {
		if k, v, ok := strings.Cut(w, "="); ok {
			s.args[k] = v
		} else {
			plain = append(plain, w)
		}
	}
	switch words[0] {
	case "at":
		require.NoError(s.t, s.now.UnmarshalText([]byte(plain[0])))
		s.apply(Act{Tick: true})
	case "event":
		s.event(plain[0])
	case "alert":
		s.alert(plain[0])
	case "verdict":
		s.verdict(plain[0])
	case "report":
		s.apply(Act{File: &File{Shop: s.args["shop"], Scenario: s.scenario(), Statement: s.args["statement"], Evidence: s.list("evidence"), Order: s.order()}})
	case "examine":
		s.examine()
	case "decide":
		s.apply(Act{Decide: &Decide{Report: s.report(), Upheld: plain[0] == "upheld", Grounds: orderguard.Wording{En: s.args["grounds"]}, Order: s.order(), Revision: int(s.number("revision"))}})
	case "appeal":
		s.apply(Act{Appeal: &Appeal{Report: s.report(), Shop: s.args["shop"], Statement: s.args["statement"], Evidence: s.list("evidence")}})
	case "word":
		s.word()
	default:
		s.ask(words[0], plain)
	}
}

// ask answers the verbs that change nothing.
func (s *script) ask(verb string, plain []string) {
	switch verb {
	case "queue":
		for r := range s.desk.Queue(Turn{}) {
			fmt.Fprintf(&s.out, "  %s %s of %s due %s overdue=%t\n", r.State, r.Scenario, r.Order, r.Due, r.Overdue(s.now))
		}
	case "buyer":
		s.print(s.desk.Buyer(plain[0], s.now))
	case "seller":
		s.print(s.desk.Seller(plain[0]))
	case "rule":
		s.print(s.desk.Rule(RuleRef{plain[0], "1"}))
	case "quiet":
		fmt.Fprintf(&s.out, "  %t\n", s.desk.Quiet(s.args["shop"], s.args["buyer"], s.scenario(), s.now))
	case "indicators":
		in := s.ledger.Indicators(plain[0], int(s.number("days")))
		fmt.Fprintf(&s.out, "  %s to %s\n", in.From, in.To)
		for _, f := range in.Rates {
			fmt.Fprintf(&s.out, "  %-21s raw %d/%d excluded %d/%d cleansed %d/%d\n", f.Indicator, f.Raw.Numerator, f.Raw.Denominator,
				f.Excluded.Numerator, f.Excluded.Denominator, f.Cleansed.Numerator, f.Cleansed.Denominator)
		}
		for _, p := range append(in.ByReason, in.BySKU...) {
			s.print(p)
		}
	case "screen":
		a := Attempt{Sanction: s.desk.Buyer(s.args["buyer"], s.now), OrdersToday: int(s.number("today"))}
		if s.args["score"] != "" {
			a.Firing = []Firing{{orderguard.MaliciousOrder, int(s.number("score")), orderguard.Reason{Rule: "order-burst", Text: "9 orders"}}}
		}
		s.print(Screen(&s.policy, &a))
	default:
		s.t.Fatalf("no command %q", verb)
	}
}

func (s *script) number(key string) int64 {
	if s.args[key] == "" {
		return 0
	}
	n, err := strconv.ParseInt(s.args[key], 10, 64)
	require.NoError(s.t, err)
	return n
}

func (s *script) list(key string) []string {
	if s.args[key] == "" {
		return nil
	}
	return strings.Split(s.args[key], ",")
}

func (s *script) scenario() orderguard.Scenario {
	v, ok := orderguard.ParseScenario(s.args["scenario"])
	require.True(s.t, ok, "no scenario %q", s.args["scenario"])
	return v
}

func (s *script) report() string { return ReportID(s.args["order"], s.scenario()) }

// order is what the ledger knows of the order, with its buyer.
func (s *script) order() Order {
	shop := s.args["shop"]
	if r := s.desk.Report(ReportID(s.args["order"], s.scenario())); r != nil && shop == "" {
		shop = r.Shop
	}
	o := s.ledger.Order(shop, s.args["order"])
	o.Buyer = "b-1"
	if b := s.args["buyer"]; b != "" {
		o.Buyer = b
	}
	return o
}

func (s *script) apply(a Act) {
	a.At, a.By = s.now, s.args["by"]
	changes, err := s.desk.Apply(a)
	changes = append(changes, s.ledger.Follow(changes)...)
	s.show(changes)
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		fmt.Fprintf(&s.out, "  REFUSED %s %s: %s\n", refusal.Problem, refusal.Ref, refusal.Wording.En)
		return
	}
	require.NoError(s.t, err)
}

func (s *script) show(changes []Change) {
	for _, c := range changes {
		if c.Report != nil && c.Report.Revision > 2 {
			c.Report.Examined = nil // as it was shown before
		}
		s.print(c)
	}
}

func (s *script) print(v any) {
	text, err := json.Marshal(v)
	require.NoError(s.t, err)
	fmt.Fprintf(&s.out, "  %s\n", text)
}

func (s *script) event(kind string) {
	k, ok := orderguard.ParseKind(kind)
	require.True(s.t, ok, "no kind %q", kind)
	e := orderguard.Event{Kind: k, Shop: s.args["shop"], Order: s.args["order"], SKU: s.args["sku"], Dispute: s.args["dispute"],
		Review: s.args["review"], Rating: uint8(s.number("rating")), Time: s.now, Clock: s.now}
	e.Reason, _ = orderguard.ParseDisputeReason(s.args["reason"])
	e.Outcome, _ = orderguard.ParseOutcome(s.args["outcome"])
	e.Actor, _ = orderguard.ParseActor(s.args["actor"])
	if at := s.args["time"]; at != "" {
		require.NoError(s.t, e.Time.UnmarshalText([]byte(at)))
	}
	s.show(take(s.ledger, &e))
}

func (s *script) alert(id string) {
	severity, ok := orderguard.ParseSeverity(s.args["severity"])
	require.True(s.t, ok, "no severity %q", s.args["severity"])
	if s.scores == nil {
		s.scores = map[string]int{}
	}
	s.scores[id] = int(s.number("score"))
	s.flags[id] = Flag{
		Alert: id, Attack: s.args["attack"], Scenario: s.scenario(), Severity: severity, Rules: []RuleRef{{s.args["rule"], "1"}},
		Order: Order{Order: s.args["order"], Shop: s.args["shop"], Buyer: s.args["buyer"]},
	}
}

func (s *script) verdict(answer string) {
	j := &Judge{Shop: s.args["shop"], Comment: s.args["comment"]}
	require.NoError(s.t, j.Answer.UnmarshalText([]byte(answer)))
	for _, id := range s.list("alerts") {
		f := s.flags[id]
		buyer := f.Order.Buyer
		f.Order = s.ledger.Order(f.Order.Shop, f.Order.Order)
		f.Order.Buyer = buyer
		j.Flags = append(j.Flags, f)
	}
	s.apply(Act{Judge: j})
}

func (s *script) examine() {
	x := &Examine{Report: s.report(), Order: s.order(), Buyer: BuyerRecord{
		Completed: int(s.number("completed")), Refunded: int(s.number("refunded")), Disputed: int(s.number("disputed")),
		Contested: int(s.number("refunded") + s.number("disputed")),
	}}
	for _, id := range s.list("alerts") {
		f := s.flags[id]
		x.Alerts = append(x.Alerts, Seen{f.Scenario, f.Severity, s.scores[id], s.desk.Answer(id).Status(), f.Attack})
		x.Buyer.Shops[f.Scenario] = int(s.number("shops"))
	}
	s.apply(Act{Examine: x})
}

func (s *script) word() {
	w := &Sanction{Buyer: s.args["buyer"], Grounds: orderguard.Wording{En: s.args["grounds"]}}
	require.NoError(s.t, w.Level.UnmarshalText([]byte(s.args["level"])))
	if until := s.args["until"]; until != "" {
		require.NoError(s.t, w.Until.UnmarshalText([]byte(until)))
	}
	s.apply(Act{Sanction: w})
}
