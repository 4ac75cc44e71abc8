package ingest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// act does to a sequencer one of all the things that can be done, chosen at
// random, and returns what comes out.
func act(s *Sequencer, rng *rand.Rand, n int) (out []string) {
	source, wall := fmt.Sprint("source", rng.IntN(4)), time.Unix(1_794_355_200+int64(n), 0)
	take := func(b *orderguard.Batch) {
		for ; b != nil; b = s.Next() {
			for i := range b.Events {
				out = append(out, fmt.Sprintf("%s %+v", b.Feed, b.Events[i]))
			}
			if !s.ordering {
				return
			}
		}
	}
	if s.active() == 0 && s.Held() > 0 && rng.IntN(4) > 0 {
		take(s.Tick(wall))
		return out
	}
	switch rng.IntN(20) {
	case 0:
		s.Close(source, wall)
	case 3:
		if rng.IntN(4) == 0 { // the last connection has ended
			for i := range 4 {
				s.Close(fmt.Sprint("source", i), wall)
			}
		}
	case 4:
		s.Wake(wall)
	case 1:
		take(s.Tick(wall.Add(time.Duration(rng.IntN(9)) * time.Second)))
	case 2:
		if rng.IntN(9) == 0 {
			take(s.Flush())
		}
	default:
		b := &orderguard.Batch{Feed: fmt.Sprint("feed", rng.IntN(2))}
		jump := orderguard.Millis(0)
		switch rng.IntN(12) {
		case 0:
			jump = 7_200_000
		case 1:
			jump = -7_200_000
		}
		for range 1 + rng.IntN(30) {
			at := start + orderguard.Millis(n*900+rng.IntN(3000)) + jump
			b.Events = append(b.Events, orderguard.Event{
				Kind: orderguard.DisputeOpened, ID: fmt.Sprint("e", rng.IntN(1e6)), Time: at, Evidence: []string{"x", source}, Refund: -3,
			})
		}
		take(s.Push(source, b, wall))
	}
	return out
}

// TestSavedSequencerGoesOn holds that a sequencer that was saved and loaded, at
// any point, gives what one gives that goes through.
func TestSavedSequencerGoesOn(t *testing.T) {
	held, given := 0, 0
	for seed := range uint64(120) {
		o := SequencerOptions{Lateness: time.Duration(seed%3) * 2 * time.Second}
		through, s := NewSequencer(o), NewSequencer(o)
		a, b := rand.New(rand.NewPCG(seed, 91)), rand.New(rand.NewPCG(seed, 91))
		choose := rand.New(rand.NewPCG(seed, 92))
		for n := range 120 {
			if choose.IntN(10) == 0 {
				var state, again bytes.Buffer
				require.NoError(t, s.Save(&state))
				from := bytes.NewReader(append(bytes.Clone(state.Bytes()), "more"...))
				var err error
				s, err = LoadSequencer(o, from)
				require.NoError(t, err)
				require.Equal(t, 4, from.Len(), "it must read the state and no more")
				require.NoError(t, s.Save(&again))
				require.Equal(t, state.Bytes(), again.Bytes())
			}
			want := act(through, a, n)
			require.Equal(t, want, act(s, b, n), "seed %d, step %d", seed, n)
			require.Equal(t, through.Held(), s.Held())
			require.Equal(t, through.Watermark(), s.Watermark())
			held, given = held+s.Held(), given+len(want)
		}
	}
	require.Greater(t, held, 10_000)
	require.Greater(t, given, 50_000)
}

func TestLoadSequencerRefusesOtherOptions(t *testing.T) {
	var state bytes.Buffer
	require.NoError(t, NewSequencer(SequencerOptions{}).Save(&state))
	_, err := LoadSequencer(SequencerOptions{Lateness: time.Second}, bytes.NewReader(state.Bytes()))
	require.ErrorContains(t, err, "another lateness")
	state.Bytes()[8]++
	_, err = LoadSequencer(SequencerOptions{}, bytes.NewReader(state.Bytes()))
	require.ErrorContains(t, err, "format 2")
	state.Bytes()[0]++
	_, err = LoadSequencer(SequencerOptions{}, bytes.NewReader(state.Bytes()))
	require.ErrorContains(t, err, "not its state")
}

// FuzzLoadSequencer holds that what can be loaded is saved as it was, and goes on.
func FuzzLoadSequencer(f *testing.F) {
	for _, lateness := range []time.Duration{0, 2 * time.Second} {
		s, rng := NewSequencer(SequencerOptions{Lateness: lateness}), rand.New(rand.NewPCG(1, 93))
		for n := range 8 {
			act(s, rng, n)
		}
		var state bytes.Buffer
		require.NoError(f, s.Save(&state))
		f.Add(state.Bytes())
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		for _, lateness := range []time.Duration{0, 2 * time.Second} {
			s, err := LoadSequencer(SequencerOptions{Lateness: lateness}, bytes.NewReader(state))
			if err != nil {
				continue
			}
			var first, second bytes.Buffer
			require.NoError(t, s.Save(&first))
			again, err := LoadSequencer(SequencerOptions{Lateness: lateness}, &first)
			require.NoError(t, err)
			rng := rand.New(rand.NewPCG(1, 94))
			for n := range 5 {
				act(again, rng, n)
			}
			require.NoError(t, again.Save(&second))
		}
	})
}
