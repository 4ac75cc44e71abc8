package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// readFiles takes files, or standard input if there are none, through the
// pipeline, one after another as one stream. One that cannot be read does not
// keep the others from being read. Each, if not nil, is told of each batch, and
// says whether to go on.
func (p *pipeline) readFiles(ctx context.Context, files []string, each func() bool) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	defer p.runner.Meanwhile(nil)
	goOn := true
	var errs []error
	for _, name := range files {
		if ctx.Err() != nil || !goOn {
			break
		}
		src, err := ingest.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if name == "-" {
			name = "standard input"
		}
		r := ingest.NewReader(src, ingest.ReaderOptions{
			Feed: "detect", Source: name, Workers: p.options.workers, Each: p.runner.Each,
		})
		p.runner.Meanwhile(r.Ahead)
		errs = append(errs, p.drain(ctx, "detect", r, func(*orderguard.Batch, int64) {
			if each != nil {
				goOn = each()
			}
		}))
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// withJournal gives fn the store of a data folder, to read; of a daemon that runs, a copy.
func withJournal(ctx context.Context, data string, log *slog.Logger, fn func(*store.Store) error) error {
	if _, err := os.Stat(data); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	o := store.Options{Logger: log}
	err := withStore(ctx, data, store.OpenToRead, o, fn, func(d *daemonAPI) error { return d.lendCopy(o, fn) })
	if err != nil {
		return fmt.Errorf("--data %s: %w", data, err)
	}
	return nil
}

// lendCopy gives fn the daemon's store as it is now, which is in a folder for temporary files until fn returns.
func (d *daemonAPI) lendCopy(o store.Options, fn func(*store.Store) error) (err error) {
	in, err := d.patient().open(http.MethodGet, "/v1/backup", nil)
	if err != nil {
		return err
	}
	defer in.Close()
	dir, err := os.MkdirTemp("", "orderguard-copy-*")
	if err != nil {
		return fmt.Errorf("a folder for a copy of the running daemon's store: %w: set TMPDIR to a folder that can be written to", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if _, err := store.Restore(d.ctx, dir, o, in); err != nil {
		err = fmt.Errorf("a copy of the running daemon's store: %w", err)
		if errors.Is(err, store.ErrFull) {
			err = fmt.Errorf("%w; or set TMPDIR to a folder with room for all of it", err)
		}
		return err
	}
	s, err := store.OpenToRead(dir, o)
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.Close())
}

// arrive tells the order of events of a record of the journal, and returns what is due then.
func arrive(order *ingest.Sequencer, r *store.Record, c content) *orderguard.Batch {
	switch wall := wallOf(r); r.Kind {
	case store.Lines:
		return order.Push(r.Source, c.batch, wall)
	case store.Start:
		order.Wake(wall)
		if c.start != nil {
			return order.SetLateness(c.start.Lateness)
		}
	case store.Tick:
		return order.Tick(wall)
	case store.End:
		order.Close(r.Source, wall)
	}
	return nil
}

// readJournal takes the lines of a store's journal through the pipeline, as the daemon
// took them, but by the pipeline's own rules.
func (p *pipeline) readJournal(ctx context.Context, s *store.Store) error {
	if p.book != nil {
		first, _, _ := s.Journal()
		if err := p.book.rebuild(s.Acts, max(first, 1), s.Position()); err != nil {
			return err
		}
	}
	return s.Records(1, func(r *store.Record) error {
		if r.Kind == store.Rules {
			return ctx.Err()
		}
		if _, err := p.replay(ctx, r); err != nil {
			return fmt.Errorf("record %d of the journal: %w", r.Number, err)
		}
		return errors.Join(p.settle(ctx), ctx.Err())
	})
}
