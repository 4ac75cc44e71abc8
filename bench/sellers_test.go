package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// fakeAlerts answers two sellers' calls: a page of two probes' alerts, one of
// which comes again, and a stream of another. What is no probe's is among them.
func fakeAlerts(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		switch {
		case r.Header.Get("Accept") == "text/event-stream":
			fmt.Fprint(w, ": hello\n\nid: 1\ndata: {\"order\":\"p-30\"}\n\n")
		case r.URL.Query().Get("after") == "":
			fmt.Fprint(w, `{"alerts":[{"order":"p-10"},{"order":"o-1"}],"next":"one"}`)
		case r.URL.Query().Get("after") == "one":
			fmt.Fprint(w, `{"alerts":[{"order":"p-10"},{"order":"p-20"}],"next":"two"}`)
		default:
			<-r.Context().Done() // a long poll of which nothing comes
		}
	})
}

// Sellers time each probe's alert once, from when its line was due.
func TestSellers(t *testing.T) {
	server := httptest.NewServer(fakeAlerts(t))
	defer server.Close()
	p := &pacing{rate: 1, start: time.Now().Add(-time.Hour), prefix: "p-"}
	s := newSellers(&Daemon{HTTP: strings.TrimPrefix(server.URL, "http://"), Token: "secret"}, p, 2)
	ctx := t.Context()
	require.ErrorContains(t, s.stream(ctx, "a"), "the stream of alerts of a has ended")
	require.EqualValues(t, 1, s.read.count())
	require.InDelta(t, 3570, s.read.quantile(100), 25, "an hour, less the 30 s until it was due")

	polling, end := context.WithCancel(ctx)
	defer end()
	var parts errgroup.Group
	parts.Go(func() error { return s.poll(polling, "b") })
	require.Zero(t, s.await(ctx, 3, time.Minute))
	end()
	require.NoError(t, parts.Wait())
	require.EqualValues(t, 3, s.read.count())
	require.InDelta(t, 3590, s.read.quantile(100), 25)
	require.EqualValues(t, 1, s.await(ctx, 4, time.Millisecond), "one that never comes is missed")
}

func TestSellersRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	s := newSellers(&Daemon{HTTP: strings.TrimPrefix(server.URL, "http://")}, &pacing{}, 1)
	require.ErrorContains(t, s.poll(t.Context(), "a"), "GET alerts of a: 404")
	require.ErrorContains(t, s.stream(t.Context(), "a"), "404")
}
