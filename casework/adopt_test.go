package casework

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// A policy holds from the act on that brings it, and one that cannot be read
// changes nothing.
func TestAdopt(t *testing.T) {
	d := NewDesk(DefaultPolicy())
	normal := func(alert, order string, at orderguard.Millis) []Change {
		changes, err := d.Apply(Act{At: at, By: "tk_1", Judge: &Judge{Shop: "s-1", Answer: orderguard.AnswerNormal, Flags: []Flag{{
			Alert: alert, Scenario: orderguard.MaliciousOrder, Severity: orderguard.High,
			Order: Order{Order: order, Shop: "s-1", Buyer: "b-" + order, Created: start, Known: true},
		}}}})
		require.NoError(t, err)
		return changes
	}
	quiets := func(changes []Change) (n int) {
		for _, c := range changes {
			if c.Quiet != nil {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, quiets(normal("al_1", "o-1", start)))
	_, err := d.Apply(Act{At: start + 1, Adopt: &Adopt{Name: "policy.yaml", Text: "verdicts: {quiet_four: 1h}"}})
	require.ErrorContains(t, err, "quiet_for")
	text := "verdicts: {quiet_for: 0h}"
	_, err = d.Apply(Act{At: start + 1, Adopt: &Adopt{Name: "policy.yaml", Text: text}})
	require.NoError(t, err)
	p, adopted := d.Policy()
	require.Equal(t, text, adopted)
	require.Zero(t, p.Verdicts.QuietFor)
	require.Zero(t, quiets(normal("al_2", "o-2", start+2)))
	require.Equal(t, start+2, d.Last())
	require.True(t, d.Quiet("s-1", "b-o-1", orderguard.MaliciousOrder, start+3), "what was said before stays")
}
