package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// backtestFlags are the flags of orderguard backtest.
type backtestFlags struct {
	before, after string
	labels        string
	data          string
	lateness      time.Duration
	workers       int
	asJSON        bool
}

func newBacktestCommand() *cobra.Command {
	var f backtestFlags
	c := &cobra.Command{
		Use:   "backtest --new RULES [FILE…]",
		Short: "Compare two rule files over one history: what is flagged anew, what no longer",
		Long: `Judges the events of files (.gz and .zst too), or of standard input, by two sets of rules
in one pass, and says for each scenario and each rule how many orders are flagged anew, how
many no longer, and how many by both, with some of them by name. Of rules in shadow it
counts what they would have flagged. With --data the history is the journal of a daemon's data
folder, as the daemon took it; of a daemon that runs it is that of a copy of its store, for which
there must be room for temporary files (TMPDIR). With labels, one {"order","buyer","scenario","attack"}
a line, it tells precision and recall before and after.

It exits with 0 whether or not there are differences.`,
		Example: `  orderguard backtest --new my-rules.yaml orders.ndjson.gz
  orderguard backtest --old rules.yaml --new rules-2.yaml --labels labels.ndjson events.ndjson
  orderguard backtest --new my-rules.yaml --data ./data
  orderguard gen | orderguard backtest --new my-rules.yaml --json`,
		RunE: func(c *cobra.Command, args []string) error {
			if f.after == "" {
				return usageErrorf("--new is missing: name the rule file to compare with --old (by default the shipped rules)")
			}
			if err := checkEngineFlags(f.workers, f.lateness); err != nil {
				return err
			}
			if f.data != "" && len(args) > 0 {
				return usageErrorf("--data %s and files: want one of them as the history", f.data)
			}
			report, err := f.run(c.Context(), args)
			if err != nil {
				return err
			}
			if !f.asJSON {
				return report.WriteText(c.OutOrStdout())
			}
			e := json.NewEncoder(c.OutOrStdout())
			e.SetIndent("", "  ")
			return e.Encode(report)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.before, "old", "", "rule `file` or folder (default: the rules that ship with orderguard)")
	fl.StringVar(&f.after, "new", "", "rule `file` or folder to compare it with")
	fl.StringVar(&f.data, "data", "", "the history is the journal in this `folder`")
	fl.StringVar(&f.labels, "labels", "", "`file` of labels")
	fl.DurationVar(&f.lateness, "lateness", 0, "how long events wait for earlier ones, in event time")
	fl.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that decode and detect; the report does not depend on it")
	fl.BoolVar(&f.asJSON, "json", false, "write the report as JSON")
	return c
}

// run judges the files by both sets of rules.
func (f *backtestFlags) run(ctx context.Context, files []string) (report bench.BacktestReport, err error) {
	before, err := loadRules(f.before)
	after, fail := loadRules(f.after)
	if err := errors.Join(err, fail); err != nil {
		return report, err
	}
	var labels io.Reader
	if f.labels != "" {
		file, err := ingest.Open(f.labels)
		if err != nil {
			return report, err
		}
		defer file.Close()
		labels = file
	}
	tuneGC(gcRoom)
	b, err := bench.NewBacktest(before, after, bench.BacktestOptions{Lateness: f.lateness, Workers: f.workers})
	if err != nil {
		return report, err
	}
	defer b.Close()
	if f.data != "" {
		err = withJournal(ctx, f.data, newLogger(), func(s *store.Store) error { return backtestJournal(ctx, b, s) })
	} else {
		err = backtestFiles(ctx, b, files)
	}
	if err != nil {
		return report, err
	}
	return b.Report(labels)
}

// backtestFiles judges files, or standard input if there are none.
func backtestFiles(ctx context.Context, b *bench.Backtest, files []string) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		src, err := ingest.Open(name)
		if err != nil {
			return err
		}
		if err := b.Read(ctx, name, src); err != nil {
			return err
		}
	}
	return nil
}

// backtestJournal judges a journal, in the order of events in which the daemon judged it.
func backtestJournal(ctx context.Context, b *bench.Backtest, s *store.Store) error {
	return s.Records(1, func(r *store.Record) error {
		if r.Kind == store.Rules || r.Kind == store.Acts {
			return ctx.Err()
		}
		d, err := decode(r)
		if err != nil {
			return fmt.Errorf("record %d of the journal: %w", r.Number, err)
		}
		defer d.free()
		rejected := 0
		if d.batch != nil {
			rejected = len(d.batch.Rejects)
		}
		b.Take(rejected, func(order *ingest.Sequencer) *orderguard.Batch { return arrive(order, r, d.content) })
		return ctx.Err()
	})
}
