package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/store"
)

// How long to wait for a store that another process holds without serving its
// API: another command, or a daemon that starts or ends.
const (
	lockedWait  = 5 * time.Second
	lockedPause = 50 * time.Millisecond
)

// opener is store.Open, or store.OpenToRead for a command that only reads.
type opener func(dir string, o store.Options) (*store.Store, error)

// withStore gives the store of a data folder to local, or, when a daemon has it
// open, that daemon to remote.
func withStore(ctx context.Context, dir string, open opener, o store.Options, local func(*store.Store) error, remote func(*daemonAPI) error) error {
	deadline := time.Now().Add(lockedWait)
	for {
		s, err := open(dir, o)
		if err == nil {
			return errors.Join(local(s), s.Close())
		}
		if !errors.Is(err, store.ErrLocked) {
			return err
		}
		d, fileErr := readDaemonFile(dir)
		if fileErr == nil {
			fileErr = remote(&daemonAPI{ctx: ctx, daemon: d, client: daemonClient()})
			var absent *absentError
			if !errors.As(fileErr, &absent) {
				return fileErr
			}
		}
		if time.Now().After(deadline) {
			return errors.Join(err, fileErr)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockedPause):
		}
	}
}

// daemonClient talks to this machine, so it goes through no proxy.
func daemonClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// daemonAPI makes calls of a daemon's API.
type daemonAPI struct {
	ctx    context.Context
	daemon daemonFile
	client *http.Client
}

// absentError says that no daemon has answered, so that nothing was done.
type absentError struct{ err error }

func (e *absentError) Error() string { return "asking the daemon: " + e.err.Error() }
func (e *absentError) Unwrap() error { return e.err }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// call sends a request with a JSON body, if any, and reads a JSON answer into
// answer, if any.
func (d *daemonAPI) call(method, path string, body, answer any) error {
	in, err := d.open(method, path, body)
	if err != nil {
		return err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxAnswer))
	if err == nil && answer != nil {
		err = json.Unmarshal(data, answer)
	}
	if err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	return nil
}

// open sends a request with a JSON body, if any, and returns the answer's body.
func (d *daemonAPI) open(method, path string, body any) (io.ReadCloser, error) {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return nil, fmt.Errorf("asking the daemon: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(d.ctx, method, "http://"+d.daemon.HTTP+path, &sent)
	if err != nil {
		return nil, fmt.Errorf("asking the daemon: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+d.daemon.Token)
	r.Header.Set("Content-Type", "application/json")
	w, err := d.client.Do(r)
	if err != nil {
		return nil, &absentError{err}
	}
	if w.StatusCode < 300 {
		return w.Body, nil
	}
	defer w.Body.Close()
	switch w.StatusCode {
	case http.StatusUnauthorized:
		// A stale file: what listens there now is another daemon.
		return nil, &absentError{errors.New(w.Status)}
	case http.StatusNotFound:
		return nil, store.ErrNotFound
	}
	data, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the daemon's answer: %w", err)
	}
	var p api.Problem
	if json.Unmarshal(data, &p) != nil || p.Detail == "" {
		p.Detail = w.Status
	}
	return nil, fmt.Errorf("the daemon refused: %s", strings.TrimSpace(p.Detail+" "+p.Cure))
}

// patient lets the next calls take as long as they take.
func (d *daemonAPI) patient() *daemonAPI {
	client := *d.client
	client.Timeout = 0
	return &daemonAPI{ctx: d.ctx, daemon: d.daemon, client: &client}
}
