package main

import "github.com/spf13/cobra"

// newHelpCommand stands in for cobra's, which takes a mistyped command for
// success.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Print the help of a command",
		Example: "  orderguard help token create",
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			if err != nil {
				return &usageError{err}
			}
			if of.HasSubCommands() && len(rest) > 0 {
				return subcommandArgs(of, rest)
			}
			of.InitDefaultHelpFlag()
			of.InitDefaultVersionFlag()
			return of.Help()
		},
	}
}
