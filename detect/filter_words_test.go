package detect

import (
	"slices"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestWordSetAgreesWithStrings holds the automaton against the plain search.
func TestWordSetAgreesWithStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("abAБб微\ufffd")), 1, 4, -1)
		words := rapid.SliceOfN(letters, 1, 6).Draw(t, "words")
		for i := range words {
			words[i] = smallLetters(words[i])
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abABбБ微信 ")), 0, 24, -1).Draw(t, "text")
		want := slices.ContainsFunc(words, func(w string) bool { return strings.Contains(smallLetters(text), w) })
		require.Equal(t, want, newWordSet(words).in(text))
	})
}

func TestContainsFilter(t *testing.T) {
	r := parse(t, `rules: [{id: x, scenario: harassment, on: order.created, where: {note: {contains: [WeChat, ВЗЛОМ, 微信]}}}]`).Rules[0]
	for note, want := range map[string]bool{
		"add my WECHAT": true, "взлом": true, "加微信": true, "we chat": false, "": false, "微\xff信": false,
	} {
		e := &orderguard.Event{Kind: orderguard.OrderCreated, Note: note}
		require.Equal(t, want, r.On.Match(e), note)
		require.Zero(t, testing.AllocsPerRun(10, func() { r.On.Match(e) }), note)
	}
	require.Equal(t, `order.created{note~"wechat"|"взлом"|"微信"}`, r.On.Key())
}

func TestIsFilter(t *testing.T) {
	r := parse(t, `rules: [{id: x, scenario: harassment, on: order.created, where: {note: {is: [hi there, ПРИВЕТ, 你好]}}}]`).Rules[0]
	for note, want := range map[string]bool{
		"Hi there": true, " hi there 👋!": true, "¡Привет!": true, "你好！": true, "hi  there": false, "hi there Tom": false, "hi": false, "": false, "!": false,
	} {
		e := &orderguard.Event{Kind: orderguard.OrderCreated, Note: note}
		require.Equal(t, want, r.On.Match(e), note)
		require.Zero(t, testing.AllocsPerRun(10, func() { r.On.Match(e) }), note)
	}
	require.Equal(t, `order.created{note≈"hi there"|"привет"|"你好"}`, r.On.Key())
}

func BenchmarkContains(b *testing.B) {
	r := ShippedRules().Rules
	i := slices.IndexFunc(r, func(r Rule) bool { return r.ID == "note-abuse" })
	e := &orderguard.Event{Kind: orderguard.OrderCreated, Note: "please leave it at the door, thank you"}
	b.ReportAllocs()
	b.SetBytes(int64(len(e.Note)))
	for b.Loop() {
		r[i].On.Match(e)
	}
}
