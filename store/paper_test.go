package store

import (
	"fmt"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

func filePapers(t testing.TB, s *Store, position uint64, papers ...Paper) []orderguard.Alert {
	t.Helper()
	changed, err := s.Commit(nil, position, papers...)
	require.NoError(t, err)
	return changed
}

// appendRecords gives the journal n records.
func appendRecords(t testing.TB, s *Store, n int) {
	t.Helper()
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{Kind: Tick}
	}
	_, err := s.Append(records)
	require.NoError(t, err)
}

func verdictOn(alert string, number int, was, answer orderguard.Answer) *orderguard.Verdict {
	return &orderguard.Verdict{Alert: alert, Order: "o-" + alert, Shop: "s-1", Buyer: "b-1", Scenario: orderguard.MaliciousOrder,
		Was: was, Answer: answer, By: "tk_1", At: 1_700_000_001_000, Comment: "我们的", Number: number}
}

// fillPapers puts a paper of each kind into a store that has alert al_1 of s-1.
func fillPapers(t testing.TB, s *Store, record uint64) {
	filePapers(t, s, record,
		Paper{Place: Place(record, 0), Act: []byte(`{"at":1}`)},
		Paper{Verdict: verdictOn("al_1", 1, 0, orderguard.AnswerAbnormal)},
		Paper{Place: Place(record, 0), Report: &orderguard.Report{ID: "rp_1", Shop: "s-1", Order: "o-1", Scenario: orderguard.Harassment, State: orderguard.Submitted, Revision: 1}},
		Paper{Place: Place(record, 1), Decision: &orderguard.Decision{ID: "dc_1", Seq: 1, Kind: orderguard.CloseOrder, Order: "o-1", Shop: "s-1", Cause: "verdict/al_1"}},
		Paper{Place: Place(record, 1), Delta: &orderguard.Delta{Shop: "s-1", Order: "o-1", Day: 20000, Indicator: orderguard.DisputeRate, Numerator: -1, Cause: "verdict/al_1"}},
	)
}

// A verdict is a change of its alert, in its timeline with who and why; kept
// again it changes nothing, and a finding that comes later leaves it.
func TestVerdict(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, alert("s-1", "al_1", 50, "r"), alert("s-1", "al_2", 50, "r"))
	appendRecords(t, s, 9)
	for range 2 {
		fillPapers(t, s, 7)
		a, err := s.AlertNow("s-1", "al_1")
		require.NoError(t, err)
		require.Equal(t, orderguard.Abnormal, a.Status)
		require.Equal(t, 2, a.Revision)
		require.EqualValues(t, 3, a.Seq)
		_, steps, err := s.Alert("s-1", "al_1")
		require.NoError(t, err)
		require.Len(t, steps, 2)
		require.Equal(t, Entry{At: 1_700_000_001_000, Kind: "verdict", Revision: 2, Seq: 3, Score: 50, Rules: []string{},
			Verdict: orderguard.AnswerAbnormal, By: "tk_1", Comment: "我们的"}, steps[1])
		requireSound(t, s)
	}
	ids, _ := poll(t, s, "s-1", 0, Query{Limit: 10, Status: []orderguard.Status{orderguard.Abnormal}})
	require.Equal(t, []string{"al_1"}, ids)
	changed := put(t, s, alert("s-1", "al_1", 90, "r2"))
	require.Equal(t, orderguard.Abnormal, changed[0].Status)
	require.Equal(t, 3, changed[0].Revision)
	changed = filePapers(t, s, 8, Paper{Verdict: verdictOn("al_1", 2, orderguard.AnswerAbnormal, orderguard.AnswerNormal)})
	require.Equal(t, orderguard.Normal, changed[0].Status)
	filePapers(t, s, 9, Paper{Gone: &Gone{Shop: "s-1", Alert: "al_1"}})
	requireSound(t, s)
}

// What was filed is found again, in its order, and page by page.
func TestPapersAreFound(t *testing.T) {
	s := open(t, t.TempDir())
	const n = 25
	appendRecords(t, s, n+1)
	for i := range uint64(n) {
		shop := fmt.Sprint("s-", i%2)
		filePapers(t, s, i+1,
			Paper{Place: Place(i+1, 0), Act: fmt.Appendf(nil, `{"at":%d}`, i)},
			Paper{Place: Place(i+1, 0), Report: &orderguard.Report{ID: fmt.Sprint("rp_", i), Shop: shop, Scenario: orderguard.Harassment, State: orderguard.Submitted, Revision: 1}},
			Paper{Place: Place(i+1, 1), Decision: &orderguard.Decision{ID: fmt.Sprint("dc_", i+1), Seq: i + 1, Kind: orderguard.LiftSanction}},
			Paper{Place: Place(i+1, 1), Delta: &orderguard.Delta{Shop: shop, Day: orderguard.Day(i % 3), Order: fmt.Sprint(i), Indicator: orderguard.DisputeRate}},
		)
	}
	var acts []string
	require.NoError(t, s.Acts(Place(3, 0), Place(5, MaxPlaces-1), func(place uint64, act []byte) error {
		acts = append(acts, fmt.Sprint(PlaceRecord(place), string(act)))
		return nil
	}))
	require.Equal(t, []string{`3{"at":2}`, `4{"at":3}`, `5{"at":4}`}, acts)

	var reports, decisions, deltas []string
	for after, more := uint64(0), true; more; {
		var list []orderguard.Report
		var err error
		list, after, more, err = s.ShopReports("s-0", after, 5)
		require.NoError(t, err)
		for _, r := range list {
			reports = append(reports, r.ID)
		}
	}
	for after, more := uint64(0), true; more; {
		var list []orderguard.Decision
		var err error
		list, more, err = s.Decisions(after, 7)
		require.NoError(t, err)
		for _, d := range list {
			decisions, after = append(decisions, d.ID), d.Seq
		}
	}
	for after, more := "", true; more; {
		var list []orderguard.Delta
		var err error
		list, after, more, err = s.Deltas("s-0", 1, after, 3)
		require.NoError(t, err)
		for _, d := range list {
			deltas = append(deltas, fmt.Sprint(int(d.Day), ":", d.Order))
		}
	}
	require.Len(t, reports, 13)
	require.Equal(t, "rp_24", reports[12])
	require.Len(t, decisions, n)
	require.Equal(t, []string{"1:4", "1:10", "1:16", "1:22", "2:2", "2:8", "2:14", "2:20"}, deltas)
	_, _, _, err := s.Deltas("s-0", 0, "zz", 3)
	require.ErrorIs(t, err, ErrBadPlace)
	last, err := s.LastDecision()
	require.NoError(t, err)
	require.EqualValues(t, n, last)
	requireSound(t, s)
	filePapers(t, s, n+1, Paper{Gone: &Gone{Shop: "s-0", Report: "rp_0"}})
	_, err = s.Report("rp_0")
	require.ErrorIs(t, err, ErrNotFound)
	requireSound(t, s)
}

// Check finds what does not go together.
func TestCheckPapers(t *testing.T) {
	for fault, spoil := range map[string]func(txn *badger.Txn) error{
		"its last verdict is abnormal": func(txn *badger.Txn) error {
			item, err := txn.Get(verdictKey("s-1", "al_1", 1))
			if err != nil {
				return err
			}
			v, err := item.ValueCopy(nil)
			if err != nil {
				return err
			}
			return txn.Set(verdictKey("s-1", "al_2", 1), v)
		},
		"1 reports, and 0 in the lists": func(txn *badger.Txn) error { return txn.Delete(shopReportKey("s-1", Place(7, 0))) },
		"and missing":                   func(txn *badger.Txn) error { return txn.Delete(reportKey("rp_1")) },
		"the last decision is 3":        func(txn *badger.Txn) error { return txn.Set(decisionKey(3), []byte(`{"seq":3,"kind":"lift"}`)) },
		"is kept under 1970-01-06":      func(txn *badger.Txn) error { return txn.Set(deltaKey("s-1", 5, 1), []byte(`{"day":"1970-01-07"}`)) },
		"attack \"at_9\"":               func(txn *badger.Txn) error { return txn.Set(attackKey("s-1", "at_9", "al_9"), nil) },
		"buyer \"b-9\"":                 func(txn *badger.Txn) error { return txn.Set(buyerAlertKey("b-9", 4), alertKey("s-1", "al_9")) },
		"of decision 7, which is missing": func(txn *badger.Txn) error {
			return txn.Set(newsKey("s-1", 1), decisionNews(&orderguard.Decision{Seq: 7}, 0))
		},
		"not known where endpoint \"erp\" began": func(txn *badger.Txn) error { return txn.Set(cursorKey("erp", "s-1"), Cursor{1, 1}.value()) },
		"told of change 99":                      func(txn *badger.Txn) error { return txn.Set(endpointKey("erp"), Cursor{99, 1}.value()) },
		"is of record 9":                         func(txn *badger.Txn) error { return txn.Set(actKey(Place(9, 0)), []byte(`{}`)) },
	} {
		t.Run(fault, func(t *testing.T) {
			s := open(t, t.TempDir())
			put(t, s, alert("s-1", "al_1", 50, "r"), alert("s-1", "al_2", 50, "r"))
			appendRecords(t, s, 9)
			fillPapers(t, s, 7)
			requireSound(t, s)
			require.NoError(t, s.db.Update(spoil))
			faults, err := s.Check(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, faults)
			require.Contains(t, fmt.Sprint(faults), fault)
		})
	}
}
