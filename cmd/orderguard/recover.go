package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// readAhead is how many records are decoded before they are judged, at a start.
const readAhead = 8

// maxTold is after how many bytes of lines a recovery says how far it has come.
const maxTold = 4 << 20

// history is what a recovery reads.
type history interface {
	// LoadSnapshot gives load the newest snapshot that is whole and that load
	// takes. The error is store.ErrNotFound if there is none.
	LoadSnapshot(load func(record uint64, r io.Reader) error) error
	// Records calls fn with the records from a number on, in order.
	Records(from uint64, fn func(*store.Record) error) error
	// Journal returns the numbers of the first and the last record, 0 if there is none.
	Journal() (first, last uint64, bytes int64)
}

// recover brings a new pipeline to where the journal ends: by the newest
// snapshot and the records after it. What comes of them is committed if it is
// not in the store yet. It returns how many records it judged.
func (p *pipeline) recover(ctx context.Context, h history, log *slog.Logger) (judged int, err error) {
	begin := time.Now()
	first, last, _ := h.Journal()
	err = h.LoadSnapshot(func(record uint64, r io.Reader) error {
		if record > last {
			return fmt.Errorf("it is of record %d, and the journal ends at %d: the store has lost lines that were acked", record, last)
		}
		return p.load(record, r)
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	from := p.record + 1
	if first > from {
		if !p.options.acceptLoss {
			return 0, fmt.Errorf("the journal begins at record %d, and no snapshot that can be used is newer than record %d: windows and service indicators would lack what came between: "+
				"restore a backup (orderguard restore) into another folder; or, to go on without that, start once with --accept-loss", first, p.record)
		}
		log.Error("the journal begins after the newest snapshot: windows and service indicators lack what came between", "snapshot", p.record, "journal", first)
		from, p.lacking = first, true
	}
	if err := p.readShed(p.record); err != nil {
		return 0, fmt.Errorf("read what was let go of: %w", err)
	}
	p.shedAgain(p.record)
	if p.book != nil {
		if err := p.book.rebuild(p.options.store.Acts, from, p.settled); err != nil {
			return 0, fmt.Errorf("read what was done: %w", err)
		}
	}
	if last < from {
		return 0, nil
	}
	log.Info("judging the journal's tail", "from", from, "to", last)
	if judged, err = p.catchUp(ctx, h, from, last); err != nil {
		return judged, fmt.Errorf("judge the journal's tail: %w", err)
	}
	log.Info("the journal's tail has been judged", "records", judged, "seconds", time.Since(begin).Seconds())
	return judged, nil
}

// decoded is a record with what it holds.
type decoded struct {
	store.Record
	content
	size int64             // of its lines
	by   *ingest.Redecoder // whose memory the batch is in
}

// redecoders are those whose batches have been judged.
var redecoders = sync.Pool{New: func() any { return new(ingest.Redecoder) }}

// free gives the batch's memory back.
func (d *decoded) free() {
	if d.by != nil {
		redecoders.Put(d.by)
	}
}

// catchUp judges records, while those after them are read and decoded.
func (p *pipeline) catchUp(ctx context.Context, h history, from, to uint64) (judged int, err error) {
	parts, ctx := errgroup.WithContext(ctx)
	ahead := make(chan decoded, readAhead)
	parts.Go(func() error {
		defer close(ahead)
		return h.Records(from, func(r *store.Record) error {
			d, err := decode(r)
			if err != nil {
				return fmt.Errorf("record %d: %w", r.Number, err)
			}
			select {
			case ahead <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	parts.Go(func() error {
		size := int64(0) // that nobody was told of
		settle := func() error {
			err := p.settle(ctx)
			if err == nil && p.caughtUp != nil {
				err = p.caughtUp(size)
				size = 0
			}
			return err
		}
		for d := range ahead {
			size += d.size
			if _, err := p.apply(ctx, &d.Record, d.content); err != nil {
				return fmt.Errorf("record %d: %w", d.Number, err)
			}
			d.free()
			judged++
			p.shedAgain(d.Number)
			if p.unsettled() >= maxFound || size >= maxTold {
				if err := settle(); err != nil {
					return err
				}
			}
		}
		return settle()
	})
	return judged, parts.Wait()
}

// replay judges a record of the journal.
func (p *pipeline) replay(ctx context.Context, r *store.Record) (duplicates int64, err error) {
	d, err := decode(r)
	if err != nil {
		return 0, err
	}
	defer d.free()
	return p.apply(ctx, r, d.content)
}

// decode reads what a record holds.
func decode(r *store.Record) (decoded, error) {
	d := decoded{Record: *r, size: int64(len(r.Raw))}
	d.Raw = nil
	var err error
	switch r.Kind {
	case store.Lines:
		d.by = redecoders.Get().(*ingest.Redecoder)
		d.batch, err = d.by.Decode(r.Raw, r.Feed, r.Source, r.FirstLine, r.Offset)
	case store.Rules:
		d.rules, err = rulesOf(r)
	case store.Acts:
		d.acts, err = actsOf(r)
	case store.Start:
		if len(r.Raw) > 0 {
			err = json.Unmarshal(r.Raw, &d.start)
		}
	}
	return d, err
}

// mendLost puts back what is lost in the store and known otherwise, where losses are accepted: reports, as
// the desk has them by what was done, and the orders of alerts, as lines name them.
func (p *pipeline) mendLost() (err error) {
	s, ok := p.options.store.(*store.Store)
	if !ok || p.book == nil || !p.options.acceptLoss {
		return nil
	}
	p.book.look(func(d *casework.Desk, _ *casework.Ledger) { err = s.MendReports(d.Report) })
	if err != nil {
		return err
	}
	return s.MendAlerts(func(lost []orderguard.Alert) (map[string]string, error) {
		orders, wanted := map[string]string{}, map[string]bool{}
		for _, a := range lost {
			wanted[a.ID] = true
		}
		orderOf := ordersOf()
		err := s.Records(1, func(r *store.Record) error {
			if r.Kind != store.Lines {
				return nil
			}
			for line := range bytes.Lines(r.Raw) {
				order := orderOf(bytes.TrimRight(line, "\r\n"))
				for of := orderguard.Scenario(1); order != "" && int(of) < orderguard.Scenarios; of++ {
					if id := detect.AlertID(order, of); wanted[id] {
						orders[id] = strings.Clone(order) // the next line takes its place in memory
					}
				}
			}
			return nil
		})
		return orders, err
	})
}
