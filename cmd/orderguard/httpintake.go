package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// httpFeed is the feed of posts that name no stream.
const httpFeed = "http"

// httpIntake takes posted events through the flow.
type httpIntake struct {
	flow   *flow
	ready  func() error
	posts  posts
	mu     sync.RWMutex // held by each call
	closed bool
}

// posts is where it is kept how far posts with a key came, see store.Post.
type posts interface {
	Post(name string) (store.FeedPosition, error)
	SealPost(name, digest string) error
}

// Ingest takes a body of lines. When it returns, they are durable and judged, or events cannot
// be taken by now; then what was taken of it may be judged later. The receipt is right also
// with an error.
func (h *httpIntake) Ingest(ctx context.Context, p api.Post) (api.Receipt, error) {
	h.mu.RLock()
	at, err := h.admit(ctx, p)
	if err != nil {
		h.mu.RUnlock()
		return api.Receipt{}, err
	}
	end := func() {
		at.end()
		h.mu.RUnlock()
	}
	body := io.Reader(whileOpen{ctx, p.Body})
	if at.position.Digest != "" {
		defer end()
		return again(at.position, body)
	}
	digest := sha256.New()
	if at.post != "" {
		body = io.TeeReader(body, digest)
	}
	sum := &receiptSum{post: at.post, offset: p.Offset}
	if at.resumes {
		sum.reached(at.position.Lines)
	}
	r := ingest.NewReader(body, at.options(p.Offset))
	ctx, stop := whileReady(ctx, h.ready)
	defer stop()
	var under sync.WaitGroup
	poured := h.flow.pour(ctx, at.feed, r, sum.of, &under)
	sum.skipped(r.Skipped())
	settled := make(chan error, 1)
	go func() {
		under.Wait()
		err := errors.Join(poured, sum.err)
		if err == nil && at.post != "" {
			h.seal(at.post, digest)
		}
		r.Close()
		end()
		settled <- err
	}()
	select {
	case err = <-settled:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if errors.Is(err, errBehind) {
		err = notTaken(err)
	}
	return sum.receipt(), err
}

// seal keeps the digest of a post that was taken whole.
func (h *httpIntake) seal(post string, digest hash.Hash) {
	if err := h.posts.SealPost(post, hex.EncodeToString(digest.Sum(nil))); err != nil {
		h.flow.log.Warn("the digest of a post was not kept: another body with its key will not be told from it", "error", err)
	}
}

// admit finds the place of a post, if posts are taken.
func (h *httpIntake) admit(ctx context.Context, p api.Post) (place, error) {
	if h.closed {
		return place{}, fmt.Errorf("%w: the daemon stops", api.ErrBusy)
	}
	if err := h.ready(); err != nil {
		return place{}, notTaken(err)
	}
	return h.place(ctx, p)
}

// stuckAfter is for how long somebody waits for a store that does not take what it was given.
const stuckAfter = 5 * time.Second

// whileReady returns a context that ends as well, with api.ErrBusy, when events cannot be taken
// after a while. Stop frees it.
func whileReady(ctx context.Context, ready func() error) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		t := time.NewTicker(stuckAfter)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := ready(); err != nil {
					cancel(notTaken(err))
					return
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// again answers a post that was taken whole before: nothing of it is taken, and
// another body under its key is refused.
func again(was store.FeedPosition, body io.Reader) (api.Receipt, error) {
	digest := sha256.New()
	_, err := io.Copy(digest, body)
	if err == nil && hex.EncodeToString(digest.Sum(nil)) != was.Digest {
		err = api.ErrOtherBody
	}
	if err != nil {
		return api.Receipt{}, err
	}
	return api.Receipt{Skipped: was.Lines, Durable: &was.Lines, Rejected: []api.Rejection{}}, nil
}

// place is where the lines of a post belong.
type place struct {
	feed, source string // of the lines
	post         string // its name, if it has a key
	resumes      bool   // something may be durable already: up to the position
	position     store.FeedPosition
	end          func() // lets go of it
}

// place finds where the lines of a post belong. Its stream, or its key, is the
// post's own until the place is let go of.
func (h *httpIntake) place(ctx context.Context, p api.Post) (at place, err error) {
	at = place{feed: httpFeed, source: httpFeed, end: func() {}}
	name := ""
	switch {
	case p.Stream != "":
		at.feed, at.source = ingest.StreamFeed(p.Stream), "stream "+p.Stream
		name = at.feed
	case p.Key != "":
		at.post, name = p.Key, "post:"+p.Key
	default:
		return at, nil
	}
	at.resumes = true
	free, err := h.flow.streams.claim(ctx, name, p.Interrupt)
	switch {
	case errors.Is(err, ingest.ErrSuperseded):
		return at, fmt.Errorf("%w: %w", api.ErrSuperseded, err)
	case err != nil:
		return at, notTaken(err)
	}
	if at.end = free; at.post == "" {
		at.position = h.flow.position(at.feed)
	} else if at.position, err = h.posts.Post(at.post); err == nil {
		h.flow.beginPost(at.post, at.position)
		at.end = func() {
			h.flow.endPost(at.post)
			free()
		}
	}
	if err == nil && p.Offset > at.position.Lines {
		err = &api.GapError{Offset: p.Offset, Durable: at.position.Lines}
	}
	if err != nil {
		at.end()
	}
	return at, err
}

// options returns how a body is read whose lines come after offset.
func (at place) options(offset int64) ingest.ReaderOptions {
	o := ingest.ReaderOptions{Feed: at.feed, Source: at.source, Workers: 1}
	if at.resumes {
		o.Skip, o.Resumed = at.position.Lines-offset, true
		o.FirstLine, o.Offset = at.position.Lines+1, at.position.Bytes
	}
	return o
}

// receiptSum adds up what became of the batches of a body.
type receiptSum struct {
	post   string // its name, if it has a key
	offset int64  // lines of the stream before the body
	mu     sync.Mutex
	sum    api.Receipt
	err    error // of the first batch that was not judged
}

// of returns the callbacks of a batch.
func (s *receiptSum) of(b *orderguard.Batch) callbacks {
	part := api.Receipt{Accepted: int64(len(b.Events)), RejectedTotal: int64(len(b.Rejects))}
	for i := range b.Rejects[:min(len(b.Rejects), maxRejected)] {
		part.Rejected = append(part.Rejected, api.Rejection{Line: b.Rejects[i].Line - s.offset, Error: b.Rejects[i].Detail})
	}
	return callbacks{
		post: s.post,
		durable: func(at store.FeedPosition, err error) {
			if err == nil {
				s.add(part, at)
			}
		},
		judged: func(duplicates int64, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sum.Duplicates += duplicates
			s.err = cmp.Or(s.err, err)
		},
	}
}

// add adds a batch that is durable. Batches become so in their order.
func (s *receiptSum) add(part api.Receipt, at store.FeedPosition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum.Durable != nil {
		s.reached(at.Lines)
	}
	s.sum.Accepted += part.Accepted
	s.sum.RejectedTotal += part.RejectedTotal
	s.sum.Rejected = append(s.sum.Rejected, part.Rejected...)
	s.sum.Rejected = s.sum.Rejected[:min(len(s.sum.Rejected), maxRejected)]
}

// skipped notes how many lines were left out.
func (s *receiptSum) skipped(lines int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.Skipped = lines
}

// reached notes how far a stream, or a post with a key, has come.
func (s *receiptSum) reached(lines int64) { s.sum.Durable = &lines }

func (s *receiptSum) receipt() api.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum.Rejected == nil {
		s.sum.Rejected = []api.Rejection{}
	}
	return s.sum
}

// close waits for the calls under way, and refuses those that come later.
func (h *httpIntake) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// whileOpen reads a body until its call ends.
type whileOpen struct {
	ctx  context.Context
	body io.Reader
}

func (w whileOpen) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.body.Read(b)
}

// maxRejected is how many bad lines the answer to a post lists.
const maxRejected = 1000
