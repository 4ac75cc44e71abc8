package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orderguard/orderguard/bench"
)

// benchOutput is where the result of a benchmark goes besides the table.
type benchOutput struct {
	json, svg string
	quiet     bool
}

func newBenchCommand() *cobra.Command {
	c := newGroup("bench", "Measure speed, latency and memory",
		"  orderguard bench detect orders.ndjson\n  orderguard bench feed --rate 100000 --for 60s --json feed.json --svg feed.svg",
		newBenchDetectCommand(), newBenchFeedCommand(), newBenchKeysCommand(), newBenchPollCommand(), newBenchRecoverCommand(),
		newBenchPeersCommand(), newBenchReportCommand(), newBenchStageCommand(), newBenchStateCommand(), newBenchTwinCommand())
	c.Long = `Load benchmarks. Each prints a table, with the machine, the commit and the input, and writes
the same as JSON and as a chart where asked for. What they measure, and how, is in docs/bench.md.`
	return c
}

// benchCommand returns a subcommand of bench that prints a result.
func benchCommand(c *cobra.Command, run func(ctx context.Context, s bench.Setup, args []string) (*bench.Result, error)) *cobra.Command {
	var out benchOutput
	fl := c.Flags()
	fl.StringVar(&out.json, "json", "", "write the result as JSON to `file`")
	fl.StringVar(&out.svg, "svg", "", "draw the result as an SVG chart in `file`")
	fl.BoolVar(&out.quiet, "quiet", false, "do not say on standard error what is being done")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkApart([]named{{"--json", out.json}, {"--svg", out.svg}}, inputsOf(args)); err != nil {
			return &usageError{err}
		}
		program, err := bench.ThisProgram()
		if err != nil {
			return err
		}
		tuneGC(serveRoom) // or the stops of a client that collects hundreds of times a second would be taken for the daemon's
		s := bench.Setup{Program: program, Commit: version()}
		if !out.quiet {
			s.Note = func(format string, args ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...) }
		}
		others := bench.WatchOthers()
		res, err := run(c.Context(), s, args)
		if err != nil {
			return err
		}
		res.Others = others()
		res.Command = commandLine(c, args)
		return out.write(c.OutOrStdout(), res)
	}
	return c
}

// commandLine is the command as it was given, without where its result goes.
func commandLine(c *cobra.Command, args []string) string {
	words := []string{c.CommandPath()}
	c.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "json", "svg", "quiet":
		default:
			words = append(words, "--"+f.Name+"="+strings.Trim(f.Value.String(), "[]"))
		}
	})
	return strings.Join(append(words, args...), " ")
}

func inputsOf(args []string) (inputs []named) {
	for _, name := range args {
		inputs = append(inputs, named{path: name})
	}
	return inputs
}

// write prints the result, and writes it to the files that were asked for.
func (o *benchOutput) write(stdout io.Writer, res *bench.Result) error {
	err := res.WriteTable(stdout)
	for _, f := range []struct {
		flag, path string
		write      func(io.Writer) error
	}{{"--json", o.json, res.WriteJSON}, {"--svg", o.svg, res.WriteSVG}} {
		if f.path == "" {
			continue
		}
		file, fail := os.Create(f.path)
		if fail == nil {
			fail = errors.Join(f.write(file), file.Close())
		}
		if fail != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", f.flag, fail))
		}
	}
	return err
}

// oneFile takes at most one argument, a file.
func oneFile(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageErrorf("%s takes one file, and got %d", c.CommandPath(), len(args))
	}
	return nil
}

// first returns the first argument, if there is one.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
