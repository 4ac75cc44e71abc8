package bench

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// replay gives the events of an input, in order of event time, to judge, batch
// by batch, and its bad lines to reject. The sequencer may hold some back: at
// the end of all input, settle gives those too.
func replay(
	ctx context.Context, name string, src io.ReadCloser, workers int, order *ingest.Sequencer,
	judge func(*orderguard.Batch), reject func(*orderguard.Reject),
) (err error) {
	r := ingest.NewReader(src, ingest.ReaderOptions{Feed: "replay", Source: name, Workers: workers})
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Rejects {
			reject(&b.Rejects[i])
		}
		for due := order.Push("replay", b, time.Time{}); due != nil; due = order.Next() {
			judge(due)
		}
		r.Recycle(b)
	}
}

// settle gives what the sequencer still holds back to judge.
func settle(order *ingest.Sequencer, judge func(*orderguard.Batch)) {
	for due := order.Flush(); due != nil; due = order.Next() {
		judge(due)
	}
}
