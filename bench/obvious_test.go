package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// twin runs Obvious over orders given as "seconds shop buyer", and returns the
// numbers of the flagged ones in the order in which they were given out.
func twin(tb testing.TB, orders []string) []string {
	tb.Helper()
	var lines strings.Builder
	for i, o := range orders {
		var at int
		var shop, buyer string
		_, err := fmt.Sscan(o, &at, &shop, &buyer)
		require.NoError(tb, err)
		fmt.Fprintf(&lines, `{"type":"order","id":"e%d","ts":%d,"shop":%q,"buyer":%q,"order":"%d","status":"created"}`+"\n",
			i, at*1000, shop, buyer, i)
	}
	var got []string
	require.NoError(tb, Obvious(strings.NewReader(lines.String()), func(order, _ string) { got = append(got, order) }))
	return got
}

func TestObviousPairs(t *testing.T) {
	var orders []string
	for i := range 9 {
		orders = append(orders, fmt.Sprint(i*60, " s b"))
	}
	require.Empty(t, twin(t, orders), "nine orders are none too many")
	require.Empty(t, twin(t, append(orders[:9:9], "600 s b")), "the first has left the window (t-10m, t]")
	require.Len(t, twin(t, append(orders[:9:9], "599 s b")), 10, "all that took part, the earlier ones too")
	require.Empty(t, twin(t, append(orders[:9:9], "599 s2 b")), "another shop")
	require.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"},
		twin(t, append(orders[:9:9], "481 s b", "482 s b")), "each once")
}

func TestObviousShops(t *testing.T) {
	flood := func(buyers int, gap float64) []string {
		var orders []string
		for i := range buyers {
			orders = append(orders, fmt.Sprintf("%d s b%d", int(float64(i)*gap), i))
		}
		return orders
	}
	require.Empty(t, twin(t, flood(99, 1)))
	require.Len(t, twin(t, flood(100, 1)), 100)
	require.Len(t, twin(t, flood(120, 1)), 120)
	require.Empty(t, twin(t, flood(120, 4)), "too slow: 75 buyers in five minutes")
}

func TestObviousPassesOverWhatIsNoOrder(t *testing.T) {
	in := "nonsense\n\n" + `{"type":"order","status":"paid","ts":1}` + "\n" + `{"type":"order","status":"created","ts":"no time"}` + "\n"
	require.NoError(t, Obvious(strings.NewReader(in), func(string, string) { t.Fatal("flagged") }))
}
