package bench

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Every text of every language can be composed, in both halves.
func TestEveryTextComposes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, m := range []*market{newMarket(1), newMarket(HeldOutSeeds)} {
		for lang, occasions := range lexicon {
			for name := range occasions {
				for _, text := range m.occasion(lang, name) {
					for range 3 {
						said := m.slip(r, m.compose(r, lang, text))
						require.NotEmpty(t, said, "%s: %s: %s", lang, name, text)
						require.NotContains(t, said, "{", "%s: %s: %s", lang, name, text)
						require.True(t, utf8.ValidString(said), "%s: %s: %q", lang, name, said)
						require.Less(t, len(said), 1000)
					}
				}
			}
		}
	}
}

// What held-out seeds alone may say is said by no everyday seed.
func TestHeldOutTextsStayUnseen(t *testing.T) {
	seen, unseen := newMarket(HeldOutSeeds-1), newMarket(HeldOutSeeds)
	for lang, occasions := range lexicon {
		for name, o := range occasions {
			require.Less(t, len(seen.occasion(lang, name)), 1+len(unseen.occasion(lang, name)))
			require.NotZero(t, o.everyday, "%s: %s", lang, name)
		}
		for _, name := range []string{"note", "odd_note", "bad", "good"} {
			require.Less(t, len(seen.occasion(lang, name)), len(unseen.occasion(lang, name)), "%s: %s has no texts that are held out", lang, name)
		}
	}
	held := map[string]bool{}
	for _, text := range unseen.occasion("en", "insult")[lexicon["en"]["insult"].everyday:] {
		held[text] = true
	}
	_, labels, _ := generate(t, GenOptions{Seed: 1, Orders: 2000})
	require.NotEmpty(t, labels)
	events, _, _ := generate(t, GenOptions{Seed: 1, Orders: 2000, NoLookAlikes: true, Families: map[string]Family{"abuse": {Count: 200}}})
	for text := range held {
		require.NotContains(t, strings.ToLower(string(events)), text)
	}
}
