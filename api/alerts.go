package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// listAlerts answers GET /v1/shops/{shop}/alerts: a page, a page to wait for,
// or a stream.
func (a *API) listAlerts(w http.ResponseWriter, r *http.Request, t Token) error {
	shop := r.PathValue("shop")
	q, err := parseList(shop, r)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept, Authorization")
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return a.streamAlerts(w, r, t, shop, q)
	}
	p := pages.Get().(*page)
	defer pages.Put(p)
	if q.wait == 0 {
		if err := a.readPage(p, shop, q, r.Header.Get("If-None-Match")); err != nil {
			return err
		}
	} else if err := a.waitForPage(p, w, r, t, shop, q); err != nil {
		return err
	}
	p.write(w, shop)
	return nil
}

// page is one answer of the alert list, made of JSON that lies ready.
type page struct {
	body      bytes.Buffer
	count     int
	next      uint64
	more      bool
	tag       string
	unchanged bool // the client has this one
}

var pages = sync.Pool{New: func() any { return new(page) }}

// readPage reads a page, unless the client has it already.
func (a *API) readPage(p *page, shop string, q listQuery, have string) error {
	body := &p.body
	body.Reset()
	*p = page{body: *body}
	head, err := a.parts.Alerts.Head(shop)
	if err != nil {
		return fmt.Errorf("read the shop's head: %w", err)
	}
	if q.after > head {
		return aheadOf()
	}
	// Whatever the list of a shop says at one URL, it says until its head
	// moves. The head is read before the list: if that moves in between, the
	// tag is of the past and the client asks once more than it had to.
	p.tag = `"` + strconv.FormatUint(head, 36) + `"`
	p.next = q.after
	if have != "" && tagMatches(have, p.tag) {
		p.unchanged = true
		return nil
	}
	p.body.WriteString(`{"alerts":[`)
	p.next, p.more, err = a.parts.Alerts.Changes(shop, q.after, q.Query, func(_ uint64, alert []byte) {
		if p.count++; p.count > 1 {
			p.body.WriteByte(',')
		}
		p.body.Write(alert)
	})
	if err != nil {
		return fmt.Errorf("read the shop's alerts: %w", err)
	}
	return nil
}

// tagMatches says whether If-None-Match names the tag.
func tagMatches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == tag || part == "*" {
			return true
		}
	}
	return false
}

// maxKept is the largest body that is kept for the next page.
const maxKept = 1 << 20

func (p *page) write(w http.ResponseWriter, shop string) {
	h := w.Header()
	h.Set("Etag", p.tag)
	// Each use of a stored answer is to be checked by its tag.
	h.Set("Cache-Control", "private, no-cache")
	if p.unchanged {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.body.WriteString(`],"next":"`)
	p.body.WriteString(cursor(shop, p.next))
	p.body.WriteString(`","more":`)
	p.body.WriteString(strconv.FormatBool(p.more))
	p.body.WriteString("}\n")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(p.body.Len()))
	_, _ = w.Write(p.body.Bytes())
	if p.body.Cap() > maxKept {
		p.body = bytes.Buffer{}
	}
}

// waitForPage reads a page once there is something in it that the client has
// not, or the time is up.
func (a *API) waitForPage(p *page, w http.ResponseWriter, r *http.Request, t Token, shop string, q listQuery) error {
	have := r.Header.Get("If-None-Match")
	// Most calls that may wait need not.
	if err := a.readPage(p, shop, q, have); err != nil || p.count > 0 || p.more {
		return err
	}
	release, err := a.hold(t, a.waits, "waiting calls")
	if err != nil {
		return err
	}
	defer release()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(q.wait + a.opts.WriteTimeout))
	waiter := a.hub.join(shop, q.Query)
	defer waiter.leave()
	timeout := time.NewTimer(q.wait)
	defer timeout.Stop()
	for {
		// From where the last look ended, so that what the filters pass over
		// is passed over once.
		q.after = p.next
		if err := a.readPage(p, shop, q, have); err != nil || p.count > 0 || p.more {
			return err
		}
		select {
		case <-waiter.woken:
			if a.revoked(r) {
				return unauthorized("The token was revoked while the call waited.", "Bearer error=\"invalid_token\"")
			}
		case <-timeout.C:
			return nil
		case <-a.closed:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}

// getAlert answers GET /v1/shops/{shop}/alerts/{alert}.
func (a *API) getAlert(w http.ResponseWriter, r *http.Request, _ Token) error {
	alert, timeline, err := a.parts.Alerts.Alert(r.PathValue("shop"), r.PathValue("alert"))
	if err != nil {
		return fmt.Errorf("read an alert: %w", err)
	}
	if len(alert) == 0 || alert[len(alert)-1] != '}' {
		panic("BUG: an alert that is no JSON object")
	}
	if timeline == nil {
		timeline = []Step{}
	}
	steps, err := json.Marshal(timeline)
	if err != nil {
		return fmt.Errorf("write an alert's timeline: %w", err)
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	if n := len(timeline); n > 0 {
		h.Set("Etag", `"`+strconv.FormatUint(timeline[n-1].Seq, 36)+`"`)
		if have := r.Header.Get("If-None-Match"); have != "" && tagMatches(have, h.Get("Etag")) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", "application/json")
	body := make([]byte, 0, len(alert)+len(steps)+16)
	body = append(body, alert[:len(alert)-1]...)
	body = append(body, `,"timeline":`...)
	body = append(body, steps...)
	_, _ = w.Write(append(body, "}\n"...))
	return nil
}
