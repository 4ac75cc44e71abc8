package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// casesIn makes a store of acts, a record each, with what edit leaves of the papers that come of them, and returns what
// a check says.
func casesIn(t *testing.T, acts []casework.Act, edit func([]store.Paper) []store.Paper) api.CheckResult {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{Reserve: -1})
	require.NoError(t, err)
	defer s.Close()
	b := newCasebook()
	var papers []store.Paper
	for i, a := range acts {
		text, err := json.Marshal([]casework.Act{a})
		require.NoError(t, err)
		_, err = s.Append([]store.Record{{Kind: store.Acts, Wall: int64(a.At), Raw: text}})
		require.NoError(t, err)
		_, papers, err = b.act(uint64(i+1), 0, a, papers)
		require.NoError(t, err)
	}
	_, err = s.Commit(nil, uint64(len(acts)), edit(papers)...)
	require.NoError(t, err)
	result, err := checkAll(t.Context(), s, nil)
	require.NoError(t, err)
	return result
}

// A store is held against what was done: it is sound as long as it has what the acts come to, and what it has otherwise is
// named.
func TestCheckHoldsCases(t *testing.T) {
	t.Parallel()
	const start = orderguard.Millis(1_770_000_000_000)
	acts := []casework.Act{
		fileAct(start, "o-1"), decideAct(start+1, "o-1", "clear"), fileAct(start+2, "o-2"),
		decideAct(start+3, "o-3", "there is none"), // refused
	}
	first, second := casework.ReportID("o-1", orderguard.Harassment), casework.ReportID("o-2", orderguard.Harassment)
	later := casework.Act{At: start + 400*24*3600*1000, Tick: true}
	as := func(papers []store.Paper) []store.Paper { return papers }
	sound := api.CheckResult{}
	require.Equal(t, sound, casesIn(t, nil, as))
	require.Equal(t, sound, casesIn(t, acts, as))
	require.Equal(t, sound, casesIn(t, append(slices.Clone(acts), later), as), "the first report is kept no longer, and no sanction stands")

	var last *orderguard.Decision
	casesIn(t, acts, func(papers []store.Paper) []store.Paper {
		for _, p := range papers {
			if p.Decision != nil {
				last = p.Decision
			}
		}
		return papers
	})
	require.Equal(t, orderguard.WarnBuyer, last.Kind)
	more := *last
	more.Seq, more.Kind = last.Seq+1, orderguard.FreezeBuyer
	other := *last
	other.Until++
	unsettled := casework.Act{At: start + 9, By: "tk_reviewer", Sanction: &casework.Sanction{Buyer: "b-1", Grounds: orderguard.Wording{En: "heard"}}}
	for name, c := range map[string]struct {
		edit   func([]store.Paper) []store.Paper
		faults []string
		known  bool
	}{
		"a report that was not told": {
			func(papers []store.Paper) []store.Paper {
				return slices.DeleteFunc(papers, func(p store.Paper) bool {
					return p.Report != nil && p.Report.ID == first && p.Report.Revision > 1
				})
			},
			[]string{`report "` + first + `" of shop "s-1" is submitted, and by what was done upheld, upheld for harassment (high) by "tk_reviewer"; restore a backup`}, false,
		},
		"a report that is missing": {
			func(papers []store.Paper) []store.Paper {
				return slices.DeleteFunc(papers, func(p store.Paper) bool { return p.Report != nil && p.Report.ID == second })
			},
			[]string{`report "` + second + `" of shop "s-1" is missing, and by what was done submitted; restore a backup`}, false,
		},
		"a report that nobody filed": {
			func(papers []store.Paper) []store.Paper {
				return append(papers, store.Paper{Place: store.Place(4, 9), Report: &orderguard.Report{
					ID: "rp_x", Shop: "s-1", Order: "o-9", Scenario: orderguard.Harassment, State: orderguard.Rejected, Revision: 1}})
			},
			[]string{`report "rp_x" of shop "s-1" is rejected, and by what was done there is none; restore a backup`}, false,
		},
		"a decision that is missing": {
			func(papers []store.Paper) []store.Paper {
				return slices.DeleteFunc(papers, func(p store.Paper) bool { return p.Decision != nil && p.Decision.Seq == last.Seq })
			},
			[]string{"decision 3 is missing, and by what was done warn until ", `buyer "b-1": enforcers were told nothing, and what was done comes to warn until `}, false,
		},
		"a decision too many": {
			func(papers []store.Paper) []store.Paper {
				return append(papers, store.Paper{Place: store.Place(4, 9), Decision: &more})
			},
			[]string{"decision 4 is freeze until ", `buyer "b-1": enforcers were told freeze until `}, false,
		},
		"another decision": {
			func(papers []store.Paper) []store.Paper {
				return append(papers, store.Paper{Place: store.Place(4, 9), Decision: &other})
			},
			[]string{"decision 3 is warn until ", `buyer "b-1": enforcers were told warn until `}, false,
		},
		"a report that is lost and given up": {
			func(papers []store.Paper) []store.Paper {
				left := orderguard.Report{ID: second, Shop: "s-1", Scenario: orderguard.Harassment, State: orderguard.Final}
				return append(papers, store.Paper{Place: store.Place(4, 9), Report: &left})
			}, nil, false,
		},
		"an act that is lost and given up": {
			func(papers []store.Paper) []store.Paper {
				for i := range papers {
					if strings.Contains(string(papers[i].Act), `"decide"`) && papers[i].Place == store.Place(2, 0) {
						text, err := json.Marshal(casework.Act{At: start + 1, Note: &casework.Note{Kind: "lost", Text: "with the disk"}})
						require.NoError(t, err)
						papers[i].Act = text
					}
				}
				return papers
			}, nil, true,
		},
		"an act whose commit was cut": {
			func(papers []store.Paper) []store.Paper {
				text, err := json.Marshal(keptAct{Act: unsettled})
				require.NoError(t, err)
				return append(papers, store.Paper{Place: store.Place(5, 0), Act: text})
			},
			[]string{"is of record 5, but what came of the journal is here up to record 4"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			result := casesIn(t, acts, c.edit)
			require.Len(t, result.Faults, len(c.faults), "%q", result.Faults)
			for i, fault := range c.faults {
				require.Contains(t, result.Faults[i], fault)
			}
			require.Equal(t, c.known, len(result.Lost) > 0, "%q", result.Lost)
		})
	}
}

// Whatever is done, and however much time passes, what a store keeps of it is what a check finds again in the acts.
func TestCheckFindsCasesSound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		disk, b, wall, kept := newSimDisk(rng), newCasebook(), int64(1_770_000_000_000), map[string]*orderguard.Report{}
		for i := range 20 {
			id := fmt.Sprint("al_", i)
			disk.alerts[id] = &orderguard.Alert{ID: id, Shop: fmt.Sprint("s-", i%2), Order: fmt.Sprintf("o-%d-%d", i%2, i), Buyer: fmt.Sprint("b-", i%3),
				Scenario: orderguard.MaliciousOrder, Severity: orderguard.High}
		}
		c := &heldCases{desk: casework.NewDesk(casework.DefaultPolicy()), reports: map[string]*orderguard.Report{}, open: map[string]bool{}}
		for record := range uint64(300) {
			wall += []int64{1, 60_000, 24 * 3600_000, 40 * 24 * 3600_000}[min(rng.IntN(12), rng.IntN(12), 3)]
			for n, a := range simActs(t, rng, disk, wall).acts.list {
				_, papers, err := b.act(record+1, n, a, nil)
				require.NoError(t, err)
				for _, p := range papers {
					switch {
					case p.Act != nil:
						require.NoError(t, c.act(p.Act, true))
					case p.Report != nil:
						kept[p.Report.ID] = p.Report
					case p.Gone != nil:
						delete(kept, p.Gone.Report)
					case p.Decision != nil:
						require.NoError(t, c.decision(p.Decision))
					}
				}
			}
		}
		require.NotEmpty(t, c.kept)
		for _, r := range kept {
			require.NoError(t, c.report(r))
		}
		c.end()
		require.Empty(t, c.faults)
	}
}

// Deltas whose commit is under way are not in the store yet, and not missing.
func TestCheckKnowsTheCommitUnderWay(t *testing.T) {
	t.Parallel()
	delta := &orderguard.Delta{Shop: "s-1", Numerator: -1}
	p := &pipeline{mu: newTurn(), book: newCasebook(), papers: []store.Paper{{Place: store.Place(7, 0), Delta: delta}}}
	p.beginSettle()
	require.Equal(t, map[uint64]*orderguard.Delta{store.Place(7, 0): delta}, p.countedSoFar().waiting)
}
