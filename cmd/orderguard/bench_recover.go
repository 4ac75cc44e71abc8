package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

func newBenchRecoverCommand() *cobra.Command {
	var o bench.RecoverOptions
	c := &cobra.Command{
		Use:   "recover",
		Short: "How long a daemon takes to start again, by the length of the journal's tail",
		Long: `Feeds a daemon in a temporary folder, kills it, and measures how long it takes until it
takes events again: with the whole journal to judge, and, after an orderly stop, with a
snapshot.`,
		Example: "  orderguard bench recover --tails 250000,1000000 --json recover.json --svg recover.svg",
		Args:    noArgs,
	}
	c.Flags().IntSliceVar(&o.Tails, "tails", []int{250_000, 500_000, 1_000_000, 2_000_000}, "lengths of the tail, in `lines`")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, _ []string) (*bench.Result, error) {
		o.Setup = s
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.Recover(ctx, o)
	})
}
