package ingest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// Events that wait under one lateness are released, in order, when there is
// another; from then on events wait by that.
func TestSetLateness(t *testing.T) {
	const start = orderguard.Millis(1_770_000_000_000)
	at := func(seconds ...int) *orderguard.Batch {
		b := &orderguard.Batch{Feed: "f"}
		for _, s := range seconds {
			b.Events = append(b.Events, orderguard.Event{ID: string(rune('a' + s%26)), Time: start + orderguard.Millis(s)*1000})
		}
		return b
	}
	times := func(s *Sequencer, b *orderguard.Batch) (list []int) {
		for ; b != nil; b = s.Next() {
			for i := range b.Events {
				list = append(list, int(b.Events[i].Time-start)/1000)
			}
		}
		return list
	}
	s := NewSequencer(SequencerOptions{Lateness: time.Hour})
	require.Empty(t, times(s, s.Push("x", at(5, 1, 3), time.Time{})))
	require.Nil(t, s.SetLateness(time.Hour), "the same lateness changes nothing")
	require.Equal(t, 3, s.Held())
	require.Equal(t, []int{1, 3, 5}, times(s, s.SetLateness(0)))
	require.Zero(t, s.Held())
	require.Equal(t, []int{7, 6}, times(s, s.Push("x", at(7, 6), time.Time{})), "on arrival")
	require.Empty(t, times(s, s.SetLateness(10*time.Second)))
	require.Empty(t, times(s, s.Push("x", at(12, 9), time.Time{})))
	require.Equal(t, []int{9, 12}, times(s, s.Push("x", at(40), time.Time{})))
	require.Equal(t, []int{40}, times(s, s.Flush()))
}
