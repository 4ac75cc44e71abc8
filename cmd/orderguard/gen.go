package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/orderguard/orderguard/bench"
	"github.com/spf13/cobra"
)

// genFlags are the flags of gen that are no options of the generator.
type genFlags struct {
	out, labels, config string
	days                float64
	duration            bench.Duration // of days
	load                int
	inTurn              bool
}

func newGenCommand() *cobra.Command {
	var o bench.GenOptions
	var f genFlags
	c := &cobra.Command{
		Use:   "gen",
		Short: "Write a labelled synthetic marketplace",
		Long: `gen writes the events of an invented marketplace as NDJSON: ordinary trade, lawful
look-alikes of attacks, and attacks. The same flags give the same bytes. --labels
names every order of an attack, for orderguard eval.

--config FILE sets any option, in YAML; flags go before it. Under "families:" it
changes single attacks and look-alikes:

  orders: 20000
  families:
    flash-sale: {off: true}

--load N writes a plain stream for measuring speed instead: N orders and, on top of
them, those of 20 bursts (a buyer orders 10 to 16 times at a shop within 10 minutes) and
20 floods (100 to 140 buyers order at a shop within 5 minutes); --no-attacks leaves these
out.

A file whose name ends in .gz or .zst is compressed.`,
		Example: `  orderguard gen --seed 7 --orders 50000 --days 3 --out events.ndjson.zst --labels labels.ndjson
  orderguard gen --load 10000000 | orderguard detect > alerts.ndjson`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(c, o); err != nil {
				return err
			}
			if f.load != 0 || c.Flags().Changed("load") {
				return f.writeLoad(c, o)
			}
			return f.writeMarket(c, o)
		},
	}
	fs := c.Flags()
	fs.Uint64Var(&o.Seed, "seed", 0, "chooses the stream; equal flags give equal bytes")
	fs.TimeVar(&o.Start, "start", time.Time{}, []string{time.RFC3339, time.DateOnly}, "time of the first event (default 2026-11-02)")
	fs.Float64Var(&f.days, "days", 0, "days during which orders are placed (default 7, with --load 1)")
	fs.IntVar(&o.Orders, "orders", 0, "about how many orders ordinary trade has (default 100000)")
	fs.IntVar(&o.Shops, "shops", 0, "how many shops there are (default one for 120 to 1,000 orders, by the seed)")
	fs.IntVar(&o.Buyers, "buyers", 0, "how many ordinary buyers there are (default one for 1.6 to 7 orders, by the seed)")
	fs.BoolVar(&o.NoAttacks, "no-attacks", false, "leave out all attacks")
	fs.BoolVar(&o.NoLookAlikes, "no-lookalikes", false, "leave out all lawful look-alikes of attacks")
	fs.TextVar(&o.Disorder, "disorder", bench.Duration(0), "`time` by which an event comes too late at most, as 2s or 5m")
	fs.Float64Var(&o.DuplicateShare, "duplicates", 0, "share of lines that come twice, 0 to 1")
	fs.Float64Var(&o.BadLineShare, "bad-lines", 0, "bad lines as a share of the good ones, 0 to 1")
	fs.StringVar(&f.config, "config", "", "`file` of options in YAML")
	fs.StringVar(&f.out, "out", "-", "`file` for the events, - for stdout")
	fs.StringVar(&f.labels, "labels", "", "`file` for the labels")
	fs.IntVar(&f.load, "load", 0, "write a plain stream of this many orders instead")
	fs.BoolVar(&f.inTurn, "in-turn", false, "with --load: buyers order one after the other instead of at random")
	return c
}

// check reads --days, and refuses a zero that was written out, for in the
// options it stands for the default.
func (f *genFlags) check(c *cobra.Command, given bench.GenOptions) error {
	var errs []error
	for _, x := range []struct {
		name string
		zero bool
		text string
	}{
		{"start", given.Start.IsZero(), given.Start.Format(time.DateOnly)},
		{"days", f.days == 0, "0"},
		{"orders", given.Orders == 0, "0"},
		{"shops", given.Shops == 0, "0"},
		{"buyers", given.Buyers == 0, "0"},
	} {
		if c.Flags().Changed(x.name) && x.zero {
			errs = append(errs, fmt.Errorf("--%s %s: want more; leave it out for the default", x.name, x.text))
		}
	}
	var err error
	if f.duration, err = bench.Days(f.days); err != nil {
		errs = append(errs, fmt.Errorf("--days %v: want up to 3650", f.days))
	}
	if err := checkApart([]named{{"--out", f.out}, {"--labels", f.labels}}, []named{{"the file of --config", f.config}}); err != nil {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return &usageError{errors.Join(errs...)}
	}
	return nil
}

// writeMarket writes a labelled marketplace.
func (f *genFlags) writeMarket(c *cobra.Command, given bench.GenOptions) error {
	if f.inTurn {
		return usageErrorf("--in-turn goes with --load only")
	}
	o, err := f.options(c, given)
	if err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return &usageError{err}
	}
	var stats bench.GenStats
	err = f.write(c, func(events, labels io.Writer) (err error) {
		stats, err = bench.Generate(events, labels, o)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "%d events of %d orders, %d of them in attacks; %d lines twice, %d bad lines; %d bytes\n",
		stats.Events, stats.Orders, stats.Labelled, stats.Duplicates, stats.BadLines, stats.Bytes)
	return nil
}

// options lays the flags that were given over the configuration file.
func (f *genFlags) options(c *cobra.Command, given bench.GenOptions) (bench.GenOptions, error) {
	o := given
	if f.config != "" {
		var err error
		if o, err = readGenOptions(f.config); err != nil {
			return o, err
		}
	}
	for name, set := range map[string]func(){
		"seed":          func() { o.Seed = given.Seed },
		"start":         func() { o.Start = given.Start },
		"days":          func() { o.Duration = f.duration },
		"orders":        func() { o.Orders = given.Orders },
		"shops":         func() { o.Shops = given.Shops },
		"buyers":        func() { o.Buyers = given.Buyers },
		"no-attacks":    func() { o.NoAttacks = given.NoAttacks },
		"no-lookalikes": func() { o.NoLookAlikes = given.NoLookAlikes },
		"disorder":      func() { o.Disorder = given.Disorder },
		"duplicates":    func() { o.DuplicateShare = given.DuplicateShare },
		"bad-lines":     func() { o.BadLineShare = given.BadLineShare },
	} {
		if c.Flags().Changed(name) {
			set()
		}
	}
	return o, nil
}

// writeLoad writes a plain stream of orders.
func (f *genFlags) writeLoad(c *cobra.Command, given bench.GenOptions) error {
	for _, name := range []string{"orders", "no-lookalikes", "disorder", "duplicates", "bad-lines", "config"} {
		if c.Flags().Changed(name) {
			return usageErrorf("--%s does not go with --load", name)
		}
	}
	if f.load < 1 {
		return usageErrorf("--load %d: want a number of orders from 1", f.load)
	}
	o := bench.LoadOptions{
		Seed: given.Seed, Start: given.Start, Duration: f.duration,
		Orders: f.load, Buyers: given.Buyers, Shops: given.Shops, InTurn: f.inTurn,
	}
	if given.NoAttacks {
		o.Bursts, o.Floods = -1, -1
	}
	if err := o.Validate(); err != nil {
		return &usageError{err}
	}
	return f.write(c, func(events, labels io.Writer) error { return bench.Load(events, labels, o) })
}

// write opens the outputs for generate, and closes them. Interrupting the
// command ends the writing.
func (f *genFlags) write(c *cobra.Command, generate func(events, labels io.Writer) error) (err error) {
	events, err := createOutput(c, f.out)
	if err != nil {
		return err
	}
	defer closeOutput(events, &err)
	var labels io.Writer
	if f.labels != "" {
		file, err := createOutput(c, f.labels)
		if err != nil {
			return err
		}
		defer closeOutput(file, &err)
		labels = file
	}
	return generate(interruptible{c.Context(), events}, labels)
}

// interruptible is a writer that fails once the context has ended.
type interruptible struct {
	ctx context.Context
	w   io.Writer
}

func (i interruptible) Write(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.w.Write(b)
}
