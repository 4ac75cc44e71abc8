package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// serve runs the API on a free port until the test ends.
func serve(t testing.TB, a *API) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return "http://" + ln.Addr().String()
}

// get makes a call over the network; the test closes its body at the end.
func get(t testing.TB, url, role string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer og_"+role)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	// A client of its own, so that no connection is left over.
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	w, err := c.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { w.Body.Close() })
	return w
}

// event is one server-sent event, or a comment.
type event struct{ id, kind, data, comment string }

func readEvent(t testing.TB, r *bufio.Reader) (e event) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if value == "" {
				return e
			}
			e.comment = value
		}
	}
}

// readAlert skips comments.
func readAlert(t testing.TB, r *bufio.Reader) (id string, a orderguard.Alert) {
	t.Helper()
	for {
		if e := readEvent(t, r); e.comment == "" {
			require.Equal(t, "alert", e.kind)
			require.NoError(t, json.Unmarshal([]byte(e.data), &a))
			return e.id, a
		}
	}
}

func TestStream(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{MaxStreams: 2, Heartbeat: 20 * time.Millisecond})
	for i := range 60 {
		f.put("s-1", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
	}
	url := serve(t, a) + list
	w := get(t, url, "seller", "Accept", "text/event-stream")
	require.Equal(t, "text/event-stream", w.Header.Get("Content-Type"))
	stream := bufio.NewReader(w.Body)
	var last string
	for i := range 60 { // more than one page
		id, al := readAlert(t, stream)
		require.Equal(t, fmt.Sprintf("al_%d", i), al.ID)
		last = id
	}
	a.Publish([]orderguard.Alert{f.put("s-1", "al_new", orderguard.Harassment)})
	id, al := readAlert(t, stream)
	require.Equal(t, "al_new", al.ID)
	require.Equal(t, cursor("s-1", al.Seq), id)
	for readEvent(t, stream).comment != "still here" {
	}

	w = get(t, url, "seller", "Accept", "text/event-stream", "Last-Event-ID", last)
	_, al = readAlert(t, bufio.NewReader(w.Body))
	require.Equal(t, "al_new", al.ID, "goes on where it broke")

	w = get(t, url, "seller", "Accept", "text/event-stream")
	require.Equal(t, http.StatusServiceUnavailable, w.StatusCode)
	w = get(t, url, "seller", "Accept", "text/event-stream", "Last-Event-ID", "x")
	require.Equal(t, http.StatusBadRequest, w.StatusCode)

	require.NoError(t, f.RevokeToken(t.Context(), "", "tk_seller"))
	_, err := io.Copy(io.Discard, stream)
	require.NoError(t, err, "a revoked token ends its streams")
}

func TestShutdownEndsWhatIsHeld(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, ln) }()
	url := "http://" + ln.Addr().String() + list
	stream := bufio.NewReader(get(t, url, "seller", "Accept", "text/event-stream").Body)
	readEvent(t, stream)
	start := time.Now()
	cancel()
	_, err = io.Copy(io.Discard, stream)
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.Less(t, time.Since(start), shutdownTime/2)
}

func TestTooManyConnectionsAreTold(t *testing.T) {
	a := newAPI(t, newFake(), Options{MaxConns: 1})
	addr := strings.TrimPrefix(serve(t, a), "http://")
	first, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer first.Close()
	fmt.Fprintf(first, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	w, err := http.ReadResponse(bufio.NewReader(first), nil)
	require.NoError(t, err)
	require.Equal(t, 200, w.StatusCode)

	w = get(t, "http://"+addr+"/healthz", "")
	require.Equal(t, http.StatusServiceUnavailable, w.StatusCode)
	require.Equal(t, "application/problem+json", w.Header.Get("Content-Type"))
	var p Problem
	require.NoError(t, json.NewDecoder(w.Body).Decode(&p))
	require.Contains(t, p.Detail, "connections")

	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return get(t, "http://"+addr+"/healthz", "").StatusCode == 200 }, 5*time.Second, time.Millisecond)
}

// TestSilentClients opens calls that never end, each in its own way, and waits
// for the server to end them.
func TestSilentClients(t *testing.T) {
	short := 50 * time.Millisecond
	a := newAPI(t, newFake(), Options{ReadHeaderTimeout: short, ReadTimeout: short, IdleTimeout: short})
	addr := strings.TrimPrefix(serve(t, a), "http://")
	auth := "Host: x\r\nAuthorization: Bearer og_"
	for name, c := range map[string]struct{ send, answer string }{
		"nothing":        {"", ""},
		"half a header":  {"GET / HTTP/1.1\r\nHost", ""},
		"half a body":    {"POST /v1/events HTTP/1.1\r\n" + auth + "feeder\r\nContent-Length: 9\r\n\r\n{}\n", "408 Request Timeout"},
		"a silent body":  {"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", "200 OK"},
		"nothing more":   {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK"},
		"no token, body": {"POST /v1/tokens HTTP/1.1\r\n" + auth + "admin\r\nContent-Length: 9\r\n\r\n{", "408 Request Timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, c.send)
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
			answer, err := io.ReadAll(conn)
			if err != nil {
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.NotContains(t, err.Error(), "timeout", "the server keeps it open")
			}
			require.Contains(t, string(answer), c.answer)
		})
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	a := newAPI(t, newFake(), Options{MaxHeader: 1024})
	w := get(t, serve(t, a)+"/healthz", "seller", "X-Large", strings.Repeat("x", 20_000))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, w.StatusCode)
}

// TestWaitOutlivesTimeouts checks that the bounds on slow clients do not cut a
// call that waits.
func TestWaitOutlivesTimeouts(t *testing.T) {
	short := 50 * time.Millisecond
	f := newFake()
	a := newAPI(t, f, Options{ReadHeaderTimeout: short, ReadTimeout: short, WriteTimeout: short, IdleTimeout: short})
	w := get(t, serve(t, a)+list+"?wait=300ms", "seller")
	require.Equal(t, 200, w.StatusCode)
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"alerts":[]`)
}

// TestSlowReaderIsDropped opens a stream and reads nothing of it.
func TestSlowReaderIsDropped(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{WriteTimeout: 50 * time.Millisecond})
	for i := range 64 {
		f.put("s-1", fmt.Sprint(i), orderguard.MaliciousOrder)
		f.alerts[i].Buyer = strings.Repeat("x", 1<<20) // beyond what the sockets take
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(serve(t, a), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer og_seller\r\n\r\n", list)
	require.Eventually(t, func() bool { return len(a.streams) == 1 }, time.Minute, time.Millisecond)
	require.Eventually(t, func() bool { return len(a.streams) == 0 }, time.Minute, time.Millisecond, "it holds its stream")
}

// TestSlowPollerIsDropped has pollers that wait for alerts and do not read the
// answer: each is let go after the time for an answer, and meanwhile holds no
// one up.
func TestSlowPollerIsDropped(t *testing.T) {
	f := newFake()
	ended := make(chan string, 3)
	a := newAPI(t, f, Options{WriteTimeout: 100 * time.Millisecond, MaxWaits: 2, Observe: func(route string, _ int, _ time.Duration) { ended <- route }})
	url := serve(t, a)
	poll := func(path string) net.Conn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		require.NoError(t, err)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer og_seller\r\n\r\n", path)
		return conn
	}
	large := func() { // beyond what the sockets take
		for i := range 64 {
			f.put("s-1", fmt.Sprint(i), orderguard.MaliciousOrder)
			f.alerts[i].Buyer = strings.Repeat("x", 1<<20)
		}
	}
	waiting := poll(list + "?wait=1s&limit=500")
	defer waiting.Close()
	require.Eventually(t, func() bool { return len(a.waits) == 1 }, time.Minute, time.Millisecond)
	large()
	a.Publish(f.alerts)
	begun := poll(list + "?wait=20s&limit=500")
	defer begun.Close()
	w := get(t, url+"/healthz", "seller")
	require.Equal(t, http.StatusOK, w.StatusCode)
	for range 3 {
		select {
		case <-ended:
		case <-time.After(time.Minute):
			require.Fail(t, "a poller is still held")
		}
	}
	require.Empty(t, a.waits)
}

func TestRevocationEndsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := newAPI(t, f, Options{})
		calls := map[string]chan *httptest.ResponseRecorder{"seller": make(chan *httptest.ResponseRecorder, 1), "enforcer": make(chan *httptest.ResponseRecorder, 1)}
		go func() { calls["seller"] <- call(a, "seller", "GET", list+"?wait=20s", nil, "Accept-Language", "zh") }()
		go func() { calls["enforcer"] <- call(a, "enforcer", "GET", "/v1/decisions?wait=20s", nil) }()
		synctest.Wait()
		began := time.Now()
		for role, detail := range map[string]string{"seller": "等待期间令牌已被撤销。", "enforcer": "revoked while the call waited"} {
			require.Equal(t, 204, call(a, "admin", "DELETE", "/v1/tokens/tk_"+role, nil).Code)
			refused(t, <-calls[role], http.StatusUnauthorized, detail)
		}
		require.Zero(t, time.Since(began), "at once")
	})
}

// onceGood is a guard whose tokens are revoked right after their first look-up,
// before the call that was let in can be woken.
type onceGood struct {
	*fake
	a *API
}

func (g *onceGood) LookupToken(secret string) (Token, error) {
	t, err := g.fake.LookupToken(secret)
	if err == nil && t.Role != admin {
		call(g.a, "admin", "DELETE", "/v1/tokens/"+t.ID, nil)
	}
	return t, err
}

func TestRevocationBeforeTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &onceGood{fake: newFake()}
		parts := g.parts()
		parts.Guard = g
		var err error
		g.a, err = New(parts, Options{})
		require.NoError(t, err)
		defer g.a.Close()
		began := time.Now()
		refused(t, call(g.a, "seller", "GET", list+"?wait=20s", nil), http.StatusUnauthorized, "revoked while the call waited")
		w := call(g.a, "enforcer", "GET", "/v1/decisions", nil, "Accept", "text/event-stream")
		require.Equal(t, http.StatusOK, w.Code, "its head is sent, and nothing follows")
		require.Zero(t, time.Since(began), "at once")
	})
}
