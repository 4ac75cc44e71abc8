package main

import (
	"context"
	"errors"
	"sync"

	"github.com/orderguard/orderguard/ingest"
)

// feedStdin takes the feed on standard input. The daemon goes on after its end.
func (d *daemon) feedStdin(ctx context.Context) error {
	stdin, err := ingest.Open("-")
	if err != nil {
		return err
	}
	source, o := "stdin", ingest.ReaderOptions{Feed: "stdin", Source: "stdin", Workers: d.workers}
	if d.stdinStream != "" {
		source = ingest.StreamFeed(d.stdinStream)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		evict := func() {
			d.log.Error("standard input is read no further: another connection feeds its stream now", "stream", d.stdinStream)
			cancel()
		}
		end, err := d.flow.streams.claim(ctx, source, sync.OnceFunc(evict))
		if errors.Is(err, ingest.ErrSuperseded) {
			d.log.Error("standard input is not read: another connection feeds its stream", "stream", d.stdinStream)
		}
		if err != nil {
			return nil // or the daemon stops
		}
		defer end()
		at := d.flow.position(source)
		o.Feed, o.FirstLine, o.Offset, o.Skip, o.Resumed = source, at.Lines+1, at.Bytes, at.Lines, true
		r := ingest.NewReader(stdin, o)
		err = d.drainStdin(ctx, source, r)
		if n := r.Skipped(); n < at.Lines && ctx.Err() == nil {
			d.log.Warn("standard input is shorter than what is durable of its stream already, and nothing of it was new: is it the right input, or the right --stdin-stream?",
				"stream", d.stdinStream, "lines", n, "durable", at.Lines)
		}
		return err
	}
	if err := d.drainStdin(ctx, source, ingest.NewReader(stdin, o)); err != nil {
		return err
	}
	return d.flow.end(d.work, source)
}

// drainStdin takes what a reader of standard input gives, until stop ends.
func (d *daemon) drainStdin(stop context.Context, source string, r *ingest.Reader) error {
	defer func() { _ = r.Close() }()
	if err := d.flow.drain(d.work, source, &lastLines{batches: r, stop: stop}, noCallbacks); err != nil {
		// One bad feed does not end the others.
		d.log.Error("the feed on standard input has ended", "error", err)
	}
	return nil
}
