package detect

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// judged returns an engine with rules of every kind that has seen a stream.
func judged(t testing.TB, rules *RuleSet, events []orderguard.Event) *Engine {
	t.Helper()
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	for i := 0; i < len(events); i += 100 {
		r.Process(&orderguard.Batch{Events: events[i:min(i+100, len(events))]})
	}
	return e
}

// TestLoadRefuses holds that what is torn or foreign is refused with what it is.
func TestLoadRefuses(t *testing.T) {
	rules := parse(t, manyRules)
	state := save(t, judged(t, rules, disturbed(rand.New(rand.NewPCG(1, 84)), 600)))
	load := func(rules *RuleSet, o Options, state []byte) error {
		_, err := Load(rules, o, bytes.NewReader(state))
		if seen := Readable(rules, o, bytes.NewReader(state)); seen != nil {
			require.ErrorContains(t, err, strings.TrimPrefix(seen.Error(), "detect: read a state: "))
		} else if err != nil {
			require.ErrorContains(t, err, "ends too early", "what is of another version is told from its beginning")
		}
		return err
	}
	require.NoError(t, load(rules, Options{}, state))
	require.NoError(t, Readable(rules, Options{}, bytes.NewReader(state[:len(state)/2])), "only its beginning is read")
	require.ErrorContains(t, load(burstAt(t, 5), Options{}, state), "other rules")
	require.ErrorContains(t, load(rules, Options{Slack: time.Minute}, state), "slack of 3600000 ms, not of 60000")
	require.Error(t, load(&RuleSet{}, Options{}, state))
	require.ErrorContains(t, load(rules, Options{}, nil), "ends too early")
	for n := 1; n < len(state); n += 1 + len(state)/60 {
		require.ErrorContains(t, load(rules, Options{}, state[:n]), "ends too early", "%d bytes of %d", n, len(state))
	}
	const head = 4 // of the first frame
	changed := bytes.Clone(state)
	changed[head+8]++
	require.ErrorContains(t, load(rules, Options{}, changed), "the format 6, and this program reads the formats 4 and 5")
	changed[head]++
	require.ErrorContains(t, load(rules, Options{}, changed), "not the state of an engine")
	changed = bytes.Clone(state)
	at := bytes.Index(changed, []byte("table order"))
	require.Positive(t, at)
	changed[at]++
	require.ErrorContains(t, load(rules, Options{}, changed), "another version of this program")
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestSaveSaysWhatTheWriterSays holds that no error of the writer is lost, and
// that the engine goes on after one.
func TestSaveSaysWhatTheWriterSays(t *testing.T) {
	e := judged(t, parse(t, manyRules), disturbed(rand.New(rand.NewPCG(1, 85)), 600))
	state := save(t, e)
	for room := 0; room < len(state); room += 1 + len(state)/20 {
		require.ErrorIs(t, e.Save(&full{room}), io.ErrShortWrite)
	}
	require.NoError(t, e.Save(&full{len(state)}))
	require.True(t, bytes.Equal(state, save(t, e)))
	e, err := New(parse(t, manyRules), Options{})
	require.NoError(t, err)
	e.Watch("o1")
	require.ErrorContains(t, e.Save(io.Discard), "explains an order")
}

// broken changes some bytes of a state, and ends the last frame where it then
// ends.
func broken(state, change []byte) []byte {
	state = bytes.Clone(state)
	for i := 0; i+5 <= len(change); i += 5 {
		c := change[i:]
		at := int(c[0])<<24 | int(c[1])<<16 | int(c[2])<<8 | int(c[3])
		state[at%len(state)] ^= c[4]
	}
	return state
}

// FuzzLoad changes the state of an engine. It must be refused, or make an engine
// that works.
func FuzzLoad(f *testing.F) {
	rules := parse(f, manyRules)
	rng := rand.New(rand.NewPCG(1, 86))
	events := disturbed(rng, 400)
	state := save(f, judged(f, rules, events[:300]))
	for range 20 {
		change := make([]byte, 5)
		for i := range change {
			change[i] = byte(rng.IntN(256))
		}
		f.Add(change)
	}
	f.Fuzz(func(t *testing.T, change []byte) {
		e, err := Load(rules, Options{}, bytes.NewReader(broken(state, change)))
		if err != nil {
			return
		}
		r := NewRunner(e, 1)
		defer r.Close()
		r.Process(&orderguard.Batch{Events: events[300:]})
		r.Finish()
		save(t, e)
	})
}
