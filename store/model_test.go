package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// model is the store as one would write it without a disk: a map of alerts,
// searched and sorted for each question.
type model struct {
	alerts   map[[2]string]orderguard.Alert
	feed     FeedPosition
	journal  []Record // without those that were there before
	position uint64
	seq      uint64
}

func (m *model) commit(alerts []orderguard.Alert, position uint64) (changed []orderguard.Alert) {
	for _, a := range alerts {
		key := [2]string{a.Shop, a.ID}
		known, ok := m.alerts[key]
		if !ok {
			a.Status, a.Revision = orderguard.Open, 1
		} else {
			found := a
			a = known
			a.Score, a.Severity = max(a.Score, found.Score), max(a.Severity, found.Severity)
			a.Reasons = slices.Clone(a.Reasons)
			for _, r := range found.Reasons {
				if !slices.Contains(rules(a), r.Rule) {
					a.Reasons = append(a.Reasons, r)
				}
			}
			if a.Score == known.Score && a.Severity == known.Severity && len(a.Reasons) == len(known.Reasons) {
				continue
			}
			a.Revision++
		}
		m.seq++
		a.Seq = m.seq
		m.alerts[key] = a
		changed = append(changed, a)
	}
	m.position = max(m.position, position)
	return changed
}

func rules(a orderguard.Alert) (names []string) {
	for _, r := range a.Reasons {
		names = append(names, r.Rule)
	}
	return names
}

func (m *model) changes(shop string, after uint64, q Query) (found []orderguard.Alert) {
	for _, a := range m.alerts {
		if a.Shop == shop && a.Seq > after && (len(q.Scenario) == 0 || slices.Contains(q.Scenario, a.Scenario)) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b orderguard.Alert) int { return int(a.Seq) - int(b.Seq) })
	return found
}

// client polls as a seller does, and keeps what it was told.
type client struct {
	shop  string
	q     Query
	after uint64
	seen  map[string]orderguard.Alert
}

// TestAgainstModel commits, reopens and polls at random. All runs share one
// store, each with its own shops, since opening one costs a hundred commits.
func TestAgainstModel(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer func() { s.Close() }()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		feed := fmt.Sprint("tcp", runs)
		shops := []string{fmt.Sprint("a", runs), fmt.Sprint("a", runs, "b"), fmt.Sprint("a", runs, "\x00")}
		m := &model{alerts: map[[2]string]orderguard.Alert{}, position: s.Position(), seq: s.Seq()}
		_, before, _ := s.Journal()
		var clients []*client
		for i, shop := range shops {
			c := &client{shop: shop, q: Query{Limit: 1 + i}, seen: map[string]orderguard.Alert{}}
			if i > 0 {
				c.q.Scenario = []orderguard.Scenario{orderguard.Scenario(i)}
			}
			clients = append(clients, c)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"commit": func(rt *rapid.T) {
				alerts := rapid.SliceOfN(genAlert(shops), 0, 8).Draw(rt, "alerts")
				position := uint64(rapid.IntRange(0, runs*100).Draw(rt, "position"))
				changed, err := s.Commit(alerts, position)
				require.NoError(rt, err)
				require.Equal(rt, m.commit(alerts, position), changed)
			},
			"append": func(rt *rapid.T) {
				records := rapid.SliceOfN(genRecord(feed), 0, 5).Draw(rt, "records")
				n, err := s.Append(records)
				require.NoError(rt, err)
				require.Equal(rt, len(records), n)
				for _, r := range records {
					m.feed = r.Positions[feed]
					m.feed.Record = before + 1 + uint64(len(m.journal))
					r.Number, r.Positions, r.packed = before+1+uint64(len(m.journal)), nil, nil
					m.journal = append(m.journal, r)
				}
			},
			"reopen": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "not now") > 0 {
					return
				}
				require.NoError(rt, s.Close())
				s = open(t, dir)
			},
			"poll": func(rt *rapid.T) {
				rapid.SampledFrom(clients).Draw(rt, "client").poll(rt, s)
			},
			"": func(rt *rapid.T) {
				require.Equal(rt, m.seq, s.Seq())
				require.Equal(rt, m.position, s.Position())
			},
		})
		feeds, err := s.Feeds()
		require.NoError(rt, err)
		require.Equal(rt, m.feed, feeds[feed])
		var got []Record
		require.NoError(rt, s.Records(before+1, func(r *Record) error {
			got = append(got, *r)
			return nil
		}))
		require.Equal(rt, m.journal, got)
		for _, c := range clients {
			for c.poll(rt, s) {
			}
			want := map[string]orderguard.Alert{}
			for _, a := range m.changes(c.shop, 0, c.q) {
				want[a.ID] = a
			}
			require.Equal(rt, want, c.seen, "what a client has gathered is how things stand")
		}
	})
}

// genRecord makes records small and large.
func genRecord(feed string) *rapid.Generator[Record] {
	return rapid.Custom(func(t *rapid.T) Record {
		raw := []byte(strings.Repeat(rapid.StringN(1, 50, -1).Draw(t, "raw"), rapid.SampledFrom([]int{1, 1, 400}).Draw(t, "times")))
		return Record{
			Kind: RecordKind(rapid.IntRange(1, 5).Draw(t, "kind")), Feed: feed, Source: rapid.String().Draw(t, "source"),
			Wall: rapid.Int64().Draw(t, "wall"), FirstLine: rapid.Int64().Draw(t, "first"), Count: rapid.Int64().Draw(t, "count"),
			Offset: rapid.Int64().Draw(t, "offset"), Raw: append([]byte{}, raw...),
			Positions: map[string]FeedPosition{feed: {Lines: rapid.Int64().Draw(t, "lines")}},
		}
	})
}

// genAlert makes findings that often fall on the same alert.
func genAlert(shops []string) *rapid.Generator[orderguard.Alert] {
	return rapid.Custom(func(t *rapid.T) orderguard.Alert {
		id := rapid.IntRange(0, 12).Draw(t, "id")
		a := alert(rapid.SampledFrom(shops).Draw(t, "shop"), fmt.Sprintf("al_%d", id), rapid.IntRange(50, 53).Draw(t, "score"),
			rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"r1", "r2", "r3"}), 1, 2, rapid.ID).Draw(t, "rules")...)
		a.Scenario = orderguard.Scenario(1 + id%3)
		return a
	})
}

func (c *client) poll(t *rapid.T, s *Store) (more bool) {
	next, more, err := s.Changes(c.shop, c.after, c.q, func(_ uint64, b []byte) {
		var a orderguard.Alert
		require.NoError(t, json.Unmarshal(b, &a))
		require.Greater(t, a.Revision, c.seen[a.ID].Revision, "repeated without a change")
		c.seen[a.ID] = a
	})
	require.NoError(t, err)
	c.after = next
	return more
}
