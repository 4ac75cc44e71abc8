package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// event is a line as the contract describes it, decoded by the book.
type event struct {
	Type, ID, TS, Shop, Buyer, Order, Status, Actor string
	SKU, Currency, Category                         string
	Qty, Amount                                     int64
	Custom                                          bool
	BuyerSince                                      string `json:"buyer_since"`
	Device, IP, Address, Payment, Note              string
	ShipTo                                          map[string]string `json:"ship_to"`
	Dispute, Reason, Outcome                        string
	Refund                                          int64
	Evidence                                        []string
	Review, Text, From, Role                        string
	Rating                                          int
}

func decode(tb testing.TB, line []byte) event {
	tb.Helper()
	var e event
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	require.NoError(tb, d.Decode(&e), string(line))
	return e
}

// check holds a line against the contract.
func check(tb testing.TB, e *event) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, e.TS)
	require.NoError(tb, err)
	require.NotEmpty(tb, e.ID)
	if e.Type != "account" {
		for _, id := range []string{e.Shop, e.Buyer, e.Order} {
			require.NotEmpty(tb, id)
			require.LessOrEqual(tb, len(id), orderguard.MaxID)
		}
	}
	switch e.Type {
	case "order":
		_, ok := orderguard.ParseKind("order." + e.Status)
		require.True(tb, ok, e.Status)
		switch e.Status {
		case "created":
			require.Positive(tb, e.Qty)
			require.Positive(tb, e.Amount)
			require.NotEmpty(tb, e.SKU)
			require.NotEmpty(tb, e.Currency)
			if e.BuyerSince != "" {
				since, err := time.Parse(time.RFC3339, e.BuyerSince)
				require.NoError(tb, err)
				require.False(tb, since.After(at), "registered after the order: %+v", e)
			}
			if e.ShipTo != nil {
				require.Len(tb, e.ShipTo["country"], 2)
			}
		case "cancelled", "refunded":
			_, ok := orderguard.ParseActor(e.Actor)
			require.True(tb, ok, e.Actor)
		default:
			require.Empty(tb, e.Actor)
		}
	case "dispute":
		_, ok := orderguard.ParseKind("dispute." + e.Status)
		require.True(tb, ok, e.Status)
		require.NotEmpty(tb, e.Dispute)
		if e.Status == "opened" {
			_, ok := orderguard.ParseDisputeReason(e.Reason)
			require.True(tb, ok, e.Reason)
		}
		if e.Status == "closed" {
			_, ok := orderguard.ParseOutcome(e.Outcome)
			require.True(tb, ok, e.Outcome)
		}
	case "review":
		require.NotEmpty(tb, e.Review)
		require.True(tb, e.Rating >= 1 && e.Rating <= 5)
	case "message":
		require.Contains(tb, []string{"buyer", "seller"}, e.From)
		require.NotEmpty(tb, e.Text)
	case "account":
		require.Equal(tb, "seller", e.Role)
		require.NotEmpty(tb, e.Shop)
		require.NotEmpty(tb, e.Device+e.Payment+e.Address)
	default:
		tb.Fatalf("type %q", e.Type)
	}
	return at
}

func generate(tb testing.TB, o GenOptions) (events, labels []byte, s GenStats) {
	tb.Helper()
	var e, l bytes.Buffer
	s, err := Generate(&e, &l, o)
	require.NoError(tb, err)
	return e.Bytes(), l.Bytes(), s
}

func linesOf(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") }

func TestGenerateIsDeterministic(t *testing.T) {
	o := GenOptions{Seed: 7, Orders: 3000}
	a, la, _ := generate(t, o)
	b, lb, _ := generate(t, o)
	require.True(t, bytes.Equal(a, b))
	require.True(t, bytes.Equal(la, lb))
	o.Seed = 8
	c, lc, _ := generate(t, o)
	require.False(t, bytes.Equal(a, c))
	require.False(t, bytes.Equal(la, lc))
}

// rank is the place of a status in an order's life. One that is sent on trust is
// shipped before it is paid.
var rank = map[string]int{"created": 0, "paid": 1, "shipped": 2, "delivered": 3, "completed": 4}

func TestEveryLineIsAnEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	events, labels, stats := generate(t, GenOptions{Seed: 1, Orders: 20_000})
	ids, state, trusted := map[string]bool{}, map[string]int{}, map[string]bool{}
	buyer := map[string]string{}
	last := time.Time{}
	for _, line := range linesOf(events) {
		e := decode(t, []byte(line))
		at := check(t, &e)
		require.False(t, at.Before(last), "not in order of time")
		last = at
		require.False(t, ids[e.ID], "a second event %s", e.ID)
		ids[e.ID] = true
		if e.Type == "account" {
			continue
		}
		if e.Type == "order" && e.Status == "created" {
			require.Empty(t, buyer[e.Order], "created twice")
			buyer[e.Order] = e.Buyer
		} else {
			require.Equal(t, buyer[e.Order], e.Buyer, "an event before its order's creation, or of another buyer")
		}
		if r, ok := rank[e.Status]; ok && e.Type == "order" {
			if e.Status == "shipped" && state[e.Order] == 0 {
				trusted[e.Order], state[e.Order] = true, 1
			}
			if trusted[e.Order] && e.Status == "paid" {
				require.Equal(t, 3, state[e.Order], "paid before it was at the door")
				trusted[e.Order] = false
				continue
			}
			if r > 0 {
				require.GreaterOrEqual(t, state[e.Order], min(r-1, 3), "%s comes too early", line)
				require.Less(t, state[e.Order], r, "%s comes twice", line)
			}
			state[e.Order] = r
		}
		if e.Status == "refunded" {
			require.GreaterOrEqual(t, state[e.Order], 1, "refunded, and never paid")
		}
		if e.Type == "review" {
			require.GreaterOrEqual(t, state[e.Order], 3, "a review before the parcel")
		}
	}
	require.EqualValues(t, len(ids), stats.Events)
	require.EqualValues(t, len(buyer), stats.Orders)
	require.InEpsilon(t, 20_000, stats.Orders, .3)
	checkLabels(t, labels, buyer, stats)
}

// checkLabels holds that each label names an order of its buyer, and that no
// attack is without.
func checkLabels(t *testing.T, labels []byte, buyer map[string]string, stats GenStats) {
	t.Helper()
	kinds := map[string]map[string]bool{}
	lines := linesOf(labels)
	for _, line := range lines {
		var l evalLabel
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		require.Equal(t, buyer[l.Order], l.Buyer)
		k := kindOf(l.Attack)
		if kinds[k] == nil {
			kinds[k] = map[string]bool{}
		}
		kinds[k][l.Attack] = true
		i := slices.IndexFunc(families, func(f kind) bool { return f.name == k })
		require.GreaterOrEqual(t, i, 0, k)
		require.Equal(t, families[i].scenario, l.Scenario)
	}
	require.EqualValues(t, len(lines), stats.Labelled)
	for _, f := range families {
		if f.scenario != 0 {
			require.Len(t, kinds[f.name], stats.Instances[f.name], f.name)
		}
	}
}

// Leaving families out must take their lines away, and no other.
func TestFamiliesAreIndependent(t *testing.T) {
	set := func(b []byte) map[string]bool {
		m := map[string]bool{}
		for _, l := range linesOf(b) {
			m[l] = true
		}
		return m
	}
	o := GenOptions{Seed: 3, Orders: 2000}
	all, labels, _ := generate(t, o)
	full := set(all)
	for name, change := range map[string]func(*GenOptions){
		"no attacks":    func(o *GenOptions) { o.NoAttacks = true },
		"no look-alike": func(o *GenOptions) { o.NoLookAlikes = true },
		"neither":       func(o *GenOptions) { o.NoAttacks, o.NoLookAlikes = true, true },
		"no bursts":     func(o *GenOptions) { o.Families = map[string]Family{"burst": {Off: true}} },
		"no sale":       func(o *GenOptions) { o.Families = map[string]Family{"flash-sale": {Off: true}} },
	} {
		less := o
		change(&less)
		events, fewer, stats := generate(t, less)
		require.Less(t, len(events), len(all), name)
		for l := range set(events) {
			if !full[l] {
				t.Fatalf("%s: a line that was not there before: %s", name, l)
			}
		}
		if less.NoAttacks {
			require.Empty(t, fewer, name)
			require.Zero(t, stats.Labelled)
		} else if name != "no bursts" {
			require.True(t, bytes.Equal(labels, fewer), name)
		}
	}
}

func TestFamilyParametersHold(t *testing.T) {
	zero, one := 0., 1.
	events, labels, _ := generate(t, GenOptions{Orders: 500, NoLookAlikes: true, Families: map[string]Family{
		"burst": {Count: 2, Accounts: some(1, 1), Orders: Range[int]{17, 17}, Pays: &zero, Span: Range[Duration]{Duration(time.Minute), Duration(time.Minute)}},
		"slow":  {Count: 1, Accounts: some(1, 1), Orders: Range[int]{20, 20}, Pays: &one},
		"ads":   {Count: 1, Texts: []string{"my own text ###"}},
	}})
	attack := map[string]string{}
	sizes := map[string]int{}
	for _, line := range linesOf(labels) {
		var l evalLabel
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		attack[l.Order] = l.Attack
		sizes[l.Attack]++
	}
	require.Equal(t, 17, sizes["burst-1"])
	require.Equal(t, 17, sizes["burst-2"])
	require.Zero(t, sizes["burst-3"])
	require.Equal(t, 20, sizes["slow-1"])
	paid := map[string]int{}
	times := map[string][]time.Time{}
	for _, line := range linesOf(events) {
		e := decode(t, []byte(line))
		a := attack[e.Order]
		if e.Status == "paid" {
			paid[a]++
		}
		if e.Status == "created" {
			at, _ := time.Parse(time.RFC3339, e.TS)
			times[a] = append(times[a], at)
			if kindOf(a) == "ads" {
				require.Regexp(t, `^my own text \d\d\d$`, e.Note)
			}
		}
	}
	require.Zero(t, paid["burst-1"])
	require.Equal(t, 20, paid["slow-1"])
	require.Equal(t, time.Minute, times["burst-1"][16].Sub(times["burst-1"][0]))
}

func TestGenValidateNamesEveryFault(t *testing.T) {
	half := 1.5
	err := GenOptions{
		Duration: -1, Orders: -5, Shops: 1, DuplicateShare: 2,
		Families: map[string]Family{
			"bursts": {},
			"burst":  {Devices: Range[int]{1, 2}, Pays: &half, Orders: Range[int]{5, 2}, Texts: []string{"x"}},
		},
	}.Validate()
	for _, want := range []string{
		"duration", "orders -5", "shops 1", "duplicate_share 2", `no family "bursts"`, "burst: it has no devices",
		"burst: pays", "burst: orders 5 to 2", "burst: it has no texts",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, GenOptions{}.Validate())
	early := GenOptions{Start: time.Date(1974, 12, 31, 23, 59, 59, 0, time.UTC)}
	require.ErrorContains(t, early.Validate(), "start 1974-12-31T23:59:59Z: want a year from 1975")
	old := GenOptions{Families: map[string]Family{"burst": {Age: Range[Duration]{0, 60 * 365 * Day}}}}
	require.ErrorContains(t, old.Validate(), "families: burst: age 21900d: want an account registered from 1970 on")
	_, err = Generate(io.Discard, nil, GenOptions{Shops: 1})
	require.Error(t, err)
}

// The earliest start is one whose events all are in 1970 or later.
func TestGenerateFromTheEarliestStart(t *testing.T) {
	events, _, _ := generate(t, GenOptions{Start: time.Date(firstStart, 1, 1, 0, 0, 0, 0, time.UTC), Orders: 2000})
	for _, line := range linesOf(events) {
		decode(t, []byte(line))
	}
}

// Any text that a user gives as a note must come back from the line.
func TestNotesAreEscaped(t *testing.T) {
	text := "a \"quoted\" \\ note,\n\ttab \x01 and 你好"
	events, _, _ := generate(t, GenOptions{Orders: 200, NoLookAlikes: true, Families: map[string]Family{"junk": {Texts: []string{text}}}})
	found := false
	for _, line := range linesOf(events) {
		e := decode(t, []byte(line))
		found = found || e.Note == text
	}
	require.True(t, found)
}

func BenchmarkGenerate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := Generate(io.Discard, nil, GenOptions{Orders: 20_000})
		require.NoError(b, err)
		b.SetBytes(s.Bytes)
		b.ReportMetric(float64(s.Events), "events/op")
	}
}
