package api

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// tape is what a stream sends: things of one list, in their order.
type tape struct {
	of    string // names the events
	scope string // of the list's cursors
	after uint64 // from where on
	hub   *hub
	shop  string // whose calls the hub wakes
	q     Query
	head  func() (uint64, error)
	read  func(after uint64, fn func(seq uint64, data []byte)) (next uint64, more bool, err error)
}

// stream sends a list as server-sent events, first what comes after the cursor
// and then each as it changes, until the client or the server goes. A client
// that does not read is dropped after WriteTimeout, and can come back with the
// id of the last event that it has seen.
func (a *API) stream(w http.ResponseWriter, r *http.Request, t Token, tp *tape) (err error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if tp.after, err = parseCursor(tp.scope, last); err != nil {
			return err
		}
	}
	head, err := tp.head()
	if err != nil {
		return fmt.Errorf("read where the list ends: %w", err)
	}
	if tp.after > head {
		return aheadOf()
	}
	release, err := a.hold(t, a.streams, "streams")
	if err != nil {
		return err
	}
	defer release()
	waiter := tp.hub.join(tp.shop, tp.q)
	defer waiter.leave()

	s := &stream{w: w, rc: http.NewResponseController(w), timeout: a.opts.WriteTimeout}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies are not to hold events back
	s.buf.WriteString(": one " + tp.of + " an event\n\n")
	if !s.send() {
		return nil
	}
	a.follow(s, r, tp, waiter)
	return nil
}

// follow runs a stream to its end.
func (a *API) follow(s *stream, r *http.Request, tp *tape, waiter *waiter) {
	heartbeat := time.NewTicker(a.opts.Heartbeat)
	defer heartbeat.Stop()
	for {
		// Asked once the stream can be woken: a token revoked before that wakes nobody.
		if a.revoked(r) {
			return
		}
		next, more, err := tp.read(tp.after, func(seq uint64, data []byte) {
			s.event(cursor(tp.scope, seq), tp.of, data)
		})
		if err != nil {
			a.log.Error("a stream failed", "of", tp.of, "request", s.w.Header().Get(requestID), "error", err)
			return
		}
		tp.after = next
		if !s.send() {
			return
		}
		if more {
			continue
		}
		select {
		case <-waiter.woken:
		case <-heartbeat.C:
			s.buf.WriteString(": still here\n\n")
		case <-a.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// revoked says whether the token of a call that is held open is good no more: it
// ends what it began.
func (a *API) revoked(r *http.Request) bool {
	secret, _ := bearer(r)
	_, err := a.parts.Guard.LookupToken(secret)
	return err != nil
}

// stream is an open answer of events.
type stream struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	buf     bytes.Buffer
}

func (s *stream) event(id, kind string, data []byte) {
	s.buf.WriteString("id: ")
	s.buf.WriteString(id)
	s.buf.WriteString("\nevent: ")
	s.buf.WriteString(kind)
	s.buf.WriteString("\ndata: ")
	s.buf.Write(data)
	s.buf.WriteString("\n\n")
}

// send writes what has gathered, and says whether the client still listens.
func (s *stream) send() bool {
	if s.buf.Len() == 0 {
		return true
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(s.timeout))
	_, err := s.w.Write(s.buf.Bytes())
	s.buf.Reset()
	return err == nil && s.rc.Flush() == nil
}
