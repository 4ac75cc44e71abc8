package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func load(tb testing.TB, o LoadOptions) (events, labels []byte) {
	tb.Helper()
	var e, l bytes.Buffer
	require.NoError(tb, Load(&e, &l, o))
	return e.Bytes(), l.Bytes()
}

func TestLoadIsDeterministic(t *testing.T) {
	o := LoadOptions{Seed: 4, Orders: 5000}
	a, la := load(t, o)
	b, lb := load(t, o)
	require.True(t, bytes.Equal(a, b))
	require.True(t, bytes.Equal(la, lb))
	o.Seed = 5
	c, _ := load(t, o)
	require.False(t, bytes.Equal(a, c))
}

func TestLoadLines(t *testing.T) {
	events, labels := load(t, LoadOptions{Orders: 50_000})
	n, last := 0, ""
	ids := map[string]bool{}
	scan := bufio.NewScanner(bytes.NewReader(events))
	for scan.Scan() {
		n++
		require.GreaterOrEqual(t, len(scan.Bytes()), 237)
		require.LessOrEqual(t, len(scan.Bytes()), 253, scan.Text())
		e := decode(t, scan.Bytes())
		require.LessOrEqual(t, last, e.TS)
		last = e.TS
		require.False(t, ids[e.ID])
		ids[e.ID] = true
	}
	injected := bytes.Count(labels, []byte("\n"))
	require.Equal(t, 50_000+injected, n)
	require.GreaterOrEqual(t, injected, 20*10+20*100)
}

func TestLoadInTurn(t *testing.T) {
	events, _ := load(t, LoadOptions{Orders: 2000, Buyers: 1000, InTurn: true, Bursts: -1, Floods: -1})
	orders := map[string]int{}
	scan := bufio.NewScanner(bytes.NewReader(events))
	for scan.Scan() {
		orders[decode(t, scan.Bytes()).Buyer]++
	}
	require.Len(t, orders, 1000)
	for _, n := range orders {
		require.Equal(t, 2, n)
	}
}

func TestLoadValidate(t *testing.T) {
	err := LoadOptions{Orders: -1, Buyers: 1, Shops: 1}.Validate()
	require.ErrorContains(t, err, "orders -1")
	require.ErrorContains(t, err, "buyers 1")
	require.ErrorContains(t, err, "shops 1")
	require.ErrorContains(t, LoadOptions{Orders: 1e8, Shops: 100}.Validate(), "floods by themselves")
	require.Error(t, Load(io.Discard, nil, LoadOptions{Shops: 1}))
}

// The twin must find what Load injects, and little else.
func TestObviousFindsLoad(t *testing.T) {
	events, labels := load(t, LoadOptions{Orders: 100_000})
	flagged := map[string]int{}
	require.NoError(t, Obvious(bytes.NewReader(events), func(order, scenario string) {
		require.Equal(t, "malicious_order", scenario)
		flagged[order]++
	}))
	injected := 0
	scan := bufio.NewScanner(bytes.NewReader(labels))
	for scan.Scan() {
		var l struct{ Order string }
		require.NoError(t, json.Unmarshal(scan.Bytes(), &l))
		require.Equal(t, 1, flagged[l.Order], l.Order)
		injected++
	}
	require.LessOrEqual(t, len(flagged), injected+injected/10)
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(250 * 100_000)
	for b.Loop() {
		require.NoError(b, Load(io.Discard, nil, LoadOptions{Orders: 100_000, Bursts: -1, Floods: -1}))
	}
}
