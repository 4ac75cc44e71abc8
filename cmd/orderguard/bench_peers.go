package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/casework"
)

func newBenchPeersCommand() *cobra.Command {
	var o bench.PeersOptions
	c := &cobra.Command{
		Use:   "peers [FILE]",
		Short: "The product against what one would write or take instead, on the same file",
		Long: `Runs orderguard detect with two rules and with those that ship, the obvious program for the
two rules (bufio.Scanner, encoding/json, maps of slices), and a Redis design for them, in
turn over one file, and compares what they cost. Those with the two rules must flag the same
orders. redis-server is left out where it is not installed.`,
		Example: "  orderguard bench peers orders.ndjson",
		Args:    oneFile,
	}
	fl := c.Flags()
	fl.IntVar(&o.Made.Orders, "orders", 1_000_000, "without FILE: how many orders to make")
	fl.BoolVar(&o.Made.Market, "market", false, "without FILE: make a marketplace, not a plain stream of orders")
	fl.IntVar(&o.Rounds, "rounds", 3, "how often each is run")
	fl.StringVar(&o.JSONv2, "jsonv2", "", "this `program`, built with GOEXPERIMENT=jsonv2, runs the obvious one too")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, args []string) (*bench.Result, error) {
		o.Setup, o.Input = s, first(args)
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.Peers(ctx, o)
	})
}

// newBenchTwinCommand is what bench peers runs: a twin as a program, standard
// input to standard output.
func newBenchTwinCommand() *cobra.Command {
	return &cobra.Command{
		Use: "twin obvious|redis", Short: "Judge standard input by the two rules as a twin does", Hidden: true,
		Example: "  orderguard bench twin obvious < orders.ndjson",
		Args:    oneArg("twin"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			out := bufio.NewWriter(c.OutOrStdout())
			emit := func(order, scenario string) {
				fmt.Fprintf(out, "{\"order\":%q,\"scenario\":%q}\n", order, scenario)
			}
			switch args[0] {
			case "obvious":
				err = bench.Obvious(os.Stdin, emit)
			case "redis":
				err = runRedis(c.Context(), emit)
			default:
				return usageErrorf("no twin %q: %s", args[0], casework.Nearest(args[0], []string{"obvious", "redis"}))
			}
			return errors.Join(err, out.Flush())
		},
	}
}

func runRedis(ctx context.Context, emit func(order, scenario string)) (err error) {
	dir, err := os.MkdirTemp("", "orderguard-redis-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return bench.Redis(ctx, os.Stdin, dir, emit)
}
