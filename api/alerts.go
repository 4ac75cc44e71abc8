package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// listAlerts answers GET /v1/shops/{shop}/alerts: a page, a page to wait for,
// or a stream.
func (a *API) listAlerts(w http.ResponseWriter, r *http.Request, t Token) error {
	shop := r.PathValue("shop")
	q, err := parseList(a.scope(shop), r)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept, Authorization")
	form := preferred(r, jsonMedia, eventMedia, csvMedia)
	if form == eventMedia {
		return a.stream(w, r, t, a.alertTape(shop, q))
	}
	p := pages.Get().(*page)
	defer pages.Put(p)
	have := r.Header.Get("If-None-Match")
	q.csv = form == csvMedia
	if q.wait == 0 {
		if err := a.readPage(p, shop, q, have); err != nil {
			return err
		}
	} else if err := a.await(w, r, t, q.wait, &a.hub, shop, q.Query, func() (done bool, err error) {
		// What the filters pass over is passed over once.
		err = a.readPage(p, shop, q, have)
		q.after = p.next
		return p.count > 0 || p.more, err
	}); err != nil {
		return err
	}
	if q.csv {
		return p.writeTable(w, r, a.scope(shop))
	}
	p.write(w, a.scope(shop))
	return nil
}

// alertTape is what a stream of a shop's alerts sends.
func (a *API) alertTape(shop string, q listQuery) *tape {
	return &tape{
		of: "alert", scope: a.scope(shop), after: q.after, hub: &a.hub, shop: shop, q: q.Query,
		head: func() (uint64, error) { return a.parts.Alerts.Head(shop) },
		read: func(after uint64, fn func(uint64, []byte)) (uint64, bool, error) {
			return a.parts.Alerts.Changes(shop, after, q.Query, fn)
		},
	}
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
	p.tag = a.tag(head, "")
	if q.csv {
		p.tag = a.tag(head, "-csv")
	}
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

// begin writes the header, and says whether there is anything to add.
func (p *page) begin(w http.ResponseWriter) bool {
	h := w.Header()
	h.Set("Etag", p.tag)
	// Each use of a stored answer is to be checked by its tag.
	h.Set("Cache-Control", "private, no-cache")
	if p.unchanged {
		w.WriteHeader(http.StatusNotModified)
	}
	return !p.unchanged
}

// writeTable writes the page as a table.
func (p *page) writeTable(w http.ResponseWriter, r *http.Request, scope string) error {
	if p.unchanged {
		p.begin(w)
		return nil
	}
	p.body.WriteString("]}")
	var all AlertPage
	if err := json.Unmarshal(p.body.Bytes(), &all); err != nil {
		return fmt.Errorf("read stored alerts: %w", err)
	}
	p.begin(w)
	if p.more {
		linkNext(w, r, cursor(scope, p.next))
	}
	return alertTable(all.Alerts).write(w)
}

func (p *page) write(w http.ResponseWriter, scope string) {
	if !p.begin(w) {
		return
	}
	h := w.Header()
	p.body.WriteString(`],"next":"`)
	p.body.WriteString(cursor(scope, p.next))
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

// getAlert answers GET /v1/shops/{shop}/alerts/{alert}.
func (a *API) getAlert(w http.ResponseWriter, r *http.Request, _ Token) error {
	alert, timeline, err := a.parts.Alerts.Alert(r.PathValue("shop"), r.PathValue("alert"))
	if err != nil {
		return fmt.Errorf("read an alert: %w", err)
	}
	if len(alert) == 0 || alert[len(alert)-1] != '}' {
		panic("BUG: an alert that is no JSON object")
	}
	for i := range timeline {
		timeline[i].Rules = filled(timeline[i].Rules)
	}
	steps, err := json.Marshal(filled(timeline))
	if err != nil {
		return fmt.Errorf("write an alert's timeline: %w", err)
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	if n := len(timeline); n > 0 {
		h.Set("Etag", a.tag(timeline[n-1].Seq, ""))
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
