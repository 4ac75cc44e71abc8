package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// shareWording says whether two texts have a key in common.
func shareWording(a, b string) bool {
	var x, y [listRows]uint64
	n, m := bands(a, &x), bands(b, &y)
	for _, k := range x[:n] {
		for _, l := range y[:m] {
			if k == l {
				return true
			}
		}
	}
	return false
}

func TestWordingOfOneTemplate(t *testing.T) {
	for _, pair := range [][2]string{
		{"Terrible quality, fell apart after one day. Do not buy from this shop!", "terrible quality!! fell apart after two days, do not buy from this shop 😡"},
		{"Terrible quality, fell apart after one day. Do not buy from this shop!", "Ｔｅｒｒｉｂｌｅ quality fell  apart after one day do not buy from that shop"},
		{"质量太差了，用了一天就坏，千万别买这家店", "质量太差了!!用了两天就坏，千万别买这家店"},
		{"品質太差了，用了一天就壞，千萬別買這家店", "质量太差了，用了一天就坏，千万别买这家店。"},
		{"Péssima qualidade, quebrou no primeiro dia, não comprem nesta loja", "pessima qualidade quebrou no segundo dia nao comprem nesta loja"},
		{"Ужасное качество, сломалось в первый день, не покупайте здесь", "ужасное качество!!! сломалось в тот же день, не покупайте здесь"},
		{"품질이 너무 나빠요 하루 만에 고장났어요 절대 사지 마세요", "품질이 너무 나빠요!! 이틀 만에 고장났어요. 절대 사지 마세요"},
		{"order 4417: please leave the parcel with the porter", "order 98123: please leave the parcel with the porter"},
	} {
		require.True(t, shareWording(pair[0], pair[1]), "%q", pair)
	}
}

func TestWordingOfShortTexts(t *testing.T) {
	var keys [listRows]uint64
	for _, text := range []string{"", "ok", "good", "Great, thanks", "很好", "质量不错", "👍👍👍👍👍👍👍👍", "1234567890123456", "bom demais", "супер"} {
		require.Zero(t, bands(text, &keys), text)
	}
	require.Equal(t, listRows, bands("great quality, thanks", &keys))
	require.NotZero(t, bands("质量不错，物流很快", &keys))
}

// TestWordingOfOrdinaryTexts counts chance matches among texts that different
// people wrote.
func TestWordingOfOrdinaryTexts(t *testing.T) {
	var texts []string
	labelled(t, "notes.tsv", func(label, text string, _ bool) {
		var keys [listRows]uint64
		if label == "ordinary" && bands(text, &keys) > 0 {
			texts = append(texts, text)
		}
	})
	shared, pairs := 0, 0
	for i := range texts {
		for _, other := range texts[:i] {
			pairs++
			if shareWording(texts[i], other) {
				shared++
				t.Logf("%q and %q", texts[i], other)
			}
		}
	}
	require.Greater(t, pairs, 10_000)
	require.Less(t, shared*5000, pairs, "%d of %d", shared, pairs)
}

func TestRuleByWording(t *testing.T) {
	rules := parse(t, `
rules:
  - id: same-words
    scenario: malicious_review
    on: review
    where: {rating: {at_most: 2}}
    all:
      - {distinct: buyer, of: review, by: [shop, wording], within: 1d, at_least: 4, where: {rating: {at_most: 2}}}
`)
	var events []orderguard.Event
	add := func(shop, text string) {
		n := len(events)
		events = append(events, orderguard.Event{
			Kind: orderguard.ReviewGiven, Time: orderguard.Millis(1_700_000_000_000 + n*60_000), Rating: 1, Shop: shop,
			ID: fmt.Sprint("e-", n), Buyer: fmt.Sprint("b-", n), Order: fmt.Sprint("o-", n), Review: fmt.Sprint("r-", n), Text: text,
		})
	}
	for _, day := range []string{"one day", "two days", "a day", "three days"} {
		add("s-1", "Terrible quality, it fell apart after "+day+", never buy from this shop "+strings.Repeat("!", len(day)))
	}
	for _, text := range []string{
		"The colour is not the one in the picture", "Arrived two weeks late and the box was open",
		"Too small, and the seam came off", "Smells of plastic, I gave it away", "bad", "bad", "bad", "bad",
	} {
		add("s-2", text)
	}
	var flagged []string
	for _, a := range run(t, rules, events, 1, rand.New(rand.NewPCG(1, 2))) {
		flagged = append(flagged, a.Shop)
		require.Equal(t, "4 different buyers with reviews rated 1 to 2 at this shop in like words within 1 day (limit 4)", a.Reasons[0].Text)
	}
	require.Equal(t, []string{"s-1", "s-1", "s-1", "s-1"}, flagged)
}

func BenchmarkBands(b *testing.B) {
	var keys [listRows]uint64
	text := "Terrible quality, it fell apart after one day, never buy from this shop"
	b.ReportAllocs()
	for b.Loop() {
		bands(text, &keys)
	}
}
