package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
)

func newBenchReportCommand() *cobra.Command {
	var page string
	c := &cobra.Command{
		Use:   "report RESULT.json…",
		Short: "Put results into their parts of a page, or print them",
		Long: `Reads results that other benchmarks wrote by --json. With --page each is put into the part of
the page that has the file's name, between <!-- bench:NAME --> and <!-- /bench:NAME -->, and
its charts are drawn beside the page. Without, they are printed.`,
		Example: "  orderguard bench report --page docs/performance.md bin/bench/*.json",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("%s takes at least one result", c.CommandPath())
			}
			for _, name := range args {
				text, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				var r bench.Result
				if err := json.Unmarshal(text, &r); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if page == "" {
					err = r.WriteTable(c.OutOrStdout())
				} else {
					err = bench.RenewPage(page, strings.TrimSuffix(filepath.Base(name), ".json"), &r)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&page, "page", "", "renew this Markdown `file`")
	return c
}
