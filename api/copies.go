package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Copies is where what is kept is copied and checked, while all else goes on.
type Copies interface {
	// Backup writes a copy: of all, or with a store's id and a version that an
	// earlier copy named, of what is new since. The error is ErrInvalid, before
	// anything is written, when there was no such copy.
	Backup(ctx context.Context, w io.Writer, store string, since uint64) error
	// Check looks at everything, and returns what is wrong in sentences.
	Check(ctx context.Context) (CheckResult, error)
}

// CheckResult is the answer of GET /v1/check.
type CheckResult struct {
	Faults []string `json:"faults" doc:"What is wrong, a sentence each; empty when all is well"`
	Lost   []string `json:"lost" doc:"What is lost for good and was given up, a sentence each; no fault"`
}

// untilClosed returns a call's context that ends with the server too.
func (a *API) untilClosed(r *http.Request) (ctx context.Context, cancel func()) {
	ctx, cancel = context.WithCancel(r.Context())
	go func() {
		select {
		case <-a.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (a *API) getBackup(w http.ResponseWriter, r *http.Request, _ Token) error {
	values, err := parseQuery(r, "store", "since")
	if err != nil {
		return err
	}
	since := uint64(0)
	if text := values.Get("since"); text != "" {
		if since, err = strconv.ParseUint(text, 10, 64); err != nil {
			return problem(badParameter, fmt.Sprintf("since=%q is no version.", text), "Give the version that the copy before names, or leave it out for a full copy.")
		}
	}
	ctx, cancel := a.untilClosed(r)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/octet-stream")
	out := &patientWriter{w: w, rc: http.NewResponseController(w), timeout: a.opts.WriteTimeout}
	err = a.parts.Copies.Backup(ctx, out, values.Get("store"), since)
	if err != nil && out.begun {
		// What was sent must not look whole. A client that has gone is no fault.
		if !errors.Is(err, context.Canceled) {
			a.log.Error("a backup failed", "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

func (a *API) getCheck(w http.ResponseWriter, r *http.Request, _ Token) error {
	ctx, cancel := a.untilClosed(r)
	defer cancel()
	// It takes as long as it takes to read all that is kept.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	result, err := a.parts.Copies.Check(ctx)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return writeJSON(w, http.StatusOK, CheckResult{filled(result.Faults), filled(result.Lost)})
}

// patientWriter is an answer that may take long, as long as its client goes on
// reading.
type patientWriter struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	begun   bool
}

func (p *patientWriter) Write(b []byte) (int, error) {
	p.begun = true
	_ = p.rc.SetWriteDeadline(time.Now().Add(p.timeout))
	return p.w.Write(b)
}
