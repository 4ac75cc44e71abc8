package main

import (
	"context"
	"errors"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// readFiles takes files, or standard input if there are none, through the
// pipeline, one after another as one stream. One that cannot be read does not
// keep the others from being read. Each, if not nil, is told of each batch, and
// says whether to go on.
func (p *pipeline) readFiles(ctx context.Context, files []string, each func() bool) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
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
		errs = append(errs, p.drain(ctx, "detect", r, func(*orderguard.Batch, int64) {
			if each != nil {
				goOn = each()
			}
		}))
	}
	return errors.Join(append(errs, ctx.Err())...)
}
