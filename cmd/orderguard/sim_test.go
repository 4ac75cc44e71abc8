package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// TestSimulation runs the daemon's way of a batch, from feeds to committed
// alerts, on a simulated disk and clock, in a random schedule of steps, faults
// and crashes for each seed. The same seed is the same schedule, to the byte:
// ORDERGUARD_SIM_SEED=n runs one alone. After each schedule
//
//   - the journal holds each stream's lines once, in order, up to at least what
//     was acked;
//   - the alerts and their numbers are those that a daemon finds which judges
//     that journal from its first record, and never stops; so are the verdicts,
//     reports, decisions and deltas.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if text := os.Getenv("ORDERGUARD_SIM_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "ORDERGUARD_SIM_SEED")
		synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
		return
	}
	schedules := 150
	if text := os.Getenv("ORDERGUARD_SIM"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "ORDERGUARD_SIM")
		schedules = n
	} else if testing.Short() {
		schedules = 30
	}
	crashes, alerts, joined, papers := 0, 0, 0, map[string]int{}
	for seed := range uint64(schedules) {
		synctest.Test(t, func(t *testing.T) { // so that what is tried again a second later is tried at once
			s := simulate(t, seed)
			crashes, alerts, joined = crashes+s.crashes, alerts+len(s.disk.changes), joined+s.joined
			for key := range s.disk.papers {
				kind, _, _ := strings.Cut(key, " ")
				papers[kind]++
			}
		})
	}
	require.Greater(t, crashes, schedules)
	require.Greater(t, alerts, schedules)
	require.Greater(t, joined, schedules)
	for _, kind := range []string{"verdict", "report", "decision", "delta"} {
		require.Greater(t, papers[kind], schedules/20, kind)
	}
}

// errCrash ends a life of the simulated daemon.
var errCrash = errors.New("crash")

// simDisk is a store in memory that keeps what was synced, and fails, or ends
// the process, when chance says so.
type simDisk struct {
	rng       *rand.Rand
	calm      bool   // nothing fails
	end       func() // ends the life
	records   []store.Record
	feeds     map[string]store.FeedPosition
	position  uint64
	alerts    map[string]*orderguard.Alert
	changes   []string // each change of an alert, in order of seq
	snapshots map[uint64][]byte
	acts      map[uint64]json.RawMessage
	papers    map[string]string // of casework, but acts
}

func newSimDisk(rng *rand.Rand) *simDisk {
	return &simDisk{
		rng: rng, feeds: map[string]store.FeedPosition{}, alerts: map[string]*orderguard.Alert{}, snapshots: map[uint64][]byte{},
		acts: map[uint64]json.RawMessage{}, papers: map[string]string{},
	}
}

// fault says how many of n things a write keeps, and how it ends.
func (d *simDisk) fault(n int) (kept int, err error) {
	if d.calm || d.rng.IntN(8) > 0 {
		return n, nil
	}
	kept = d.rng.IntN(n + 1)
	if d.rng.IntN(2) == 0 {
		d.end()
		return kept, errCrash
	}
	return kept, errors.New("the disk fails")
}

func (d *simDisk) Append(records []store.Record) (int, error) {
	n, err := d.fault(len(records))
	for i := range n {
		records[i].Number = uint64(len(d.records) + 1)
		r := records[i]
		r.Raw = bytes.Clone(r.Raw)
		d.records = append(d.records, r)
		for feed, at := range r.Positions {
			d.feeds[feed] = at
		}
	}
	return n, err
}

func (d *simDisk) Record(n uint64) (store.Record, error) { return d.records[n-1], nil }

func (*simDisk) LastWall() (int64, error) { return 0, nil } // it has no wall clock

func (d *simDisk) Feeds() (map[string]store.FeedPosition, error) {
	feeds := map[string]store.FeedPosition{}
	for feed, at := range d.feeds {
		feeds[feed] = at
	}
	return feeds, nil
}

func (d *simDisk) Journal() (first, last uint64, size int64) {
	return min(1, uint64(len(d.records))), uint64(len(d.records)), 0
}

func (d *simDisk) Records(from uint64, fn func(*store.Record) error) error {
	for n := from; n <= uint64(len(d.records)); n++ {
		r := d.records[n-1]
		if err := fn(&r); err != nil {
			return err
		}
	}
	return nil
}

func (d *simDisk) Position() uint64 { return d.position }

// Commit merges alerts as the store does, and on a fault only some of them.
func (d *simDisk) Commit(alerts []orderguard.Alert, position uint64, papers ...store.Paper) (changed []orderguard.Alert, err error) {
	n, err := d.fault(len(alerts) + len(papers))
	for _, a := range alerts[:min(n, len(alerts))] {
		known := d.alerts[a.ID]
		if known == nil {
			known = &orderguard.Alert{}
			*known = a
			known.Revision, known.Reasons = 0, nil
			d.alerts[a.ID] = known
		}
		fresh := len(known.Reasons) == 0 || a.Score > known.Score
		for _, r := range a.Reasons {
			if !slices.ContainsFunc(known.Reasons, func(k orderguard.Reason) bool { return k.Rule == r.Rule }) {
				known.Reasons, fresh = append(known.Reasons, r), true
			}
		}
		if fresh {
			known.Revision++
			known.Score = max(known.Score, a.Score)
			d.changes = append(d.changes, fmt.Sprintf("%d %+v", len(d.changes)+1, *known))
			changed = append(changed, *known)
		}
	}
	for _, p := range papers[:max(n-len(alerts), 0)] {
		changed = append(changed, d.file(p)...)
	}
	if err == nil {
		d.position = max(d.position, position)
	}
	return changed, err
}

func (d *simDisk) SaveSnapshot(record uint64, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if _, err := d.fault(0); err != nil {
		return err
	}
	d.snapshots[record] = b.Bytes()
	return nil
}

// LoadSnapshot finds the newest snapshot torn, now and then.
func (d *simDisk) LoadSnapshot(load func(uint64, io.Reader) error) error {
	var all []uint64
	for n := range d.snapshots {
		all = append(all, n)
	}
	slices.Sort(all)
	for _, n := range slices.Backward(all) {
		if d.rng.IntN(6) > 0 && load(n, bytes.NewReader(d.snapshots[n])) == nil {
			return nil
		}
	}
	return store.ErrNotFound
}

// sim is one schedule.
type sim struct {
	t       *testing.T
	rng     *rand.Rand
	disk    *simDisk
	rules   []*ruleSource
	wall    int64
	lines   [][]byte // of each stream, its whole input
	acked   []int64
	crashes int
	joined  int // records that were judged with one before

	// Of the present life.
	work    context.Context
	flow    *flow
	sent    []int // bytes of each stream
	arrived []*parcel
	settler *settler
}

// simRules are two sets that share a window.
func simRules(t *testing.T) (rules []*ruleSource) {
	for _, limit := range []string{"3", "4"} {
		files := []ruleFile{{Name: "sim.yaml", Text: []byte(strings.Replace(burstRule, "at_least: 10", "at_least: "+limit, 1) + `  - id: unpaid
    scenario: malicious_order
    on: order.created
    after: 1m
    all:
      - {count: order.created, by: [shop], within: 10m, state: unpaid, at_least: 5}
`)}}
		set, err := parseRules(files)
		require.NoError(t, err)
		rules = append(rules, &ruleSource{files, set})
	}
	return rules
}

func simulate(t *testing.T, seed uint64) *sim {
	rng := rand.New(rand.NewPCG(seed, 77))
	s := &sim{
		t: t, rng: rng, rules: simRules(t), wall: 1_770_000_000_000,
		disk: newSimDisk(rng),
	}
	for f := range 2 {
		s.lines = append(s.lines, simLines(rng, f))
		s.acked = append(s.acked, 0)
	}
	for s.start(); !s.done(); {
		if errors.Is(s.step(), errCrash) {
			s.crashes++
			s.flow.pipeline.close()
			s.start()
		}
	}
	s.disk.calm = true
	require.NoError(t, s.judge(), "seed %d", seed)
	for !s.settler.idle() {
		require.NoError(t, s.settle(), "seed %d", seed)
	}
	s.flow.pipeline.close()
	s.check(seed)
	return s
}

// simLines returns the events of a feed.
func simLines(rng *rand.Rand, feed int) []byte {
	var b bytes.Buffer
	at := int64(1_770_000_000_000)
	for i := range 30 + rng.IntN(60) {
		at += rng.Int64N(20_000)
		status := []string{"created", "created", "paid"}[rng.IntN(3)]
		fmt.Fprintf(&b, `{"type":"order","status":%q,"id":"e-%d-%d","ts":%d,"shop":"s-%d","buyer":"b-%d","order":"o-%d-%d"}`+"\n",
			status, feed, i, at-rng.Int64N(1500), rng.IntN(2), rng.IntN(3), feed, i-rng.IntN(3))
		if rng.IntN(20) == 0 {
			b.WriteString("no event\n")
		}
	}
	return b.Bytes()
}

// start begins a life: it recovers, and feeds go on behind what is durable.
func (s *sim) start() {
	calm := s.disk.calm
	s.disk.calm = true // a fault here only makes the life begin again
	defer func() { s.disk.calm = calm }()
	log := slog.New(slog.DiscardHandler)
	p, err := newPipeline(pipelineOptions{
		rules: s.rules[0].set, files: s.rules[0].files, lateness: 77 * time.Hour, workers: 1 + s.rng.IntN(2), store: s.disk, casework: true, log: log,
		publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(s.t, err)
	s.work, s.disk.end = context.WithCancel(s.t.Context())
	_, err = p.recover(s.work, s.disk, log)
	require.NoError(s.t, err)
	dead, err := openDeadFile(os.DevNull)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = dead.Close() })
	s.flow, err = newFlow(s.disk, p, newSnapshotKeeper(s.disk, 1<<40, 0, log), dead, log)
	require.NoError(s.t, err)
	s.arrived, s.settler, s.sent = nil, &settler{flow: s.flow}, make([]int, len(s.lines))
	for f := range s.lines {
		at := s.flow.position(s.feedName(f))
		require.GreaterOrEqual(s.t, at.Lines, s.acked[f], "acked lines are lost")
		s.sent[f] = int(at.Bytes)
	}
	for _, kind := range []store.RecordKind{store.Rules, store.Start} {
		s.wall += s.rng.Int64N(20_000)
		x := &parcel{Record: store.Record{Kind: kind, Wall: s.wall}}
		if kind == store.Rules {
			rules := s.rules[s.rng.IntN(2)]
			x = rulesParcel(s.t, rules, s.wall)
		} else {
			// Each life may have a lateness of its own; before the first start there is nothing to wait.
			x.start = &startNote{Lateness: time.Duration(s.rng.IntN(3)) * time.Second}
			x.Raw, err = json.Marshal(x.start)
			require.NoError(s.t, err)
		}
		require.NoError(s.t, s.keep([]*parcel{x}))
	}
}

func rulesParcel(t *testing.T, rules *ruleSource, wall int64) *parcel {
	text, err := rules.text()
	require.NoError(t, err)
	return &parcel{Record: store.Record{Kind: store.Rules, Wall: wall, Raw: text}, content: content{rules: rules}}
}

func (s *sim) feedName(f int) string { return ingest.StreamFeed(fmt.Sprint("s", f)) }

// done says that all was sent, journalled and judged.
func (s *sim) done() bool {
	for f := range s.lines {
		if s.sent[f] < len(s.lines[f]) {
			return false
		}
	}
	return len(s.arrived) == 0 && len(s.flow.queue) == 0
}

// step does one of the things that can be done.
func (s *sim) step() error {
	s.wall += s.rng.Int64N(3000)
	switch s.rng.IntN(12) {
	default:
		s.send(s.rng.IntN(len(s.lines)))
	case 4, 5, 6:
		group := s.arrived[:s.rng.IntN(len(s.arrived)+1)]
		s.arrived = s.arrived[len(group):]
		if len(group) > 0 {
			return s.keep(group)
		}
	case 7, 8:
		return s.judge()
	case 9:
		return s.settle()
	case 10:
		if s.settler.idle() && s.flow.pipeline.record > 0 {
			return s.lived(s.snapshot())
		}
	case 11:
		switch s.rng.IntN(6) {
		case 0:
			return errCrash
		case 1:
			s.arrived = append(s.arrived, rulesParcel(s.t, s.rules[s.rng.IntN(2)], s.wall))
		case 2, 3:
			s.arrived = append(s.arrived, simActs(s.t, s.rng, s.disk, s.wall))
		default:
			s.arrived = append(s.arrived, &parcel{Record: store.Record{Kind: store.Tick, Wall: s.wall}})
		}
	}
	return nil
}

// snapshot takes a snapshot, which may fail.
func (s *sim) snapshot() error {
	s.flow.keeper.take(s.flow.pipeline)
	return nil
}

// send takes some lines of a stream.
func (s *sim) send(f int) {
	rest := s.lines[f][s.sent[f]:]
	n := 0
	for range 1 + s.rng.IntN(6) {
		n += bytes.IndexByte(rest[n:], '\n') + 1
	}
	if n == 0 {
		return
	}
	first := int64(bytes.Count(s.lines[f][:s.sent[f]], []byte("\n"))) + 1
	b, err := new(ingest.Redecoder).Decode(rest[:n], s.feedName(f), "", first, int64(s.sent[f]))
	require.NoError(s.t, err)
	s.sent[f] += n
	s.arrived = append(s.arrived, &parcel{
		Record: store.Record{
			Kind: store.Lines, Feed: b.Feed, Source: b.Feed, Wall: s.wall,
			FirstLine: b.FirstLine, Count: b.Lines, Offset: b.Offset, Raw: b.Raw,
		},
		content: content{batch: b}, size: int64(n), durable: func(at store.FeedPosition, err error) {
			if err == nil {
				s.acked[f] = at.Lines
			}
		},
	})
}

// keep journals a group. A disk that fails is tried again until it does not, or
// the life ends.
func (s *sim) keep(group []*parcel) error { return s.lived(s.flow.keepGroup(s.work, group)) }

// lived returns errCrash if the life has ended meanwhile.
func (s *sim) lived(err error) error {
	if s.work.Err() != nil {
		return errCrash
	}
	return err
}

// judge takes some of the queue through the pipeline, from memory or from the
// journal.
func (s *sim) judge() error {
	for range 1 + s.rng.IntN(4) {
		p := s.flow.dequeue()
		if p == nil {
			return nil
		}
		group := []*parcel{p}
		if s.rng.IntN(2) == 0 {
			group = s.flow.dequeueMore(group)
		}
		for _, p := range group {
			if s.rng.IntN(3) == 0 {
				p.batch = nil
			}
		}
		s.joined += len(group) - 1
		if p.Kind == store.Acts && s.settler.under != nil {
			if err := s.settle(); err != nil { // which acts wait for
				return err
			}
		}
		if err := s.settler.judge(s.work, group); err != nil {
			return s.lived(err)
		}
	}
	return nil
}

// settle begins a commit of what was found, or makes the one that was begun, beside which
// more may have been judged since.
func (s *sim) settle() error {
	if s.settler.under == nil {
		s.settler.begin()
		return nil
	}
	s.settler.under.run(s.work)
	return s.lived(s.settler.end(s.work))
}

// check holds the journal against what was sent, and the alerts against a life
// without an end.
func (s *sim) check(seed uint64) {
	got := make([][]byte, len(s.lines))
	for _, r := range s.disk.records {
		for f := range s.lines {
			if r.Feed == s.feedName(f) {
				got[f] = append(got[f], r.Raw...)
			}
		}
	}
	for f := range s.lines {
		require.Equal(s.t, string(s.lines[f]), string(got[f]), "seed %d: each line once, in order", seed)
	}
	twin := newSimDisk(s.rng)
	twin.calm, twin.records, twin.feeds = true, s.disk.records, s.disk.feeds
	log := slog.New(slog.DiscardHandler)
	p, err := newPipeline(pipelineOptions{
		rules: s.rules[0].set, files: s.rules[0].files, lateness: time.Hour, workers: 1, store: twin, casework: true, log: log,
		publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(s.t, err)
	defer p.close()
	_, err = p.recover(s.t.Context(), twin, log)
	require.NoError(s.t, err)
	require.Equal(s.t, strings.Join(twin.changes, "\n"), strings.Join(s.disk.changes, "\n"), "seed %d", seed)
	require.Equal(s.t, twin.papersOf(), s.disk.papersOf(), "seed %d", seed)
	require.Equal(s.t, twin.acts, s.disk.acts, "seed %d", seed)
}
