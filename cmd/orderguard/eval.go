package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/ingest"
	"github.com/spf13/cobra"
)

// evalFlags are the flags of eval for files of alerts.
type evalFlags struct {
	labels  string
	events  []string
	asJSON  bool
	byMonth bool
	from    time.Time
}

func newEvalCommand() *cobra.Command {
	var f evalFlags
	var markets marketFlags
	c := &cobra.Command{
		Use:   "eval {--labels FILE ALERTS | --seeds N,…}",
		Short: "Compare alerts with labels: precision, recall, delay",
		Long: `eval compares alerts, as orderguard detect writes them, with labels, one
{"order","buyer","scenario","attack"} a line: precision and recall for each scenario and
attack, and what was flagged wrongly, by rule. With the events it also tells how much
of an attack had happened when it was found. A ratio without a divisor, such as the
precision where nothing was flagged, is a dash, or null with --json.

ALERTS and the other files may be compressed (.gz, .zst); - is stdin.

With --seeds or --free-seeds it makes the marketplaces itself, as gen does by default,
judges them with the rules, and writes all figures as Markdown.`,
		Example: `  orderguard eval --labels labels.ndjson --events events.ndjson alerts.ndjson
  orderguard detect events.ndjson | orderguard eval --labels labels.ndjson -
  orderguard eval --seeds 1-5 --free-seeds 6 --rules my-rules.yaml --detail`,
		Args: func(c *cobra.Command, args []string) error {
			if markets.asked() {
				return noArgs(c, args)
			}
			return oneArg("file of alerts")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if markets.asked() {
				return markets.run(c)
			}
			return f.run(c.OutOrStdout(), args[0])
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.labels, "labels", "", "`file` of labels")
	fs.StringArrayVar(&f.events, "events", nil, "`file` of the events in which the alerts were found; may be given again")
	fs.BoolVar(&f.asJSON, "json", false, "write the report as JSON")
	fs.BoolVar(&f.byMonth, "by-month", false, "with --events: write precision, recall and F1 of each month instead")
	fs.TimeVar(&f.from, "flagged-from", time.Time{}, []string{time.RFC3339, time.DateOnly}, "with --events: list the flagged orders placed from this `time` on, with the reasons")
	markets.register(fs)
	return c
}

// run compares a file of alerts with the labels.
func (f *evalFlags) run(w io.Writer, alerts string) error {
	if f.labels == "" {
		return usageErrorf("--labels is missing: name the file of labels")
	}
	bySome := f.byMonth || !f.from.IsZero()
	if bySome && len(f.events) == 0 {
		return usageErrorf("--events is missing: name the events in which the alerts were found")
	}
	report, err := score(f.labels, alerts, f.events)
	switch {
	case err != nil:
		return err
	case bySome:
		if f.byMonth {
			err = report.WriteMonths(w)
		}
		if err == nil && !f.from.IsZero() {
			err = report.WriteFlaggedFrom(w, f.from)
		}
		return err
	case !f.asJSON:
		return report.WriteText(w)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(report)
}

// score opens the files and compares them.
func score(labels, alerts string, events []string) (bench.Report, error) {
	var open []io.Reader
	var ends []io.Closer
	defer func() {
		for _, f := range ends {
			f.Close()
		}
	}()
	for _, path := range append([]string{labels, alerts}, events...) {
		f, err := ingest.Open(path)
		if err != nil {
			return bench.Report{}, err
		}
		open, ends = append(open, f), append(ends, f)
	}
	return bench.Score(open[0], open[1], open[2:]...)
}
