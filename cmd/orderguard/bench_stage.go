package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

// newBenchStageCommand is what bench detect runs: one stage, in a process of its
// own.
func newBenchStageCommand() *cobra.Command {
	var o bench.StageOptions
	c := &cobra.Command{
		Use: "stage --stage STAGE FILE", Short: "Run one stage and print what it used as JSON", Hidden: true,
		Example: "  orderguard bench stage --stage decode orders.ndjson",
		Args:    oneArg("file"),
		RunE: func(c *cobra.Command, args []string) error {
			tuneGC(gcRoom)
			o.Input = args[0]
			run, err := bench.RunStage(c.Context(), o)
			if err != nil {
				return err
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(run)
		},
	}
	c.Flags().StringVar(&o.Stage, "stage", "", "lines, decode, windows, two or shipped")
	c.Flags().IntVar(&o.Workers, "workers", 1, "goroutines that decode and detect")
	return c
}
