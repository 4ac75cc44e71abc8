package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// retries are the waits between attempts, those of the Standard Webhooks
// specification; the last one repeats.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// maxAnswer is how much of an endpoint's answer is read, so that the connection
// can be used again.
const maxAnswer = 64 << 10

// refusal is an answer that is no success.
type refusal struct {
	status int
	after  time.Duration // what Retry-After asks for
}

func (r *refusal) Error() string {
	if r.status >= 300 && r.status < 400 {
		return fmt.Sprintf("it answered %d: a redirect is not followed, give its target as the url", r.status)
	}
	return fmt.Sprintf("it answered %d %s", r.status, http.StatusText(r.status))
}

// pause is how long to wait after the nth failure in a row, from 1 on.
func pause(n int, err error) time.Duration {
	return max(retries[min(n, len(retries))-1], asked(err))
}

// asked is how long the endpoint asked for, at most a day.
func asked(err error) time.Duration {
	var r *refusal
	if errors.As(err, &r) {
		return min(r.after, retries[len(retries)-1])
	}
	return 0
}

// unreachable says whether an attempt failed for a reason that is the endpoint's,
// whatever was sent.
func unreachable(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return true
	}
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// sign returns the signatures of a message, one for each key.
func sign(keys [][]byte, id string, at int64, body []byte) string {
	signatures := make([]string, 0, len(keys))
	for _, key := range keys {
		h := hmac.New(sha256.New, key)
		fmt.Fprintf(h, "%s.%d.", id, at)
		h.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(signatures, " ")
}

// newClient returns a client that goes where it is told, and nowhere else.
func newClient(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// send makes one attempt to deliver a message. What it returns names no URL: that
// may hold a secret.
func (c *courier) send(ctx context.Context, id string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its url cannot be called")
	}
	now := time.Now().Unix()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "orderguard/"+c.opts.Version)
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now, 10))
	r.Header.Set("Webhook-Signature", sign(c.Secrets, id, now, body))
	w, err := c.client.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("it did not answer within %v", c.opts.Timeout)
	}
	if err != nil {
		return fmt.Errorf("it cannot be reached: %w", err)
	}
	defer func() { _ = w.Body.Close() }()
	_, _ = io.CopyN(io.Discard, w.Body, maxAnswer)
	if w.StatusCode < 200 || w.StatusCode > 299 {
		return &refusal{w.StatusCode, retryAfter(w.Header.Get("Retry-After"))}
	}
	return nil
}

// retryAfter reads how long to wait: seconds, or a date.
func retryAfter(header string) time.Duration {
	if n, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(n, 0), 1<<30)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return time.Until(at)
	}
	return 0
}
