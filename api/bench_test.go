package api

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// ready gives 50 alerts of 200 bytes that lie ready, as the store does.
type ready struct {
	*fake
	alerts [][]byte
}

func (r ready) Changes(_ string, _ uint64, _ Query, fn func(uint64, []byte)) (uint64, bool, error) {
	for i, a := range r.alerts {
		fn(uint64(i+1), a)
	}
	return uint64(len(r.alerts)), false, nil
}

// BenchmarkList compares the alert list with a handler that gives the same
// bytes without any work, both over the network on one connection.
func BenchmarkList(b *testing.B) {
	f := newFake()
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	r := ready{fake: f}
	for i := range 50 {
		r.alerts = append(r.alerts, fmt.Appendf(nil, `{"alert":"al_%d","text":"%s"}`, i, bytes.Repeat([]byte("x"), 170)))
	}
	p := f.parts()
	p.Alerts = r
	a, err := New(p, Options{Rate: 1e9})
	require.NoError(b, err)
	body := call(a, "seller", "GET", list, nil).Body.Bytes()
	tag := call(a, "seller", "GET", list, nil).Header().Get("Etag")
	static := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	b.Run("static", func(b *testing.B) { load(b, static, "") })
	b.Run("alerts", func(b *testing.B) { load(b, a.handler, "") })
	b.Run("unchanged", func(b *testing.B) { load(b, a.handler, tag) })
}

func load(b *testing.B, h http.Handler, tag string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	srv := &http.Server{Handler: h}
	go srv.Serve(ln)
	defer srv.Close()
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	r, err := http.NewRequest("GET", "http://"+ln.Addr().String()+list, nil)
	require.NoError(b, err)
	r.Header.Set("Authorization", "Bearer og_seller")
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	b.ReportAllocs()
	var n int64
	for b.Loop() {
		w, err := c.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		n, _ = io.Copy(io.Discard, w.Body)
		w.Body.Close()
	}
	b.SetBytes(n)
}

// BenchmarkVerdict takes a verdict, with what there is to check in its body.
func BenchmarkVerdict(b *testing.B) {
	f := newFake()
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.trade("s-1", "b-1", "o-al_1")
	a := newAPI(b, f, Options{Rate: 1e9})
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("PUT", list+"/al_1/verdict", strings.NewReader(`{"verdict":"normal","comment":"a regular"}`))
		r.Header.Set("Authorization", "Bearer og_seller")
		w := httptest.NewRecorder()
		if a.handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
