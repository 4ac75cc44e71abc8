package ingest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// member is a key and its value, as JSON.
type member struct{ key, value string }

var letters = []rune("abcXYZ019 -_/店铺优惠é😀\"\\\n\x7f")

// randomString returns a JSON string of up to n characters of all kinds, some of
// them escaped.
func randomString(rng *rand.Rand, n int) string {
	var b strings.Builder
	b.WriteByte('"')
	for range 1 + rng.IntN(n) {
		switch r := letters[rng.IntN(len(letters))]; {
		case rng.IntN(6) == 0 && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func randomTime(rng *rand.Rand) string {
	t := orderguard.Millis(rng.Int64N(int64(orderguard.MaxTime)))
	switch rng.IntN(3) {
	case 0:
		return fmt.Sprint(int64(t))
	case 1:
		return `"` + t.String() + `"`
	default:
		return `"` + t.Time().Format("2006-01-02T15:04:05.000000") + `+00:00"`
	}
}

// randomValue returns a valid value for a known field, or any for another.
func randomValue(rng *rand.Rand, f field) string {
	pick := func(words ...string) string { return `"` + words[rng.IntN(len(words))] + `"` }
	switch f {
	case fActor:
		return pick("buyer", "seller", "platform")
	case fReason:
		return pick("not_received", "quality", "late", "other")
	case fOutcome, fFrom, fRole:
		return pick("buyer", "seller")
	case fRating:
		return fmt.Sprint(1 + rng.IntN(5))
	}
	switch specs[f].class {
	case text:
		return randomString(rng, 24)
	case instant:
		return randomTime(rng)
	case integer:
		return fmt.Sprint(rng.Int64() >> rng.IntN(63))
	case boolean:
		return fmt.Sprint(rng.IntN(2) == 0)
	case list:
		return "[" + randomString(rng, 9) + " , " + randomString(rng, 9) + "]"
	case parts:
		return object(rng, []member{
			{"city", randomString(rng, 9)}, {"name", randomString(rng, 9)}, {"line1", "null"}, {"other", "{}"},
		})
	default:
		return `{"a":[1.5e-3,true,{"b":` + randomString(rng, 9) + `}],"type":"order"}`
	}
}

// object writes members in a random order and spacing.
func object(rng *rand.Rand, m []member) string {
	rng.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	comma, colon := ",", ":"
	switch rng.IntN(4) {
	case 0:
		comma, colon = ", ", ": " // as Python writes it
	case 1:
		comma, colon = "\t,\r ", " : "
	}
	var b strings.Builder
	for i, x := range m {
		if i > 0 {
			b.WriteString(comma)
		}
		key, _ := json.Marshal(x.key)
		b.WriteString(string(key) + colon + x.value)
	}
	return "{" + b.String() + "}"
}

// randomLine returns a valid line of any type.
func randomLine(rng *rand.Rand) string {
	typ := []string{"order", "dispute", "review", "message", "account"}[rng.IntN(5)]
	m := []member{{"type", `"` + typ + `"`}, {"unheard of", randomValue(rng, fUnknown)}}
	for f := fID; f <= fRole; f++ {
		needed := f <= fOrder || f == fRating || f == fFrom || f == fRole
		switch {
		case f == fStatus && typ == "order":
			m = append(m, member{"status", `"` + []string{"created", "created", "paid", "refunded"}[rng.IntN(4)] + `"`})
		case f == fStatus && typ == "dispute":
			m = append(m, member{"status", `"` + []string{"opened", "closed"}[rng.IntN(2)] + `"`})
		case needed || rng.IntN(2) == 0:
			m = append(m, member{specs[f].name, randomValue(rng, f)})
		}
	}
	return object(rng, m)
}

func TestDecodeValidLines(t *testing.T) {
	var d Decoder
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 20 {
			line := []byte(randomLine(rng))
			want, reason := reference(line)
			require.Zero(t, reason.String(), "%s", line)
			var got orderguard.Event
			require.NoError(t, d.Decode(line, &got), "%s", line)
			require.Equal(t, want, got, "%s", line)
		}
	})
}
