package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// explainFlags are the flags of orderguard explain.
type explainFlags struct {
	rules    string
	data     string
	lateness time.Duration
	asJSON   bool
	all      bool
}

func newExplainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain ORDER [FILE…]",
		Short: "Say why an order was, or was not, flagged, rule by rule",
		Long: `Judges the events of files (.gz and .zst too) or of standard input anew, as detect
does, and says for one order what each rule found: at which of its events it looked, what
each condition measured against which limit, what stood in the way, and the smallest
change that would have changed the answer, and what POST /v1/screen would have answered
before the order was accepted. Of an order that was flagged at the event of
another one, as one that took part, it names that event.

With --data the history is the journal of a daemon's data folder. Of a daemon that runs it is
that of a copy of its store, for which there must be room for temporary files (TMPDIR).

Rules that look at no event of the order are listed at the end; --all also shows, in
full, rules whose where leaves the order out.`,
		Example: `  orderguard explain o-1042 orders.ndjson.gz
  orderguard explain o-1042 --data ./data
  zcat orders.ndjson.gz | orderguard explain o-1042 --rules my-rules.yaml --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("%s needs the order: %s", c.CommandPath(), c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkEngineFlags(1, f.lateness); err != nil {
				return err
			}
			if f.data != "" && len(args) > 1 {
				return usageErrorf("--data %s and files: want one of them as the history", f.data)
			}
			x, err := f.run(c.Context(), args[0], args[1:])
			if err != nil {
				return err
			}
			if f.asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(x)
			}
			if err := x.WriteText(c.OutOrStdout(), f.all); err != nil {
				return err
			}
			return x.writeScreened(c.OutOrStdout())
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.rules, "rules", "", "rule `file` or folder (default: the rules that ship with orderguard)")
	fl.StringVar(&f.data, "data", "", "the history is the journal in this `folder`")
	fl.DurationVar(&f.lateness, "lateness", 0, "how long events wait for earlier ones, in event time")
	fl.BoolVar(&f.asJSON, "json", false, "write the explanation as JSON")
	fl.BoolVar(&f.all, "all", false, "show also the rules whose where leaves the order out")
	return c
}

// explanation is why an order was, or was not, flagged, and what POST /v1/screen
// would have answered before it was accepted.
type explanation struct {
	detect.Explanation
	Screened *casework.Screening `json:"screened,omitempty"` // nil: its creation is not in the history
}

func (x *explanation) writeScreened(w io.Writer) error {
	if x.Screened == nil {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nscreened before it was accepted: %s, score %d\n", x.Screened.Action, x.Screened.Score)
	for _, r := range x.Screened.Reasons {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s: %s\n", r.Rule, r.Text)
		}
	}
	return err
}

// run takes the history through an engine that watches the order.
func (f *explainFlags) run(ctx context.Context, order string, files []string) (*explanation, error) {
	rules, err := loadRules(f.rules)
	if err != nil {
		return nil, err
	}
	tuneGC(gcRoom)
	p, err := newPipeline(pipelineOptions{
		rules: rules, lateness: f.lateness, workers: runtime.GOMAXPROCS(0), casework: true, log: newLogger(),
		publish: func([]orderguard.Alert) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	defer p.close()
	watch := p.engine.Watch(order)
	p.past = &pastOrder{order: order}
	if f.data != "" {
		err = withJournal(ctx, f.data, p.options.log, func(s *store.Store) error { return p.readJournal(ctx, s) })
	} else {
		err = p.readFiles(ctx, files, nil)
	}
	if err != nil {
		return nil, err
	}
	if err := p.finish(ctx); err != nil {
		return nil, err
	}
	x, ok := watch.Explanation()
	if !ok {
		return nil, fmt.Errorf("no event of the order %q is among the %d events read: is it the right history, and the right id?",
			order, p.snapshot().Events)
	}
	return &explanation{x, p.past.answered}, nil
}
