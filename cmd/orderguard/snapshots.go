package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// maxHeader is more than a snapshot's header can have: rules are most of it.
const maxHeader = 64 << 20

// header is the part of a snapshot that is the pipeline's own.
type header struct {
	Rules  []ruleFile `json:"rules"` // those that judged
	Counts counts     `json:"counts"`
	// Ledger says that the ledger follows, and Policy by which it counts.
	Ledger bool   `json:"ledger"`
	Policy string `json:"policy,omitempty"`
}

// save writes the state of a pipeline, as it is between two records:
//
//	uint32 length | header, JSON | ledger | sequencer | engine
func (p *pipeline) save(w io.Writer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := header{Rules: p.options.files, Counts: p.counts, Ledger: p.book != nil}
	if p.book != nil {
		h.Policy = p.book.policy()
	}
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head...)); err != nil {
		return err
	}
	if p.book != nil {
		if err := p.book.saveLedger(w); err != nil {
			return err
		}
	}
	if err := p.order.Save(w); err != nil {
		return fmt.Errorf("the order of events: %w", err)
	}
	if err := p.engine.Save(w); err != nil {
		return fmt.Errorf("the engine: %w", err)
	}
	return nil
}

// load makes the state of a pipeline that of a snapshot taken after a record.
// On an error it is as before.
func (p *pipeline) load(record uint64, r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	var head header
	if err := head.read(in); err != nil {
		return fmt.Errorf("the header: %w", err)
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
	order, err := ingest.LoadSequencer(ingest.SequencerOptions{Lateness: p.options.lateness}, in)
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
	p.order, p.engine, p.runner = order, engine, detect.NewRunner(engine, p.options.workers)
	p.screener = detect.NewScreener(engine)
	p.counts, p.record = head.Counts, record
	p.options.rules, p.options.files, p.ruled = rules, head.Rules, true
	if p.book != nil {
		p.book.ledger = ledger
	}
	return nil
}

// loadLedger reads the ledger that follows a header.
func (h *header) loadLedger(in io.Reader) (*casework.Ledger, error) {
	if !h.Ledger {
		return nil, errors.New("it has no ledger of the service indicators")
	}
	policy, err := casework.ParsePolicy("policy", []byte(h.Policy))
	if err != nil {
		return nil, err
	}
	return casework.LoadLedger(policy, in)
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
	log   *slog.Logger
	stats struct {
		since, taken, failed atomic.Int64 // since is bytes of lines
	}
}

// snapshots is what a snapshotKeeper asks of the store.
type snapshots interface {
	// SaveSnapshot keeps what write writes as the state after a record. On an
	// error the snapshots that there were stay.
	SaveSnapshot(record uint64, write func(io.Writer) error) error
}

// note counts bytes of lines that have been judged, and takes a snapshot if one
// is due.
func (k *snapshotKeeper) note(p *pipeline, size int64) {
	if k.stats.since.Add(size) >= k.every {
		k.take(p)
	}
}

// finish takes a snapshot at the end, if anything was judged since the last.
func (k *snapshotKeeper) finish(p *pipeline) {
	if k.stats.since.Load() > 0 {
		k.take(p)
	}
}

// take takes a snapshot. One that fails costs time at the next start, and no
// data.
func (k *snapshotKeeper) take(p *pipeline) {
	begin := time.Now()
	err := k.store.SaveSnapshot(p.record, p.save)
	k.stats.since.Store(0)
	if err != nil {
		k.stats.failed.Add(1)
		k.log.Error("no snapshot: a restart now takes longer, nothing is lost", "record", p.record, "error", err)
		return
	}
	k.stats.taken.Add(1)
	k.log.Info("snapshot taken", "record", p.record, "seconds", time.Since(begin).Seconds())
}
