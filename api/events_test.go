package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func gzipped(t testing.TB, s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, s)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func zstded(t testing.TB, s string) []byte {
	z, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return z.EncodeAll([]byte(s), nil)
}

func TestPostEvents(t *testing.T) {
	a := newAPI(t, newFake(), Options{})
	lines := "{}\n{}\nbad\n{}\n"
	for encoding, body := range map[string][]byte{"": []byte(lines), "identity": []byte(lines), "gzip": gzipped(t, lines), "zstd": zstded(t, lines)} {
		w := call(a, "feeder", "POST", "/v1/events", bytes.NewReader(body), "Content-Encoding", encoding)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		require.JSONEq(t, `{"accepted":3,"duplicates":0,"rejected":[{"line":3,"error":"not JSON"}],"rejected_total":1}`, w.Body.String())
	}
	w := call(a, "feeder", "POST", "/v1/events", strings.NewReader(""))
	require.JSONEq(t, `{"accepted":0,"duplicates":0,"rejected":[],"rejected_total":0}`, w.Body.String())
}

func TestRejectedListIsBounded(t *testing.T) {
	a := newAPI(t, newFake(), Options{MaxRejected: 5})
	w := call(a, "feeder", "POST", "/v1/events", strings.NewReader(strings.Repeat("bad\n", 100)))
	var r Receipt
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &r))
	require.Len(t, r.Rejected, 5)
	require.EqualValues(t, 100, r.RejectedTotal)
}

func TestBodyRefusals(t *testing.T) {
	a := newAPI(t, newFake(), Options{MaxBody: 1000, MaxDecoded: 5000})
	post := func(body io.Reader, encoding string) Problem {
		w := call(a, "feeder", "POST", "/v1/events", body, "Content-Encoding", encoding)
		var p Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.NotEmpty(t, p.Cure)
		return p
	}
	long := strings.Repeat("{}\n", 400)
	p := post(strings.NewReader(long), "")
	require.Equal(t, 413, p.Status, "announced")
	require.Equal(t, "The body has 1200 bytes.", p.Detail)
	require.Contains(t, p.Cure, "at most 1000 bytes at once")
	p = post(io.MultiReader(strings.NewReader(long)), "")
	require.Equal(t, 413, p.Status, "not announced")
	require.EqualValues(t, 334, p.Receipt.Accepted, "what was taken is said")

	bomb := strings.Repeat("{}\n", 5000)
	require.Equal(t, 413, post(bytes.NewReader(gzipped(t, bomb)), "gzip").Status)
	require.Equal(t, 413, post(bytes.NewReader(zstded(t, bomb)), "zstd").Status)
	exact := strings.Repeat("{}\n", 333) + "\n"
	require.Len(t, exact, 1000)
	require.Equal(t, 200, call(a, "feeder", "POST", "/v1/events", strings.NewReader(exact)).Code)

	require.Equal(t, 415, post(strings.NewReader("{}"), "br").Status)
	require.Equal(t, 400, post(strings.NewReader("{}"), "gzip").Status)
	require.Equal(t, 400, post(strings.NewReader(""), "gzip").Status)
	require.Equal(t, 400, post(strings.NewReader("{}"), "zstd").Status)
	half := gzipped(t, long)
	require.Equal(t, 400, post(bytes.NewReader(half[:len(half)-5]), "gzip").Status)
	p = post(io.MultiReader(strings.NewReader("{}\n"), brokenReader{}), "")
	require.Equal(t, 400, p.Status)
	require.EqualValues(t, 1, p.Receipt.Accepted)
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1 << 20: "1 MiB", 1<<20 + 1024: "1025 KiB", 64 << 20: "64 MiB"} {
		require.Equal(t, want, bytesText(n))
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestIntakeFaults(t *testing.T) {
	f := newFake()
	var log bytes.Buffer
	a := newAPI(t, f, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for status, fault := range map[int]error{507: ErrFull, 503: ErrBusy, 500: errors.New("secret")} {
		f.intake = func(io.Reader) (Receipt, error) { return Receipt{}, fmt.Errorf("intake: %w", fault) }
		w := call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}\n"))
		p := refused(t, w, status, "")
		require.NotContains(t, w.Body.String(), "secret")
		require.NotEmpty(t, p.Cure)
		require.Equal(t, status != 503, strings.Contains(log.String(), "level=ERROR"), "%d", status)
		log.Reset()
	}
}

func TestIntakesAreBounded(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{MaxIntakes: 1})
	f.intake = func(body io.Reader) (Receipt, error) {
		refused(t, call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}")), http.StatusServiceUnavailable, "Too many bodies")
		return countLines(body)
	}
	require.Equal(t, 200, call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}")).Code)
}
