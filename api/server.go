package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// shutdownTime is how long calls under way may take to end. Those that wait end
// at once; it is for those that compute, not for a client that sends slowly.
const shutdownTime = time.Second

// Serve serves the API on ln until ctx ends, and then lets the calls under way
// finish for a short while. It closes ln. The error is nil after an orderly end.
func (a *API) Serve(ctx context.Context, ln net.Listener) error {
	return a.serveOn(ctx, ln, a.opts.TLS)
}

// ServePlain is Serve without TLS, for programs of the same machine.
func (a *API) ServePlain(ctx context.Context, ln net.Listener) error { return a.serveOn(ctx, ln, nil) }

func (a *API) serveOn(ctx context.Context, ln net.Listener, encrypt *tls.Config) error {
	srv := &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: a.opts.ReadHeaderTimeout,
		// ReadTimeout stays unset, it would end calls that wait; bodies get
		// their deadlines in serve and postEvents.
		WriteTimeout:   a.opts.WriteTimeout,
		IdleTimeout:    a.opts.IdleTimeout,
		MaxHeaderBytes: a.opts.MaxHeader,
		ErrorLog:       slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
		TLSConfig:      encrypt,
	}
	failed := make(chan error, 1)
	go func() {
		if bounded := newBounded(ln, a.opts.MaxConns, encrypt == nil); encrypt == nil {
			failed <- srv.Serve(bounded)
		} else {
			failed <- srv.ServeTLS(bounded, "", "")
		}
	}()
	select {
	case err := <-failed:
		a.Close()
		return fmt.Errorf("api: serve on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	a.Close()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := srv.Shutdown(stop)
	if err != nil {
		// Who is not done by now is cut off; the feed sends again what it
		// has no answer to.
		err = srv.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("api: shut down: %w", err)
	}
	return nil
}
