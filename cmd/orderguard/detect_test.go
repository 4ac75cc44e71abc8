package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// packed returns text as gzip or zstd.
func packed(t testing.TB, how, text string) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if how == "zstd" {
		var err error
		w, err = zstd.NewWriter(&out)
		require.NoError(t, err)
	}
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &out
}

// uglyLines are no events, each in its own way.
var uglyLines = []string{
	`{"type":"order","id":"cut`, `}`, `nonsense`, `[]`, `"text"`, `1e999`, `null`, "\x00", "{\x00}", "\xff\xfe{",
	strings.Repeat("x", 65_536), strings.Repeat("[", 60_000), strings.Repeat(`{"a":`, 10_000),
	`{"type":"order"` + strings.Repeat(" ", 65_536) + `}`,
	`{"type":"order","id":"x","ts":99999999999999999999,"shop":"s-0","buyer":"b-3","order":"o-x","status":"created"}`,
	`{"type":"order","id":"x","ts":1e400,"shop":"s-0","buyer":"b-3","order":"o-x","status":"created"}`,
	`{"type":"order","id":"x","ts":true,"shop":"s-0","buyer":"b-3","order":"o-x","status":"created"}`,
	`{"type":"order","id":7,"ts":1770000000000,"shop":"s-0","buyer":"b-3","order":"o-x","status":"created"}`,
	`{"type":"order","id":"x","ts":1770000000000,"shop":["s-0"],"buyer":"b-3","order":"o-x","status":"created"}`,
	`{"type":"order","id":"x","ts":1770000000000,"shop":"s-0","buyer":"b-3","order":"o-x","status":"created","qty":9223372036854775808}`,
	`{"type":"order","id":"x","ts":1770000000000,"shop":"s-0","buyer":"b-3","order":"o-x"}`,
	`{"type":"war","id":"x","ts":1770000000000}`, `{"type":"order","id":"x"}{"type":"order"}`,
}

// uglyStream returns good events with bad lines, blank ones and repeated events
// among them, and what of it should be counted.
func uglyStream() (good, ugly string, bad []string, duplicates int) {
	var clean, mixed strings.Builder
	for b, lines := range bursts(80) {
		for i, line := range lines {
			clean.Write(line)
			mixed.Write(line)
			if i%4 == 1 {
				mixed.Write(line)
				duplicates++
			}
		}
		x := uglyLines[b%len(uglyLines)]
		bad = append(bad, x)
		mixed.WriteString(x + "\n \t\n\n")
	}
	return clean.String(), mixed.String(), bad, duplicates
}

// runDetectOn runs orderguard detect with stdin, and returns its alerts,
// summary and exit code.
func runDetectOn(t testing.TB, stdin io.Reader, args ...string) (alerts []byte, s summary, code int) {
	t.Helper()
	stats := filepath.Join(t.TempDir(), "stats.json")
	c := exec.Command("orderguard", append([]string{"detect", "--stats", stats}, args...)...)
	c.Stdin = stdin
	alerts, err := c.Output()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	text, err := os.ReadFile(stats)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &s))
	require.Equal(t, s.Lines, s.Events+s.Rejected+s.Duplicates)
	return alerts, s, c.ProcessState.ExitCode()
}

// Nothing ugly among the good lines changes their alerts, however the input
// comes, and each line is counted once.
func TestDetectUgly(t *testing.T) {
	t.Parallel()
	good, ugly, bad, duplicates := uglyStream()
	rules := writeRules(t, burstRule)
	want, clean, code := runDetectOn(t, strings.NewReader(good), "--rules", rules)
	require.Zero(t, code)
	require.Len(t, parseAlerts(t, want), 20*12)
	require.Zero(t, clean.Rejected+clean.Duplicates)

	dir := t.TempDir()
	crlf := strings.ReplaceAll(ugly, "\n", "\r\n")
	for name, content := range map[string]string{
		"plain.ndjson": ugly, "crlf.ndjson": crlf, "bom.ndjson": "\xef\xbb\xbf" + ugly,
		"no-end.ndjson": strings.TrimRight(ugly, "\n \t"),
		"a.ndjson.gz":   packed(t, "gzip", ugly).String(), "a.ndjson.zst": packed(t, "zstd", ugly).String(),
		"two-members.gz": packed(t, "gzip", ugly[:5000]).String() + packed(t, "gzip", ugly[5000:]).String(),
		"bom-crlf.zst":   packed(t, "zstd", "\xef\xbb\xbf"+crlf).String(),
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		for _, args := range [][]string{{path}, {"--workers", "3"}} {
			dead := filepath.Join(dir, "dead.ndjson")
			got, s, code := runDetectOn(t, strings.NewReader(content), append(args, "--rules", rules, "--dead-letters", dead)...)
			require.Zero(t, code, name)
			require.Equal(t, string(want), string(got), name)
			require.Equal(t, clean.Events, s.Events, name)
			require.EqualValues(t, len(bad), s.Rejected, name)
			require.EqualValues(t, duplicates, s.Duplicates, name)
			require.Equal(t, bad, deadLetters(t, dead), name)
		}
	}
}

// deadLetters returns the lines that a file of dead letters holds.
func deadLetters(t testing.TB, path string) (raw []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range bytes.Lines(text) {
		var d struct {
			Source, Reason, Error, Raw string
			RawBase64                  string `json:"raw_base64"`
			Line                       int64
			Cut                        bool
		}
		require.NoError(t, json.Unmarshal(line, &d))
		require.NotEmpty(t, d.Source)
		require.NotEmpty(t, d.Reason)
		require.NotEmpty(t, d.Error)
		require.NotZero(t, d.Line)
		require.False(t, d.Cut)
		if d.RawBase64 != "" {
			b, err := base64.StdEncoding.DecodeString(d.RawBase64)
			require.NoError(t, err)
			d.Raw = string(b)
		}
		raw = append(raw, d.Raw)
	}
	return raw
}

// A file that breaks off gives all whole lines before, and says so.
func TestDetectBrokenFiles(t *testing.T) {
	t.Parallel()
	rules, dir := writeRules(t, burstRule), t.TempDir()
	market := string(bytes.Join(marketplace(t, 1500), nil))
	want, _, _ := runDetectOn(t, strings.NewReader(market))
	for _, how := range []string{"gzip", "zstd"} {
		whole := packed(t, how, market).Bytes()
		path := filepath.Join(dir, how)
		require.NoError(t, os.WriteFile(path, whole[:len(whole)/2], 0o600))
		got, s, code := runDetectOn(t, nil, path)
		require.Equal(t, exitFailed, code)
		require.NotZero(t, s.Events)
		require.LessOrEqual(t, s.Rejected, int64(1))
		require.NotEmpty(t, got)
		require.True(t, bytes.HasPrefix(want, got))
	}
	for name, content := range map[string]string{"empty": "", "blank": "\n\r\n \t\n", "bom": "\xef\xbb\xbf"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		got, s, code := runDetectOn(t, nil, "--rules", rules, path)
		require.Zero(t, code, name)
		require.Empty(t, got)
		require.Zero(t, s.Lines)
	}
	good, _, _, _ := uglyStream()
	want, clean, _ := runDetectOn(t, strings.NewReader(good), "--rules", rules)
	// What cannot be read does not keep the rest from being read.
	path := filepath.Join(dir, "good.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(good), 0o600))
	got, s, code := runDetectOn(t, nil, "--rules", rules, dir, filepath.Join(dir, "absent"), path)
	require.Equal(t, exitFailed, code)
	require.Equal(t, string(want), string(got))
	require.Equal(t, clean.Events, s.Events)
}

// Repeated events change nothing, and are counted.
func TestDetectTwice(t *testing.T) {
	t.Parallel()
	lines := marketplace(t, halved(3000))
	text := string(bytes.Join(lines, nil)) + "\n"
	want, once, _ := runDetectOn(t, strings.NewReader(text))
	require.NotZero(t, once.Alerts)
	var twice strings.Builder
	for line := range strings.Lines(text) {
		twice.WriteString(line + line)
	}
	got, s, code := runDetectOn(t, strings.NewReader(twice.String()))
	require.Zero(t, code)
	require.Equal(t, string(want), string(got))
	require.Equal(t, once.Events, s.Events)
	require.Equal(t, fmt.Sprint(once.Events), fmt.Sprint(s.Duplicates))
}
