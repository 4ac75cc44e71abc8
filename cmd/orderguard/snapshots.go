package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// maxHeader is more than a snapshot's header can have: rules are most of it.
const maxHeader = 64 << 20

// header is the part of a snapshot that is the pipeline's own.
type header struct {
	Rules    []ruleFile    `json:"rules"` // those that judged
	Counts   counts        `json:"counts"`
	Lateness time.Duration `json:"lateness"` // by which events wait
	// Position is the last record of which anything was committed by then: a store
	// that says less has lost commits.
	Position uint64 `json:"position"`
	// Ledger says that the ledger follows, and Policy by which it counts.
	Ledger bool   `json:"ledger"`
	Policy string `json:"policy,omitempty"`
	// Suppressed are the alerts that verdicts keep quiet.
	Suppressed []orderguard.Alert `json:"hushed,omitempty"`
}

// save writes the state of a pipeline, as it is between two records:
//
//	uint32 length | header, JSON | ledger | sequencer | engine
func (p *pipeline) save(w io.Writer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	sections, err := p.sections()
	for i := 0; i < len(sections) && err == nil; i++ {
		err = sections[i](w)
	}
	return err
}

// errUnsettled says that what was found is not all committed: a snapshot of that moment would lose it.
var errUnsettled = errors.New("alerts wait to be committed")

// copySettled copies the state, for whoever judges and for others. It returns the record that was judged last.
func (p *pipeline) copySettled(to *copied) (record uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settling != nil || p.unsettled() > 0 {
		return p.record, errUnsettled
	}
	sections, err := p.sections()
	if err != nil {
		return p.record, err
	}
	return p.record, to.take(sections)
}

// sections returns what writes the state, see detect.Engine.Sections; the caller holds mu.
func (p *pipeline) sections() ([]func(io.Writer) error, error) {
	engine, err := p.engine.Sections()
	if err != nil {
		return nil, fmt.Errorf("the engine: %w", err)
	}
	sections := []func(io.Writer) error{p.writeHead}
	if p.book != nil {
		sections = append(sections, p.book.saveLedger)
	}
	return append(append(sections, p.order.Save), engine...), nil
}

// writeHead writes the header.
func (p *pipeline) writeHead(w io.Writer) error {
	h := header{Rules: p.options.files, Counts: p.counts, Lateness: p.options.lateness, Ledger: p.book != nil}
	if p.book != nil {
		h.Policy, h.Suppressed = p.book.policy(), p.book.suppressedAlerts()
	}
	if p.options.store != nil {
		h.Position = p.options.store.Position()
	}
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head...))
	return err
}

// load makes the state of a pipeline that of a snapshot taken after a record.
// On an error it is as before.
func (p *pipeline) load(record uint64, r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	var head header
	if err := head.read(in); err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	if at := p.settled; at < head.Position {
		return fmt.Errorf("the store has lost what was committed of records %d to %d: this is found again in the journal", at+1, head.Position)
	}
	rules, err := parseRules(head.Rules)
	if err != nil {
		return fmt.Errorf("the rules: %w", err)
	}
	var ledger *casework.Ledger
	if p.book != nil {
		if ledger, err = head.loadLedger(in); err != nil {
			return err
		}
	}
	order, err := ingest.LoadSequencer(ingest.SequencerOptions{Lateness: head.Lateness}, in)
	if err != nil {
		return fmt.Errorf("the order of events: %w", err)
	}
	engine, err := detect.Load(rules, detect.Options{}, in)
	if err != nil {
		return fmt.Errorf("the engine: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runner.Close()
	p.order = order
	p.use(engine)
	p.counts, p.record = head.Counts, record
	p.options.rules, p.options.files, p.ruled = rules, head.Rules, true
	p.options.lateness = head.Lateness
	if p.book != nil {
		p.book.ledger, p.book.since = ledger, record
		p.book.restoreSuppressed(head.Suppressed)
	}
	return nil
}

// storeOptions are those of a store that this program's engine and casework go on with.
func storeOptions(log *slog.Logger) store.Options {
	return store.Options{Logger: log, Committed: committedBy, Usable: goesOn, AlertID: detect.AlertID}
}

// goesOn says why no pipeline of this program can go on from a snapshot, which another version wrote; nil if one can.
// It looks at what versions differ in, and takes no room for the rest.
func goesOn(snapshot io.Reader) error {
	in := bufio.NewReaderSize(snapshot, 1<<20)
	var head header
	if err := head.read(in); err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	rules, err := parseRules(head.Rules)
	if err != nil {
		return fmt.Errorf("the rules: %w", err)
	}
	if err := head.passLedger(in); err != nil {
		return err
	}
	if _, err := ingest.LoadSequencer(ingest.SequencerOptions{Lateness: head.Lateness}, in); err != nil {
		return fmt.Errorf("the order of events: %w", err)
	}
	if err := detect.Readable(rules, detect.Options{}, in); err != nil {
		return fmt.Errorf("the engine: %w", err)
	}
	return nil
}

// committedBy reads from a snapshot how far the store had committed by then.
func committedBy(snapshot io.Reader) (position uint64, err error) {
	var h header
	err = h.read(snapshot)
	return h.Position, err
}

// loadLedger reads the ledger that follows a header.
func (h *header) loadLedger(in io.Reader) (*casework.Ledger, error) {
	policy, err := h.ledgerPolicy()
	if err != nil {
		return nil, err
	}
	return casework.LoadLedger(policy, in)
}

// passLedger reads over the ledger that follows a header.
func (h *header) passLedger(in io.Reader) error {
	if _, err := h.ledgerPolicy(); err != nil {
		return err
	}
	return casework.PassLedger(in)
}

// ledgerPolicy returns the policy by which the ledger counts that follows a header.
func (h *header) ledgerPolicy() (casework.Policy, error) {
	if !h.Ledger {
		return casework.Policy{}, errors.New("it has no ledger of the service indicators")
	}
	return casework.ParsePolicy("policy", []byte(h.Policy))
}

func (h *header) read(in io.Reader) error {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxHeader {
		return fmt.Errorf("%d bytes: not a snapshot of this program", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return err
	}
	return json.Unmarshal(text, h)
}

// snapshotKeeper takes a snapshot of a pipeline for every so many bytes of
// lines, so that the time of a restart is bounded.
type snapshotKeeper struct {
	store snapshots
	every int64
	// aside is how large a state may be, about, to be copied while the pipeline
	// stands still and written beside it; a larger one is written at once. 0 is
	// none.
	aside int64
	// atOnce is how large a state may be to be copied without making room for the copy before.
	atOnce int64
	// idle is after how long a pipeline that judges nothing is copied from beside it.
	idle    time.Duration
	log     *slog.Logger
	writing sync.WaitGroup
	end     sync.Once
	ending  chan struct{} // closed when what goes on beside the pipeline need not give way to it any more
	busy    atomic.Bool   // a copy is being written, or made room for
	room    chan *copied  // for whoever judges, to copy to
	fresh   atomic.Int64  // bytes of lines judged since one was last begun
	stats   struct {
		since, taken, failed atomic.Int64 // since is bytes of lines judged since the one kept last
	}
}

// snapshots is what a snapshotKeeper asks of the store.
type snapshots interface {
	// SaveSnapshot keeps what write writes as the state after a record. On an
	// error the snapshots that there were stay.
	SaveSnapshot(record uint64, write func(io.Writer) error) error
}

func newSnapshotKeeper(s snapshots, every, aside int64, log *slog.Logger) *snapshotKeeper {
	return &snapshotKeeper{store: s, every: every, aside: aside, atOnce: copiedAtOnce, idle: copiedIdle, log: log, room: make(chan *copied), ending: make(chan struct{})}
}

// note counts bytes of lines that have been judged, and takes a snapshot if one
// is due and none is being written. What was found is committed before.
func (k *snapshotKeeper) note(ctx context.Context, p *pipeline, size int64) error {
	k.stats.since.Add(size)
	due := k.fresh.Add(size) >= k.every
	var room *copied // that is ready
	select {
	case room = <-k.room:
	default:
		if !due || k.busy.Load() {
			return nil
		}
	}
	if err := p.settle(ctx); err != nil {
		if room != nil {
			k.drop(room)
		}
		return err
	}
	if room != nil {
		k.copy(p, room)
	} else {
		k.take(p)
	}
	return nil
}

// finish takes a snapshot at the end, if anything was judged since the last.
func (k *snapshotKeeper) finish(p *pipeline) {
	k.wait()
	if k.stats.since.Load() > 0 {
		k.takeAtOnce(p)
	}
}

// wait has what goes on beside the pipeline hurry, and returns when it has ended.
func (k *snapshotKeeper) wait() {
	k.end.Do(func() { close(k.ending) })
	k.writing.Wait()
}

// take begins a snapshot. One that fails costs time at the next start, and no
// data.
func (k *snapshotKeeper) take(p *pipeline) {
	held := p.held()
	if k.aside <= 0 || held > k.aside {
		k.takeAtOnce(p)
		return
	}
	k.fresh.Store(0)
	room, err := newCopied(held, p.options.workers)
	if err != nil {
		k.log.Warn("no memory for a copy: judging stands still while the snapshot is written", "record", p.record, "error", err)
		k.takeAtOnce(p)
		return
	}
	k.busy.Store(true)
	if held <= k.atOnce {
		k.copy(p, room)
		return
	}
	k.writing.Go(func() {
		room.back(held, k.rest)
		for {
			select {
			case k.room <- room:
				return
			case <-k.ending:
				k.drop(room)
				return
			case <-time.After(k.idle):
				if k.copy(p, room) {
					return
				}
			}
		}
	})
}

// takeAtOnce takes a snapshot while the pipeline stands still.
func (k *snapshotKeeper) takeAtOnce(p *pipeline) {
	k.fresh.Store(0)
	k.write(p.record, k.stats.since.Load(), p.save, time.Now())
}

// copy copies the state to a room that is there for it, and has it written beside the pipeline. It does nothing,
// and says so, within a batch and while something that was found is not committed.
func (k *snapshotKeeper) copy(p *pipeline, room *copied) (done bool) {
	begin, judged := time.Now(), k.stats.since.Load()
	record, err := p.copySettled(room)
	if errors.Is(err, errUnsettled) {
		return false
	}
	k.fresh.Store(0)
	if err != nil {
		k.drop(room)
		k.failed(record, err)
		return true
	}
	k.log.Debug("state copied for a snapshot", "record", record, "bytes", room.size(), "seconds", time.Since(begin).Seconds())
	k.writing.Go(func() {
		defer k.drop(room)
		k.write(record, judged, func(w io.Writer) error { return room.writeTo(w, k.rest) }, begin)
	})
	return true
}

// drop gives a room back, and lets the next snapshot be taken.
func (k *snapshotKeeper) drop(room *copied) {
	room.free()
	k.busy.Store(false)
}

// rest gives way to the pipeline for a while, unless the next snapshot is due by now, or all ends.
func (k *snapshotKeeper) rest(d time.Duration) {
	if k.fresh.Load() >= k.every {
		return
	}
	select {
	case <-k.ending:
	case <-time.After(d):
	}
}

// write keeps a snapshot, behind which so many bytes of lines need not be judged again.
func (k *snapshotKeeper) write(record uint64, judged int64, write func(io.Writer) error, begin time.Time) {
	if err := k.store.SaveSnapshot(record, write); err != nil {
		k.failed(record, err)
		return
	}
	k.stats.since.Add(-judged)
	k.stats.taken.Add(1)
	k.log.Info("snapshot taken", "record", record, "seconds", time.Since(begin).Seconds())
}

func (k *snapshotKeeper) failed(record uint64, err error) {
	k.stats.failed.Add(1)
	k.log.Error("no snapshot: a restart now takes longer, nothing is lost", "record", record, "error", err)
}
