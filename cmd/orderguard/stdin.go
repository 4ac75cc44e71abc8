package main

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/orderguard/orderguard/ingest"
)

// feedStdin takes the feed on standard input. The daemon goes on after its end.
func (d *daemon) feedStdin(ctx context.Context) error {
	stdin, err := ingest.Open("-")
	if err != nil {
		return err
	}
	if d.stdinStream != "" {
		d.feedStdinStream(ctx, stdin)
		return nil
	}
	d.drainStdin(ctx, "stdin", ingest.NewReader(stdin, ingest.ReaderOptions{Feed: "stdin", Source: "stdin", Workers: d.workers}))
	return d.flow.end(d.work, "stdin")
}

// feedStdinStream takes a stream from standard input, after what is durable of it.
func (d *daemon) feedStdinStream(ctx context.Context, stdin io.Reader) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	evict := func() {
		d.log.Error("standard input is read no further: another connection feeds its stream now", "stream", d.stdinStream)
		cancel()
	}
	feed := ingest.StreamFeed(d.stdinStream)
	end, err := d.flow.streams.claim(ctx, feed, sync.OnceFunc(evict))
	if errors.Is(err, ingest.ErrSuperseded) {
		d.log.Error("standard input is not read: another connection feeds its stream", "stream", d.stdinStream)
	}
	if err != nil {
		return // or the daemon stops
	}
	defer end()
	at := d.flow.position(feed)
	r := ingest.NewReader(stdin, ingest.ReaderOptions{
		Feed: feed, Source: "stdin", Workers: d.workers,
		FirstLine: at.Lines + 1, Offset: at.Bytes, Skip: at.Lines, Resumed: true,
	})
	d.drainStdin(ctx, feed, r)
	if n := r.Skipped(); n < at.Lines && ctx.Err() == nil {
		d.log.Warn("standard input is shorter than what is durable of its stream already, and nothing of it was new: is it the right input, or the right --stdin-stream?",
			"stream", d.stdinStream, "lines", n, "durable", at.Lines)
	}
}

// drainStdin takes what a reader of standard input gives, until stop ends.
func (d *daemon) drainStdin(stop context.Context, source string, r *ingest.Reader) {
	defer func() { _ = r.Close() }()
	if err := d.flow.drain(d.work, source, &lastLines{batches: r, stop: stop}, noCallbacks); err != nil {
		// One bad feed does not end the others.
		d.log.Error("the feed on standard input has ended", "error", err)
	}
}
