package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// sellers read the alerts of shops as the sellers of a marketplace do, and note
// how long it took from when a probe was due until its alert could be read.
type sellers struct {
	daemon *Daemon
	probes *pacing
	client *http.Client
	read   *latency // of probes' alerts

	requests atomic.Int64
	mu       sync.Mutex
	last     time.Time
	seen     map[int64]bool
	more     chan struct{} // told of each seen probe
}

func newSellers(d *Daemon, p *pacing, conns int) *sellers {
	return &sellers{
		daemon: d, probes: p, read: newLatency(), seen: map[int64]bool{}, more: make(chan struct{}, 1),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: 0}},
	}
}

// alertPage is what a page of alerts says that is of use here.
type alertPage struct {
	Alerts []struct{ Order string }
	Next   string
}

// get makes a call for a shop's alerts.
func (s *sellers) get(ctx context.Context, shop string, query url.Values, headers ...string) (*http.Response, error) {
	s.requests.Add(1)
	return s.call(ctx, http.MethodGet, "/v1/shops/"+url.PathEscape(shop)+"/alerts?"+query.Encode(), nil, headers...)
}

// call makes a call to the daemon.
func (s *sellers) call(ctx context.Context, method, path string, body io.Reader, headers ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.daemon.HTTP+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.daemon.Token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.client.Do(r)
}

// screen asks what would be found of an order.
func (s *sellers) screen(ctx context.Context, order map[string]any) error {
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	w, err := s.call(ctx, http.MethodPost, "/v1/screen", bytes.NewReader(body), "Content-Type", "application/json")
	if err != nil {
		return err
	}
	text, err := io.ReadAll(w.Body)
	_ = w.Body.Close() // it has been read
	if err == nil && w.StatusCode != http.StatusOK {
		err = fmt.Errorf("POST /v1/screen: %s: %s", w.Status, tail(string(text)))
	}
	return err
}

// page reads a page of a shop's alerts.
func (s *sellers) page(ctx context.Context, shop string, query url.Values, headers ...string) (p alertPage, tag string, err error) {
	var text bytes.Buffer
	tag, err = s.text(ctx, &text, shop, query, headers...)
	if err == nil && text.Len() > 0 {
		err = json.Unmarshal(text.Bytes(), &p)
	}
	return p, tag, err
}

// text reads a page of a shop's alerts as it is written into a buffer, nothing if it has not changed.
func (s *sellers) text(ctx context.Context, into *bytes.Buffer, shop string, query url.Values, headers ...string) (tag string, err error) {
	into.Reset()
	w, err := s.get(ctx, shop, query, headers...)
	if err != nil {
		return "", err
	}
	_, err = into.ReadFrom(w.Body)
	_ = w.Body.Close() // it has been read
	switch {
	case err != nil:
		return "", err
	case w.StatusCode == http.StatusNotModified:
		into.Reset()
	case w.StatusCode != http.StatusOK:
		return "", fmt.Errorf("GET alerts of %s: %s: %s", shop, w.Status, tail(into.String()))
	}
	return w.Header.Get("Etag"), nil
}

// poll waits for the alerts of a shop, page after page, until ctx ends.
func (s *sellers) poll(ctx context.Context, shop string) error {
	for next := ""; ; {
		query := url.Values{"wait": {"20s"}, "limit": {"50"}}
		if next != "" {
			query.Set("after", next)
		}
		p, _, err := s.page(ctx, shop, query)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		now := time.Now()
		for _, a := range p.Alerts {
			s.note(a.Order, now)
		}
		next = p.Next
	}
}

// stream takes the alerts of a shop as server-sent events, until ctx ends.
func (s *sellers) stream(ctx context.Context, shop string) error {
	w, err := s.get(ctx, shop, nil, "Accept", "text/event-stream")
	if err != nil {
		return unlessEnded(ctx, err)
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusOK {
		return fmt.Errorf("stream of alerts of %s: %s", shop, w.Status)
	}
	lines := bufio.NewScanner(w.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		var a struct{ Order string }
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		s.note(a.Order, time.Now())
	}
	return unlessEnded(ctx, cmp.Or(lines.Err(), fmt.Errorf("the stream of alerts of %s has ended", shop)))
}

func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// note notes that an order's alert could be read, if it is that of a probe.
func (s *sellers) note(order string, now time.Time) {
	n, ok := s.probes.numberOf(order)
	if !ok {
		return
	}
	s.mu.Lock()
	again := s.seen[n]
	s.seen[n], s.last = true, now
	s.mu.Unlock()
	if again {
		return
	}
	s.read.note(now.Sub(s.probes.due(n)))
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// await waits until so many probes' alerts have been seen, or none has been for
// a while, and returns how many were not.
func (s *sellers) await(ctx context.Context, want int64, patience time.Duration) (missing int64) {
	for s.read.count() < want {
		select {
		case <-s.more:
		case <-time.After(patience):
			return want - s.read.count()
		case <-ctx.Done():
			return want - s.read.count()
		}
	}
	return 0
}
