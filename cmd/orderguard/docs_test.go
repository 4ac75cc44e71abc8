package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

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
		case "stdin", "stdin-stream", "rules", "policy", "tls-cert", "tls-key", "tls-client-ca", "workers", "ready-file", "dead-letters":
		case "tcp-idle-timeout", "http-idle-timeout": // 5m0s
			require.Contains(t, f.DefValue, row[1][1:len(row[1])-1], f.Name)
		default:
			require.Contains(t, []string{f.DefValue, "`" + f.DefValue + "`"}, row[1], f.Name)
		}
	})
	descs := make(chan *prometheus.Desc, 100)
	newMeter(nil, nil).Describe(descs)
	close(descs)
	name := regexp.MustCompile(`fqName: "(.*?)"`)
	for d := range descs {
		require.Contains(t, page, "`"+name.FindStringSubmatch(d.String())[1]+"`")
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
