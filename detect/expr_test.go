package detect

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

func TestExprVariables(t *testing.T) {
	e := &orderguard.Event{Kind: orderguard.OrderCreated, Note: "加微信 abc123", Custom: true, Qty: 3,
		Time: 10 * millisPerDay, BuyerSince: 9*millisPerDay + millisPerDay/2, Evidence: []string{"x", "y"},
		ShipTo: orderguard.ShipTo{City: "Hangzhou"}}
	for source, want := range map[string]bool{
		`type == "order" && status == "created" && kind == "order.created"`:      true,
		`note.matches("加(微信|QQ)")`:                                               true,
		`custom && qty == 3 && rating == 0`:                                      true,
		`buyer_age < 0.75 && buyer_age > 0.25`:                                   true,
		`size(evidence) == 2 && "y" in evidence`:                                 true,
		`ship_to.city == "Hangzhou" && ship_to["line1"] == "" && city != "x"`:    true,
		`values[1] > orders && values.exists(v, v == 4)`:                         true,
		`ts.getFullYear() == 1970`:                                               true,
		`size(note) > 100`:                                                       false,
		`evidence.all(h, h.startsWith("x"))`:                                     false,
		`buyer == "" && shop == "" && actor == "" && reason == "" && role == ""`: true,
	} {
		x, err := compileExpr(source, []string{"orders", ""})
		require.NoError(t, err, source)
		got, err := x.Eval(e, []int64{3, 4})
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}

func TestEveryFieldIsAVariable(t *testing.T) {
	for _, name := range fieldNames {
		require.True(t, isVariable(name), name)
		_, err := compileExpr("string("+name+") == 'x'", nil)
		require.NoError(t, err, name)
	}
}

func TestExprFailures(t *testing.T) {
	e := &orderguard.Event{Kind: orderguard.OrderCreated}
	for source, message := range map[string]string{
		`ship_to.planet == "mars"`:   "no such key",
		`10 / qty > 1`:               "division by zero",
		`int(note) > 1`:              "evaluate expr",
		`values.exists(v, v/v == 2)`: "division by zero",
	} {
		x, err := compileExpr(source, []string{"n"})
		require.NoError(t, err, source)
		got, err := x.Eval(e, []int64{0})
		require.ErrorContains(t, err, message, source)
		require.False(t, got)
	}
}

// TestExprCostIsBounded holds that an expression made to run for ever stops. The
// numbers are of operations; the benchmark tells what they take.
func TestExprCostIsBounded(t *testing.T) {
	for _, source := range costly {
		x, err := compileExpr(source, nil)
		require.NoError(t, err)
		_, err = x.Eval(costlyEvent(), nil)
		require.ErrorContains(t, err, "cost", source)
	}
}

// costly are expressions that run for seconds, or for ever, unless they are
// stopped. The program of the last one is thirty times as long as its text.
var costly = []string{
	`evidence.all(a, evidence.all(b, evidence.all(c, a + b + c != "xyz")))`,
	`evidence.all(a, evidence.all(b, ship_to.city == ""))`,
	`evidence.all(a, !note.matches("(a?){50}c"))`,
	`evidence.all(a, !note.matches("((a{5}){9}){6}c"))`,
}

func costlyEvent() *orderguard.Event {
	return &orderguard.Event{Kind: orderguard.DisputeOpened, Evidence: make([]string, 5000),
		Note: strings.Repeat("ab ", orderguard.MaxLine/4)}
}

// TestPatternsAreCounted holds that a regular expression costs what its program
// is long, not its text, so that the limit stops it after few matches.
func TestPatternsAreCounted(t *testing.T) {
	costs := patternCost{"x": 24}
	require.EqualValues(t, 1+100*24/patternShare, *costs.CallCost("matches", "", []ref.Val{types.String(strings.Repeat("a", 100)), types.String("x")}, nil))
	require.Nil(t, costs.CallCost("contains", "", []ref.Val{types.String("a"), types.String("x")}, nil))
	for source, want := range map[string]string{
		`note.matches("(a{10}){60}")`:         "it takes 722 steps, at most 500 are allowed",
		`note.matches(buyer)`:                 "must be one text in quotes",
		`evidence.all(a, note.matches(a))`:    "must be one text in quotes",
		`note.matches("(")`:                   "missing closing )",
		`matches(note, "[[:word:]]{1,1000}")`: "at most 500 are allowed",
	} {
		_, err := compileExpr(source, nil)
		require.ErrorContains(t, err, want, source)
	}
}

// TestExprLoopsDoNotRunWhenCompiled holds that reading a rule file is quick,
// whatever its expressions count.
func TestExprLoopsDoNotRunWhenCompiled(t *testing.T) {
	list := "[" + strings.Repeat("1,", 99) + "1]"
	loop := list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list + ".all(d, " + list + ".all(e, a+b+c+d+e > 0)))))"
	x, err := compileExpr(loop, nil)
	require.NoError(t, err)
	_, err = x.Eval(&orderguard.Event{}, nil)
	require.ErrorContains(t, err, "cost")
}

// TestShippedExprsAffordTheLongestLine holds that nobody escapes a shipped rule
// by a long note.
func TestShippedExprsAffordTheLongestLine(t *testing.T) {
	long := strings.Repeat("ordinary words, 普通的话; ", orderguard.MaxLine/32)
	e := &orderguard.Event{Kind: orderguard.OrderCreated, Note: long,
		ShipTo: orderguard.ShipTo{Line1: long, City: long, Country: long}}
	for i := range ShippedRules().Rules {
		r := &ShippedRules().Rules[i]
		if r.Expr == nil {
			continue
		}
		_, err := r.Expr.Eval(e, make([]int64, r.Conditions()))
		require.NoError(t, err, r.ID)
	}
}

func TestExprServesSeveralGoroutines(t *testing.T) {
	x, err := compileExpr(`qty == n`, []string{"n"})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for g := range int64(4) {
		wg.Go(func() {
			e := &orderguard.Event{Qty: g}
			for i := range int64(500) {
				got, err := x.Eval(e, []int64{i % 4})
				if err != nil || got != (i%4 == g) {
					t.Errorf("goroutine %d, value %d: %t, %v", g, i%4, got, err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkExprLimit tells how long the costliest expressions run until they are
// stopped.
func BenchmarkExprLimit(b *testing.B) {
	for _, source := range costly {
		x, err := compileExpr(source, nil)
		require.NoError(b, err)
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for e := costlyEvent(); b.Loop(); {
				_, err := x.Eval(e, nil)
				require.Error(b, err)
			}
		})
	}
}

func BenchmarkExpr(b *testing.B) {
	ordinary := &orderguard.Event{Kind: orderguard.OrderCreated, Note: "please leave it at the door, thank you",
		ShipTo: orderguard.ShipTo{Line1: "12 Station Road", City: "Leeds", Country: "GB"}}
	for i := range ShippedRules().Rules {
		r := &ShippedRules().Rules[i]
		if r.Expr == nil || len(r.All) > 0 && r.ID != "order-burst" {
			continue
		}
		values := slices.Concat([]int64{10, 10, 0}, make([]int64, r.Conditions()))
		b.Run(r.ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Expr.Eval(ordinary, values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
