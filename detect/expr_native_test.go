package detect

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// TestNativeExprsAgreeWithCEL holds that it makes no difference whether closures
// or CEL evaluate an expression: on those of the shipped rules and on others,
// with numbers that are small, equal, and at the ends of what 64 bits hold.
func TestNativeExprsAgreeWithCEL(t *testing.T) {
	names := []string{"a", "b", "c", "d", "f", "g", "h"}
	var exprs []*Expr
	for _, source := range []string{
		`a + b > c`, `a - b >= c`, `a * b < c`, `a * b * c <= a + b`, `!(a == b) || c != d`, `a - b - c == 1 - d`,
		`(a > b ? c : d * a) >= 3`, `a + b < c || a * c > 0`, `a * b > 0 && a < b`, `qty * a <= amount && rating < 3`, `a > b ? c < d : f * a > 2`, `!(a < 9 ? b * c > d : a * d < 3)`,
	} {
		x, err := compileExpr(source, names)
		require.NoError(t, err, source)
		require.NotNil(t, x.native, source)
		exprs = append(exprs, x)
	}
	for i := range ShippedRules().Rules {
		if x := ShippedRules().Rules[i].Expr; x != nil {
			exprs = append(exprs, x)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	ends := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64, 3037000500, -3037000500, 1 << 32}
	number := func() int64 {
		if r.IntN(4) == 0 {
			return ends[r.IntN(len(ends))]
		}
		return r.Int64N(30) - 2
	}
	settled, left := 0, 0
	for range 500 {
		e := &orderguard.Event{Qty: number(), Amount: number(), Rating: uint8(r.IntN(6))}
		values := make([]int64, 12)
		for i := range values {
			values[i] = number()
		}
		for _, x := range exprs {
			if x.native == nil {
				continue
			}
			got, ok := x.native(e, values)
			if !ok {
				left++
				continue
			}
			settled++
			want, err := x.interpret(e, values)
			require.NoError(t, err, "%s of %v", x.Source, values)
			require.Equal(t, want, got, "%s of %v", x.Source, values)
		}
	}
	require.Greater(t, settled, 10_000)
	require.Greater(t, left, 100)
}

// TestNativeExprs holds what is left to CEL, and that an overflow still is an
// error, and a missing value too.
func TestNativeExprs(t *testing.T) {
	for source, native := range map[string]bool{
		`n > 3`: true, `n * qty > 3`: true, `n / 2 > 3`: false, `buyer_age < 3.0`: false,
		`note == "x"`: false, `custom`: false, `values[0] == n`: false, `n > 3 && note == "x"`: false,
	} {
		x, err := compileExpr(source, []string{"n"})
		require.NoError(t, err, source)
		require.Equal(t, native, x.native != nil, source)
	}
	x, err := compileExpr(`n * n > 3`, []string{"n"})
	require.NoError(t, err)
	_, err = x.Eval(&orderguard.Event{}, []int64{math.MaxInt64})
	require.ErrorContains(t, err, "overflow")
	_, err = x.Eval(&orderguard.Event{}, nil)
	require.Error(t, err)
}

// TestShippedRulesSeldomNeedCEL holds that the shipped rules stay cheap.
func TestShippedRulesSeldomNeedCEL(t *testing.T) {
	for i := range ShippedRules().Rules {
		if r := &ShippedRules().Rules[i]; r.Expr != nil {
			if strings.HasPrefix(r.ID, "review-wording") || strings.HasPrefix(r.ID, "address-no-street") || strings.HasPrefix(r.ID, "note-copied") || r.ID == "crew-same-note" || r.ID == "dispute-wording" || r.ID == "dispute-ring" || r.ID == "review-extortion" {
				continue // they look at a text, or a list, of the few ratings, disputes, addresses, notes and messages for which all else holds
			}
			require.NotNil(t, r.Expr.native, r.ID)
		}
	}
}
