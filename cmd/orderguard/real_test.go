package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// realData returns the path of a file in the folder that ORDERGUARD_DATA names.
// Without the folder the test is skipped, but in CI it fails.
func realData(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv("ORDERGUARD_DATA"), name)
	if _, err := os.Stat(path); os.Getenv("ORDERGUARD_DATA") == "" || err != nil {
		why := "ORDERGUARD_DATA does not name a folder with " + name
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	return path
}

// detectReal runs orderguard detect and returns its summary and alerts.
func detectReal(t testing.TB, path string) (s summary, alerts []byte) {
	t.Helper()
	stats := filepath.Join(t.TempDir(), "stats.json")
	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "orderguard", "detect", "--stats", stats, path)
	c.Stderr = &stderr
	alerts, err := c.Output()
	require.NoError(t, err, stderr.String())
	text, err := os.ReadFile(stats)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &s))
	return s, alerts
}

// The shipped rules on the orders of a real shop site: what they flag is fraud,
// and it is a fair part of what was found to be.
func TestRealOrders(t *testing.T) {
	t.Parallel()
	labels := realData(t, "site-orders.labels.ndjson.gz")
	s, alerts := detectReal(t, realData(t, "site-orders.ndjson.gz"))
	require.EqualValues(t, 30_189, s.Events)
	require.Zero(t, s.Rejected+s.Duplicates)

	found := filepath.Join(t.TempDir(), "alerts.ndjson")
	require.NoError(t, os.WriteFile(found, alerts, 0o600))
	report, err := score(labels, found, nil)
	require.NoError(t, err)
	t.Logf("precision %.3f, recall %.3f", *report.Overall.Precision, *report.Overall.Recall)
	require.Greater(t, *report.Overall.Precision, 0.98)
	require.Greater(t, *report.Overall.Recall, 0.45)
}

// Six years of ratings between traders: every line is an event. None is flagged,
// for they carry neither the age of accounts nor words, which tell a flood from a
// community that has had enough: docs/real-data.md.
func TestRealRatings(t *testing.T) {
	t.Parallel()
	s, _ := detectReal(t, realData(t, "otc-ratings.ndjson.gz"))
	require.EqualValues(t, 35_592, s.Events)
	require.Zero(t, s.Rejected+s.Duplicates)
	require.Zero(t, s.Alerts)
}
