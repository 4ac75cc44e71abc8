package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/ingest"
)

func newRulesTestCommand() *cobra.Command {
	var rules string
	c := &cobra.Command{
		Use:   "test [FILE|DIR…]",
		Short: "Run scripts that say what rules are to find: events in, flagged orders expected",
		Long: `test runs scripts, of files, of folders (*.yaml and *.yml, those below too) or of standard
input, and prints a line for each. A script holds cases; each gives events, in a short form
or as JSON, and says which orders are flagged by which rule. Whatever else is flagged is a
failure. The rules are those of --rules, or those that the script names, or the shipped
ones. It exits with 1 if a case fails.

  cases:
    - name: ten unpaid orders in ten minutes
      events: |
        10 times every 30s: order.created order=o-# buyer=b-1 shop=s-1
      flagged:
        - {rule: order-burst, orders: o-1..o-10}
    - name: a buyer who pays
      spares: order-burst
      events: |
        at 0s, 10 times every 30s: order.created order=o-# buyer=b-1 shop=s-1
        at 5s, 10 times every 30s: order.paid order=o-#`,
		Example: `  orderguard rules test testdata/rules-scripts
  orderguard rules test --rules my-rules.yaml my-scripts/ more.yaml`,
		RunE: func(c *cobra.Command, args []string) error {
			files, err := scriptFiles(args)
			if err != nil {
				return err
			}
			failed := 0
			var errs []error
			for _, file := range files {
				n, err := runScript(c.Context(), c.OutOrStdout(), file, rules)
				failed += n
				errs = append(errs, err)
			}
			if failed > 0 {
				errs = append(errs, fmt.Errorf("%d cases failed", failed))
			}
			return errors.Join(errs...)
		},
	}
	c.Flags().StringVar(&rules, "rules", "", "rule `file` or folder, in the place of those that scripts name")
	return c
}

// scriptFiles lists the scripts at the paths.
func scriptFiles(paths []string) (files []string, err error) {
	if len(paths) == 0 {
		return []string{"-"}, nil
	}
	for _, path := range paths {
		if path == "-" {
			files = append(files, path)
			continue
		}
		before := len(files)
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(name); err == nil && !d.IsDir() && (name == path || slices.Contains([]string{".yaml", ".yml"}, ext)) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("finding the scripts: %w", err)
		}
		if len(files) == before {
			return nil, fmt.Errorf("there is no script, *.yaml, in %s", path)
		}
	}
	return files, nil
}

// runScript runs the cases of a script and returns how many failed.
func runScript(ctx context.Context, out io.Writer, file, rules string) (failed int, err error) {
	src, err := ingest.Open(file)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	text, err := io.ReadAll(src)
	if err != nil {
		return 0, fmt.Errorf("reading the script: %w", err)
	}
	script, err := bench.ParseScript(file, text)
	if err != nil {
		return 0, err
	}
	if rules == "" && script.Rules != "" {
		rules = filepath.Join(filepath.Dir(file), filepath.FromSlash(script.Rules))
	}
	set, err := loadRules(rules)
	if err != nil {
		return 0, err
	}
	for i := range script.Cases {
		if err := script.Cases[i].Run(ctx, set); err != nil {
			failed++
			fmt.Fprintf(out, "FAIL  %v\n", err)
		}
		if err := ctx.Err(); err != nil {
			return failed, err
		}
	}
	if failed == 0 {
		fmt.Fprintf(out, "ok    %s: %d cases\n", file, len(script.Cases))
	}
	return failed, nil
}
