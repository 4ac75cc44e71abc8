package main

import (
	"context"
	"errors"
	"fmt"
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

// readJournal takes the lines of a data folder's journal through the pipeline,
// as the daemon took them, but by the pipeline's own rules.
func (p *pipeline) readJournal(ctx context.Context, data string) (err error) {
	if _, err := os.Stat(data); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	s, err := store.OpenToRead(data, store.Options{Logger: p.options.log})
	if err != nil {
		return fmt.Errorf("--data %s: %w", data, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if p.book != nil {
		first, _, _ := s.Journal()
		if err := p.book.rebuild(s.Acts, max(first, 1)); err != nil {
			return fmt.Errorf("--data %s: %w", data, err)
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
