package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/orderguard/orderguard/bench"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// marketFlags are the flags with which eval makes its own marketplaces.
type marketFlags struct {
	seeds, free []string
	rules       string
	gen         string
	detail      bool
	hold        bool
	calibrate   bool
}

// register adds the flags.
func (f *marketFlags) register(fs *pflag.FlagSet) {
	fs.StringSliceVar(&f.seeds, "seeds", nil, "`seeds` of marketplaces to make and judge, as 3 or 1-10")
	fs.StringSliceVar(&f.free, "free-seeds", nil, "`seeds` of marketplaces without attacks")
	fs.StringVar(&f.rules, "rules", "", "with seeds: rule `file` or folder (default: the rules that ship with orderguard)")
	fs.StringVar(&f.gen, "config", "", "with seeds: `file` of gen's options in YAML")
	fs.BoolVar(&f.detail, "detail", false, "with seeds: list what was flagged wrongly, and the attacks hardly found")
	fs.BoolVar(&f.calibrate, "calibrate", false, "with seeds: write how often each rule is right, and the score that follows")
	fs.BoolVar(&f.hold, "hold", false, "with seeds: fail if a figure misses its bar")
}

// asked says whether marketplaces are to be made.
func (f *marketFlags) asked() bool { return len(f.seeds)+len(f.free) > 0 }

// run judges generated markets with the rules, and writes how right they were.
func (f *marketFlags) run(c *cobra.Command) error {
	var all bench.Accuracy
	var o bench.GenOptions
	if f.gen != "" {
		var err error
		if o, err = readGenOptions(f.gen); err != nil {
			return err
		}
	}
	for _, kind := range []struct {
		seeds []string
		free  bool
	}{{f.seeds, false}, {f.free, true}} {
		seeds, err := readSeeds(kind.seeds)
		if err != nil {
			return err
		}
		for _, seed := range seeds {
			if f.calibrate && seed >= bench.HeldOutSeeds {
				return usageErrorf("--calibrate with seed %d: rules are tuned on seeds below %d only", seed, bench.HeldOutSeeds)
			}
			o.Seed, o.NoAttacks = seed, kind.free
			if err := f.market(c.Context(), &all, o); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
		}
	}
	if f.calibrate {
		return all.WriteRules(c.OutOrStdout())
	}
	if err := all.WriteMarkdown(c.OutOrStdout(), f.detail); err != nil {
		return err
	}
	for _, bar := range all.Bars() {
		if f.hold && !bar.Met() {
			return fmt.Errorf("a bar is missed: %s", bar.Name)
		}
	}
	return nil
}

// market adds the figures of one market. Its events go to a process of their
// own, as a user's would, and are not kept.
func (f *marketFlags) market(ctx context.Context, all *bench.Accuracy, o bench.GenOptions) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	detect := exec.CommandContext(ctx, self, "detect", "--rules", f.rules)
	detect.Args[0] = os.Args[0] // in tests the program is known by this name
	var labels, origins, alerts, trouble bytes.Buffer
	detect.Stdout, detect.Stderr = &alerts, &trouble
	events, err := detect.StdinPipe()
	if err != nil {
		return err
	}
	if err := detect.Start(); err != nil {
		return err
	}
	stats, failed := bench.GenerateOrigins(events, &labels, &origins, o)
	events.Close()
	if err := detect.Wait(); err != nil {
		return fmt.Errorf("detect: %w: %s", err, trouble.String())
	}
	if failed != nil {
		return failed
	}
	report, err := bench.Score(&labels, &alerts, bytes.NewReader(origins.Bytes()))
	if err != nil {
		return err
	}
	if err := report.Blame(&origins); err != nil {
		return err
	}
	all.Add(o.Seed, o.NoAttacks, stats.Orders, report)
	return nil
}

// readSeeds reads numbers and ranges, as 3 or 1001-1010.
func readSeeds(texts []string) ([]uint64, error) {
	var all []uint64
	for _, text := range texts {
		from, to, isRange := strings.Cut(text, "-")
		if !isRange {
			to = from
		}
		lo, err := strconv.ParseUint(from, 10, 64)
		hi, err2 := strconv.ParseUint(to, 10, 64)
		if err != nil || err2 != nil || lo > hi || hi-lo >= 1000 {
			return nil, usageErrorf("seeds %q: want numbers such as 3, or ranges of at most 1000 such as 1-10", text)
		}
		for s := lo; s <= hi; s++ {
			all = append(all, s)
		}
	}
	return all, nil
}
