package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/casework"
)

func newCompletionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the completion script of a shell",
		Example: `  source <(orderguard completion bash)
  orderguard completion zsh > "${fpath[1]}/_orderguard"
  orderguard completion fish > ~/.config/fish/completions/orderguard.fish`,
		Args:      oneArg("shell (" + strings.Join(shells, ", ") + ")"),
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			out := c.OutOrStdout()
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(out, true)
			case "zsh":
				return c.Root().GenZshCompletion(out)
			case "fish":
				return c.Root().GenFishCompletion(out, true)
			}
			return usageErrorf("no completion for the shell %q: %s", args[0], casework.Nearest(args[0], shells))
		},
	}
}
