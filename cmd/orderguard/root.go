package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/orderguard/orderguard/casework"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a fault of the command line itself: exit code 2, and a pointer
// to the help.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usageErrorf returns a usageError.
func usageErrorf(format string, a ...any) error { return &usageError{fmt.Errorf(format, a...)} }

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "orderguard",
		Short: "Guard the shops of a marketplace against malicious buyers",
		Long: `Orderguard reads the events of a marketplace (orders, disputes, reviews, messages)
and flags the orders that take part in an attack on a shop.`,
		Example: `  orderguard gen --orders 50000 --labels labels.ndjson > events.ndjson
  orderguard detect events.ndjson > alerts.ndjson
  orderguard eval --labels labels.ndjson alerts.ndjson
  orderguard serve`,
		Args:          subcommandArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("orderguard {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelpCommand())
	root.AddCommand(
		newServeCommand(), newDetectCommand(), newExplainCommand(), newBacktestCommand(), newGenCommand(), newEvalCommand(),
		newBenchCommand(), newRulesCommand(), newTokenCommand(), newBackupCommand(), newRestoreCommand(), newCheckCommand(), newVersionCommand(), newCompletionCommand(),
	)
	return root
}

// execute runs the command line and returns the exit code. It is the one place
// that prints errors.
func execute(ctx context.Context, root *cobra.Command, args []string) int {
	// What fails before a command begins (its flags, its arguments) is wrong
	// usage, whichever library found it.
	began := false
	each(root, func(c *cobra.Command) {
		if run := c.RunE; run != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				began = true
				return run(c, args)
			}
		}
	})
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var usage *usageError
	if began && !errors.As(err, &usage) {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		fmt.Fprintf(root.ErrOrStderr(), "orderguard: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(root.ErrOrStderr(), "orderguard: %v\nsee %s --help\n", err, c.CommandPath())
	return exitUsage
}

// each visits a command and all below it.
func each(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		each(sub, visit)
	}
}

// newGroup returns a command that only holds others.
func newGroup(use, short, example string, subs ...*cobra.Command) *cobra.Command {
	var names []string
	for _, s := range subs {
		if !s.Hidden {
			names = append(names, s.Name())
		}
	}
	group := &cobra.Command{
		Use: use, Short: short, Example: example, Args: subcommandArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usageErrorf("%s needs a subcommand: %s", c.CommandPath(), strings.Join(names, ", "))
		},
	}
	group.AddCommand(subs...)
	return group
}

// subcommandArgs refuses arguments of a command that only holds others.
func subcommandArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return usageErrorf("%s has no command %q: %s", c.CommandPath(), args[0], casework.Nearest(args[0], known))
}

// noArgs refuses any argument.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageErrorf("%s takes no arguments, got %q", c.CommandPath(), args[0])
	}
	return nil
}

// oneArg wants exactly one argument; what names it.
func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageErrorf("%s takes one argument, the %s, and got %d", c.CommandPath(), what, len(args))
		}
		return nil
	}
}

// flagError names the nearest flag for one that is not known, and says what a flag
// takes that has another value.
func flagError(c *cobra.Command, err error) error {
	var wrong *pflag.InvalidValueError
	if errors.As(err, &wrong) {
		return usageErrorf("--%s %q: %s", wrong.GetFlag().Name, wrong.GetValue(), wantOf(wrong))
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &usageError{err}
	}
	// A mistyped command leaves its flags to the command above it, which knows
	// none of them: the command is the fault to name.
	if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
		return subcommandArgs(c, args)
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return usageErrorf("%s: %w", c.CommandPath(), err)
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	name := "--" + unknown.GetSpecifiedName()
	return usageErrorf("%s has no flag %s: %s", c.CommandPath(), name, casework.Nearest(name, known))
}

// wantOf says what a flag takes.
func wantOf(wrong *pflag.InvalidValueError) string {
	switch wrong.GetFlag().Value.Type() {
	case "int", "int64", "uint64":
		return "want a whole number"
	case "float64":
		return "want a number"
	case "duration":
		return "want a time such as 500ms, 90s or 36h"
	case "time":
		return "want a time such as 2026-11-02 or 2026-11-02T08:00:00Z"
	case "bool":
		return "want true or false"
	}
	return wrong.Unwrap().Error() // of a type of our own
}
