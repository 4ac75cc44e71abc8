package detect

import (
	"math"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

func TestSelectorMatch(t *testing.T) {
	event := &orderguard.Event{
		Kind: orderguard.OrderCreated, Category: "toys", Note: "hello", Custom: true, Qty: 3,
		Time: 10 * millisPerDay, BuyerSince: 9*millisPerDay + 1,
	}
	for name, c := range map[string]struct {
		where Filter
		want  bool
	}{
		"equal":             {Filter{Field: FieldCategory, Test: OneOf, Values: []string{"toys"}}, true},
		"any of":            {Filter{Field: FieldCategory, Test: OneOf, Values: []string{"books", "toys"}}, true},
		"not equal":         {Filter{Field: FieldCategory, Test: OneOf, Values: []string{"books"}}, false},
		"present":           {Filter{Field: FieldNote, Test: Present}, true},
		"absent":            {Filter{Field: FieldDevice, Test: Absent}, true},
		"not absent":        {Filter{Field: FieldNote, Test: Absent}, false},
		"number present":    {Filter{Field: FieldQty, Test: Present}, true},
		"number absent":     {Filter{Field: FieldAmount, Test: Present}, false},
		"true":              {Filter{Field: FieldCustom, Test: OneOfNumbers, Numbers: []int64{1}}, true},
		"between":           {Filter{Field: FieldQty, Test: Between, Lo: 3, Hi: math.MaxInt64}, true},
		"not between":       {Filter{Field: FieldQty, Test: Between, Lo: 4, Hi: 9}, false},
		"account age":       {Filter{Field: FieldBuyerAge, Test: Between, Hi: 0}, true},
		"not carried":       {Filter{Field: FieldRating, Test: Between, Hi: 5}, false},
		"absent, uncarried": {Filter{Field: FieldText, Test: Absent}, false},
	} {
		s := Selector{Kinds: orders, Where: []Filter{c.where}}
		require.Equal(t, c.want, s.Match(event), name)
	}
	s := Selector{Kinds: kindSet(orderguard.OrderPaid)}
	require.False(t, s.Match(event), "another kind")
}

func TestUnknownAccountAgeMatchesNoBound(t *testing.T) {
	young := Filter{Field: FieldBuyerAge, Test: Between, Hi: 2}
	event := &orderguard.Event{Kind: orderguard.OrderCreated, Time: 5 * millisPerDay}
	require.False(t, young.Match(event), "unknown")
	event.BuyerSince = event.Time + 3000
	require.True(t, young.Match(event), "a clock that is a little ahead")
	event.BuyerSince = event.Time + 2*millisPerDay
	require.False(t, young.Match(event), "registered far in the future")
}

func TestSelectorMatchDoesNotAllocate(t *testing.T) {
	s := Selector{Kinds: orders | disputes, Where: []Filter{
		{Field: FieldCategory, Test: OneOf, Values: []string{"books", "toys"}},
		{Field: FieldQty, Test: Between, Lo: 1, Hi: 5},
		{Field: FieldBuyerAge, Test: Between, Hi: 5},
		{Field: FieldNote, Test: Absent},
	}}
	event := &orderguard.Event{Kind: orderguard.OrderCreated, Category: "toys", Qty: 2, Time: 9, BuyerSince: 8}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if !s.Match(event) {
			t.Fail()
		}
	}))
}

func TestSelectorKeyIgnoresOrder(t *testing.T) {
	a := Selector{Kinds: created, Where: []Filter{
		{Field: FieldCategory, Test: OneOf, Values: []string{"b", "a", "a"}}, {Field: FieldNote, Test: Present}}}
	b := Selector{Kinds: created, Where: []Filter{
		{Field: FieldNote, Test: Present}, {Field: FieldCategory, Test: OneOf, Values: []string{"a", "b"}}}}
	require.Equal(t, a.Key(), b.Key())
	require.Equal(t, `order.created{category="a"|"b"&note+}`, a.Key())
	require.Equal(t, "order,review{}", (&Selector{Kinds: orders | reviews}).Key())
}

func TestFieldNames(t *testing.T) {
	for f := Field(1); int(f) < Fields; f++ {
		got, ok := ParseField(f.String())
		require.True(t, ok, "field %d", f)
		require.Equal(t, f, got)
		require.NotZero(t, f.On(), f.String())
		require.NotEmpty(t, fields[f].zh, f.String())
	}
	_, ok := ParseField("")
	require.False(t, ok)
}
