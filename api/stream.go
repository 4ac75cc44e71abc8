package api

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// streamAlerts sends the shop's alerts as server-sent events, first those after
// the cursor and then each as it changes, until the client or the server goes.
// A client that does not read is dropped after WriteTimeout, and can come back
// with the id of the last alert that it has seen.
func (a *API) streamAlerts(w http.ResponseWriter, r *http.Request, t Token, shop string, q listQuery) (err error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if q.after, err = parseCursor(shop, last); err != nil {
			return err
		}
	}
	head, err := a.parts.Alerts.Head(shop)
	if err != nil {
		return fmt.Errorf("read the shop's head: %w", err)
	}
	if q.after > head {
		return aheadOf()
	}
	release, err := a.hold(t, a.streams, "streams")
	if err != nil {
		return err
	}
	defer release()
	waiter := a.hub.join(shop, q.Query)
	defer waiter.leave()

	s := &stream{w: w, rc: http.NewResponseController(w), timeout: a.opts.WriteTimeout}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies are not to hold events back
	s.buf.WriteString(": alerts of one shop\n\n")
	if !s.send() {
		return nil
	}
	a.follow(s, r, shop, q, waiter)
	return nil
}

// follow runs a stream to its end.
func (a *API) follow(s *stream, r *http.Request, shop string, q listQuery, waiter *waiter) {
	heartbeat := time.NewTicker(a.opts.Heartbeat)
	defer heartbeat.Stop()
	for {
		next, more, err := a.parts.Alerts.Changes(shop, q.after, q.Query, func(seq uint64, alert []byte) {
			s.event(cursor(shop, seq), alert)
		})
		if err != nil {
			a.log.Error("a stream failed", "error", err)
			return
		}
		q.after = next
		if !s.send() {
			return
		}
		if more {
			continue
		}
		select {
		case <-waiter.woken:
			if a.revoked(r) {
				return
			}
		case <-heartbeat.C:
			if a.revoked(r) {
				return
			}
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

func (s *stream) event(id string, data []byte) {
	s.buf.WriteString("id: ")
	s.buf.WriteString(id)
	s.buf.WriteString("\nevent: alert\ndata: ")
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
