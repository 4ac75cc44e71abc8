package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

func newBenchDetectCommand() *cobra.Command {
	var o bench.DetectOptions
	c := &cobra.Command{
		Use:   "detect [FILE]",
		Short: "How fast events are decoded, counted and judged, stage by stage",
		Long: `Measures the way of an event over a file, or a stream that it makes: reading lines,
decoding, windows, two rules, the shipped rules, with one worker and with two, each in
a process of its own, in turn over several rounds; the figures are medians.`,
		Example: `  orderguard bench detect orders.ndjson
  orderguard bench detect --market --orders 400000 --json detect.json --svg detect.svg`,
		Args: oneFile,
	}
	fl := c.Flags()
	fl.BoolVar(&o.Made.Market, "market", false, "without FILE: make a marketplace, not a plain stream of orders")
	fl.IntVar(&o.Made.Orders, "orders", 2_000_000, "without FILE: how many orders to make")
	fl.IntVar(&o.Rounds, "rounds", 5, "how often each stage is run")
	fl.IntVar(&o.Workers, "workers", 2, "the most goroutines that decode and detect")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, args []string) (*bench.Result, error) {
		o.Setup, o.Input = s, first(args)
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.DetectSpeed(ctx, o)
	})
}
