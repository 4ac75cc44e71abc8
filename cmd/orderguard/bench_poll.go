package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

func newBenchPollCommand() *cobra.Command {
	var o bench.PollOptions
	c := &cobra.Command{
		Use:   "poll",
		Short: "How soon sellers are answered while events are taken in",
		Long: `Starts a daemon in a temporary folder, feeds it at a rate, and lets sellers ask for their
alerts: pages of 50 in an open loop and flat out, pages that have not changed, long polls
and event streams; and a marketplace ask about orders (POST /v1/screen).`,
		Example: "  orderguard bench poll --rate 20000 --sellers 500 --json poll.json --svg poll.svg",
		Args:    noArgs,
	}
	fl := c.Flags()
	fl.Float64Var(&o.Rate, "rate", 50_000, "lines a second that are fed meanwhile")
	fl.DurationVar(&o.For, "for", 10*time.Second, "how long each way of polling is measured")
	fl.IntVar(&o.Sellers, "sellers", 200, "how many sellers wait at once")
	fl.Float64Var(&o.Requests, "requests", 2000, "pages a second in the open loop")
	fl.IntVar(&o.Clients, "clients", 16, "connections that ask for pages, and about orders")
	fl.Float64Var(&o.Screens, "screens", 100, "orders a second that a marketplace asks about before it accepts them")
	return benchCommand(c, func(ctx context.Context, s bench.Setup, _ []string) (*bench.Result, error) {
		o.Setup = s
		if err := o.Validate(); err != nil {
			return nil, &usageError{err}
		}
		return bench.PollLoad(ctx, o)
	})
}
