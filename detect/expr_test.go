package detect

import (
	"strings"
	"sync"
	"testing"

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

// TestExprCostIsBounded holds that an expression made to run for ever stops.
func TestExprCostIsBounded(t *testing.T) {
	x, err := compileExpr(`evidence.all(a, evidence.all(b, evidence.all(c, a + b + c != "xyz")))`, nil)
	require.NoError(t, err)
	e := &orderguard.Event{Kind: orderguard.DisputeOpened, Evidence: make([]string, 5000)}
	_, err = x.Eval(e, nil)
	require.ErrorContains(t, err, "cost")
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
		_, err := r.Expr.Eval(e, make([]int64, len(r.All)+len(r.Any)))
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

func BenchmarkExpr(b *testing.B) {
	ordinary := &orderguard.Event{Kind: orderguard.OrderCreated, Note: "please leave it at the door, thank you",
		ShipTo: orderguard.ShipTo{Line1: "12 Station Road", City: "Leeds", Country: "GB"}}
	for i := range ShippedRules().Rules {
		r := &ShippedRules().Rules[i]
		if r.Expr == nil || len(r.All) > 0 && r.ID != "order-burst" {
			continue
		}
		b.Run(r.ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Expr.Eval(ordinary, []int64{10, 10, 0}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
