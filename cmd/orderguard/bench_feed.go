package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

// daemonFlags name a running daemon.
type daemonFlags struct{ to, api, token string }

func newBenchFeedCommand() *cobra.Command {
	var o bench.FeedOptions
	var d daemonFlags
	var plain bool
	var rules string
	c := &cobra.Command{
		Use:   "feed [FILE]",
		Short: "Feed a daemon at a rate: how soon are lines acked, and alerts there to be polled",
		Long: `Feeds a daemon over TCP in an open loop: each line has a time at which it is due, whatever
became of those before it, and all times are measured from there. Some lines are probes,
orders that are flagged at once; sellers wait for their alerts by long polls. Without
--to it starts a daemon of its own in a temporary folder, and ends it.`,
		Example: `  orderguard bench feed --rate 100000 --for 60s
  orderguard bench feed --to 127.0.0.1:7070 --api 127.0.0.1:8080 --token-file admin.token --rate 0 events.ndjson`,
		Args: oneFile,
	}
	fl := c.Flags()
	fl.StringVar(&d.to, "to", "", "`address` of a running daemon's TCP feed; with --api and --token-file")
	fl.StringVar(&d.api, "api", "", "`address` of the running daemon's API")
	fl.StringVar(&d.token, "token-file", "", "`file` with an admin's token for the running daemon")
	fl.Float64Var(&o.Rate, "rate", 100_000, "lines a second; 0 sends as fast as the daemon takes them")
	fl.DurationVar(&o.For, "for", time.Minute, "how long")
	fl.Float64Var(&o.Probes, "probes", 100, "how many of the lines a second are probes")
	fl.IntVar(&o.Shops, "shops", 20, "how many sellers wait for the probes' alerts")
	fl.BoolVar(&plain, "plain", false, "without FILE: make a plain stream of orders, not a marketplace")
	fl.StringVar(&rules, "rules", "", "rule `file` or folder of the daemon that is started (default: the shipped rules)")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, args []string) (*bench.Result, error) {
		var err error
		o.Setup, o.Input, o.Made.Market = s, first(args), !plain
		if o.To, err = d.daemon(); err != nil {
			return nil, err
		}
		if rules != "" {
			if d.to != "" {
				return nil, usageErrorf("--rules are those of a daemon that is started, and --to names one that runs")
			}
			o.Flags = []string{"--rules", rules}
		}
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.FeedLoad(ctx, o)
	})
}

// daemon returns the daemon that the flags name, or none.
func (d *daemonFlags) daemon() (at bench.Daemon, err error) {
	given := 0
	for _, v := range []string{d.to, d.api, d.token} {
		if v != "" {
			given++
		}
	}
	if given == 0 {
		return at, nil
	}
	if given < 3 {
		return at, usageErrorf("--to, --api and --token-file go together")
	}
	token, err := os.ReadFile(d.token)
	if err != nil {
		return at, fmt.Errorf("--token-file: %w", err)
	}
	return bench.Daemon{TCP: d.to, HTTP: d.api, Token: strings.TrimSpace(string(token))}, nil
}
