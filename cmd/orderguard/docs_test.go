package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

var metricName = regexp.MustCompile(`fqName: "(.*?)"`)

// The page for operators names every flag with its default, every metric and
// every reason to reject a line.
func TestOperationsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	page := string(text)
	newServeCommand().Flags().VisitAll(func(f *pflag.Flag) {
		row := regexp.MustCompile("(?m)^\\| `--" + f.Name + "` \\| (.*?) \\|").FindStringSubmatch(page)
		require.NotNil(t, row, "--%s", f.Name)
		switch f.Name {
		case "stdin", "stdin-stream", "rules", "policy", "webhooks", "tls-cert", "tls-key", "tls-client-ca", "workers", "ready-file", "dead-letters":
		case "tcp-idle-timeout", "http-idle-timeout": // 5m0s
			require.Contains(t, f.DefValue, row[1][1:len(row[1])-1], f.Name)
		default:
			require.Contains(t, []string{f.DefValue, "`" + f.DefValue + "`"}, row[1], f.Name)
		}
	})
	descs := make(chan *prometheus.Desc, 100)
	newMeter(nil, nil).Describe(descs)
	close(descs)
	for d := range descs {
		require.Contains(t, page, "`"+metricName.FindStringSubmatch(d.String())[1]+"`")
	}
	for r := 1; r < orderguard.RejectReasons; r++ {
		require.Contains(t, page, "`"+orderguard.RejectReason(r).String()+"`")
	}
}

// The page of load benchmarks names every one of them, with its flags.
func TestBenchPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/bench.md")
	require.NoError(t, err)
	page := string(text)
	each(newBenchCommand(), func(c *cobra.Command) {
		if c.Hidden {
			return
		}
		if c.HasParent() {
			require.Contains(t, page, "`bench "+c.Name())
			require.Contains(t, page, "\n## "+c.Name()+"\n")
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			require.Contains(t, page, "--"+f.Name, c.Name())
		})
	})
}

// The alert that the README shows is the one that its run prints.
func TestReadmeAlert(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```json\n({\"alert\":.*?)```").FindSubmatch(text)
	require.NotNil(t, shown)
	var events strings.Builder
	for i := range 10 {
		fmt.Fprintf(&events, `{"type":"order","id":"e-%d","ts":"2026-11-11T00:0%d:00Z","shop":"s-1","buyer":"b-1","order":"o-%d","status":"created"}`+"\n", i, i, i)
	}
	var alerts []orderguard.Alert
	p, err := newPipeline(pipelineOptions{rules: detect.ShippedRules(), workers: 1, publish: func(found []orderguard.Alert) error {
		for i := range found {
			alerts = append(alerts, found[i].Clone())
		}
		return nil
	}})
	require.NoError(t, err)
	defer p.close()
	require.NoError(t, p.drain(t.Context(), "detect", ingest.NewReader(strings.NewReader(events.String()), ingest.ReaderOptions{Feed: "detect", Workers: 1}), nil))
	require.NotEmpty(t, alerts)
	alerts[0].Seq, alerts[0].Status = 1, orderguard.Open
	got, err := json.Marshal(alerts[0])
	require.NoError(t, err)
	require.JSONEq(t, string(shown[1]), string(got))
}
