package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

func newBenchKeysCommand() *cobra.Command {
	var o bench.KeysOptions
	c := &cobra.Command{
		Use:   "keys",
		Short: "What windows cost by the number of buyers: memory, time, garbage",
		Long: `Fills windows of 24 hours with so many buyers, who order twice each, and measures bytes a
buyer, the time of an update, the garbage collector's share, and what is left once all have
been idle. --curves also shows the cost by the length of the windows and the number of
shops. 50 million buyers take some minutes and some gigabytes.`,
		Example: "  orderguard bench keys --buyers 1000000,50000000 --json keys.json --svg keys.svg",
		Args:    noArgs,
	}
	c.Flags().IntSliceVar(&o.Buyers, "buyers", []int{1_000_000, 5_000_000, 20_000_000}, "numbers of `buyers`")
	c.Flags().BoolVar(&o.Curves, "curves", false, "measure the cost by windows and shops too")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, _ []string) (*bench.Result, error) {
		o.Setup = s
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.Keys(ctx, o)
	})
}

// newBenchStateCommand is what bench keys runs, in a process of its own.
func newBenchStateCommand() *cobra.Command {
	var o bench.StateOptions
	c := &cobra.Command{
		Use: "state", Short: "Fill windows and print what they cost as JSON", Hidden: true,
		Example: "  orderguard bench state --buyers 1000000",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			tuneGC(gcRoom)
			run, err := bench.RunState(c.Context(), o)
			if err != nil {
				return err
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(run)
		},
	}
	fl := c.Flags()
	fl.IntVar(&o.Buyers, "buyers", 1_000_000, "how many buyers")
	fl.IntVar(&o.Shops, "shops", 0, "how many shops")
	fl.IntVar(&o.Orders, "orders", 0, "how many orders (default two a buyer)")
	fl.DurationVar(&o.Within, "within", 0, "length of the windows (default 24h)")
	fl.BoolVar(&o.Pairs, "pairs", false, "windows of pairs and shops, not of buyers")
	return c
}
