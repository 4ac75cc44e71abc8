package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// maxWorkers is the most that --workers takes: tables have 64 parts to share.
const maxWorkers = 64

// checkEngineFlags reports what is wrong with --workers and --lateness.
func checkEngineFlags(workers int, lateness time.Duration) error {
	var errs []error
	if workers < 1 || workers > maxWorkers {
		errs = append(errs, usageErrorf("--workers %d: want 1 to %d", workers, maxWorkers))
	}
	if lateness < 0 {
		errs = append(errs, usageErrorf("--lateness %v: want 0s or more", lateness))
	}
	return errors.Join(errs...)
}

// detectFlags are the flags of orderguard detect.
type detectFlags struct {
	rules, stats, dead, data string
	lateness                 time.Duration
	workers                  int
}

func newDetectCommand() *cobra.Command {
	var f detectFlags
	c := &cobra.Command{
		Use:   "detect [FILE…]",
		Short: "Find attacks in files or standard input, alerts on standard output",
		Long: `Reads events, one JSON object a line, from files (.gz and .zst too) or from
standard input, and writes an alert a line for each flagged order to standard
output, in the order of detection. Several files are one stream, read one after
another. Nothing is kept unless --data names a folder.`,
		Example: `  orderguard detect orders.ndjson.gz > alerts.ndjson
  orderguard gen | orderguard detect --rules my-rules.yaml --stats stats.json`,
		RunE: func(c *cobra.Command, args []string) error {
			return runDetect(c.Context(), f, args, c.OutOrStdout())
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.rules, "rules", "", "rule `file` or folder (default: the rules that ship with orderguard)")
	fl.DurationVar(&f.lateness, "lateness", 0, "how long events wait for earlier ones, in event time")
	fl.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that decode and detect; the alerts do not depend on it")
	fl.StringVar(&f.stats, "stats", "", "write the summary as JSON to `file`")
	fl.StringVar(&f.dead, "dead-letters", "", "keep the lines that are no events in `file`")
	fl.StringVar(&f.data, "data", "", "keep alerts in the store in this `folder`")
	return c
}

// detection is one run of orderguard detect.
type detection struct {
	detectFlags
	pipeline *pipeline
	out      *bufio.Writer
	printed  int64
	// unwritable is why alerts cannot be written any more: there is no sense
	// in finding others.
	unwritable error
	progress   *progress
	began      time.Time
}

func runDetect(ctx context.Context, f detectFlags, files []string, stdout io.Writer) (err error) {
	if err := checkEngineFlags(f.workers, f.lateness); err != nil {
		return err
	}
	tuneGC(gcRoom)
	rules, err := loadRules(f.rules)
	if err != nil {
		return err
	}
	if err := f.checkOutputs(files); err != nil {
		return err
	}
	d := &detection{detectFlags: f, out: bufio.NewWriterSize(stdout, 1<<16), began: time.Now()}
	o := pipelineOptions{rules: rules, lateness: f.lateness, workers: f.workers, publish: d.print, log: newLogger()}
	if f.data != "" {
		kept, fail := store.Open(f.data, storeOptions(o.log))
		if fail != nil {
			return fail
		}
		defer func() { err = errors.Join(err, kept.Close()) }()
		o.store = kept
	}
	if f.dead != "" {
		file, fail := os.Create(f.dead)
		if fail != nil {
			return fmt.Errorf("dead letters: %w", fail)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.dead = file
	}
	if d.pipeline, err = newPipeline(o); err != nil {
		return err
	}
	defer d.pipeline.close()
	d.progress = newProgress(os.Stderr, sizeOf(files))
	err = d.read(ctx, files)
	if d.unwritable == nil {
		err = errors.Join(err, d.pipeline.finish(ctx))
	}
	d.progress.close()
	return errors.Join(err, d.summarise())
}

// checkOutputs refuses an output that is one of the files to read, which would
// be emptied, or the other output, or that cannot be written, which would show
// only in the end.
func (f *detectFlags) checkOutputs(files []string) error {
	inputs := []named{{"the file of --rules", f.rules}}
	for _, name := range files {
		inputs = append(inputs, named{path: name})
	}
	if err := checkApart([]named{{"--stats", f.stats}, {"--dead-letters", f.dead}}, inputs); err != nil {
		return &usageError{err}
	}
	if info, err := os.Stat(f.stats); f.stats == "" || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.OpenFile(f.stats, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("--stats: %w", err)
	}
	return file.Close()
}

// read takes the files through the pipeline, until alerts cannot be written.
func (d *detection) read(ctx context.Context, files []string) error {
	return d.pipeline.readFiles(ctx, files, func() bool {
		c := &d.pipeline.counts
		d.progress.update(c.Bytes, c.Lines, d.printed, d.pipeline.order.Watermark())
		return d.unwritable == nil
	})
}

// print writes the new alerts. An alert that is in the stream already cannot be
// taken back, so a reason that comes later is not shown: the store has it.
func (d *detection) print(alerts []orderguard.Alert) error {
	for i := range alerts {
		a := &alerts[i]
		if a.Revision != 1 {
			continue
		}
		d.printed++
		if a.Seq == 0 {
			a.Seq = uint64(d.printed)
		}
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		_, _ = d.out.Write(append(line, '\n')) // Flush tells what went wrong
	}
	// What a pipe gives it gives at once.
	if err := d.out.Flush(); err != nil {
		d.unwritable = fmt.Errorf("write alerts: %w", err)
	}
	return d.unwritable
}

// summary is what --stats writes.
type summary struct {
	Lines      int64             `json:"lines"`  // that are not blank
	Events     int64             `json:"events"` // judged; lines = events + rejected + duplicates
	Rejected   int64             `json:"rejected"`
	Duplicates int64             `json:"duplicates"`
	Late       int64             `json:"late"`
	Alerts     int64             `json:"alerts"`
	Spared     int64             `json:"spared"` // orders that a list allows
	Seconds    float64           `json:"seconds"`
	Scenarios  map[string]uint64 `json:"alerts_by_scenario"`
	Rules      map[string]uint64 `json:"orders_by_rule"`
	Shadow     map[string]uint64 `json:"orders_by_shadow_rule"`
	Rejects    map[string]int64  `json:"rejected_by_reason"`
}

// summarise writes the summary to stderr, and as JSON where asked for.
func (d *detection) summarise() error {
	snap := d.pipeline.snapshot()
	s := summary{
		Lines: snap.Lines, Events: int64(snap.Events), Rejected: snap.Rejected, Duplicates: int64(snap.Duplicates),
		Late: int64(snap.Late), Alerts: d.printed, Spared: int64(snap.Spared), Seconds: time.Since(d.began).Seconds(),
		Scenarios: map[string]uint64{}, Rules: map[string]uint64{}, Shadow: map[string]uint64{}, Rejects: map[string]int64{},
	}
	for i, n := range snap.Scenarios {
		if n > 0 {
			s.Scenarios[orderguard.Scenario(i).String()] = n
		}
	}
	for _, r := range snap.Rules {
		if r.Shadow {
			s.Shadow[r.ID] = r.Orders
		} else if r.Orders > 0 {
			s.Rules[r.ID] = r.Orders
		}
	}
	for i, n := range snap.Rejects {
		if n > 0 {
			s.Rejects[orderguard.RejectReason(i).String()] = n
		}
	}
	s.write(os.Stderr, snap)
	if d.stats == "" {
		return nil
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.stats, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// write writes the summary for people.
func (s *summary) write(w io.Writer, snap snapshot) {
	rate := float64(s.Lines) / max(s.Seconds, 1e-9)
	fmt.Fprintf(w, "%d lines in %.2f s (%.0f/s): %d events, %d rejected, %d duplicates; %d late\n",
		s.Lines, s.Seconds, rate, s.Events, s.Rejected, s.Duplicates, s.Late)
	fmt.Fprintf(w, "%d flagged orders\n", s.Alerts)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, r := range snap.Rules {
		if r.Orders > 0 && !r.Shadow {
			fmt.Fprintf(t, "  %d\t by %s (%s)\n", r.Orders, r.ID, r.Scenario)
		}
	}
	for _, r := range snap.Rules {
		if r.Shadow {
			fmt.Fprintf(t, "  %d\t would be by %s (%s, shadow)\n", r.Orders, r.ID, r.Scenario)
		}
	}
	t.Flush()
	if s.Spared > 0 {
		fmt.Fprintf(w, "%d orders spared, which lists allow\n", s.Spared)
	}
	for i, n := range snap.Rejects {
		if n > 0 {
			fmt.Fprintf(w, "  %d rejected: %s\n", n, orderguard.RejectReason(i))
		}
	}
}

// sizeOf returns how many bytes the files have, 0 if that is not known.
func sizeOf(files []string) int64 {
	var n int64
	for _, name := range files {
		info, err := os.Stat(name)
		ext := filepath.Ext(name)
		if err != nil || !info.Mode().IsRegular() || ext == ".gz" || ext == ".zst" {
			return 0
		}
		n += info.Size()
	}
	return n
}
