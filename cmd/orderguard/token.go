package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/orderguard/orderguard/store"
	"github.com/spf13/cobra"
)

// tokenKeeper is where tokens are managed: the store itself, or the daemon that
// has it open.
type tokenKeeper interface {
	CreateToken(store.TokenRequest) (secret string, t store.Token, err error)
	Tokens() ([]store.Token, error)
	RevokeToken(id string) error
}

func newTokenCommand() *cobra.Command {
	return newGroup("token", "Make, list and revoke access tokens",
		"  orderguard token create --role seller --shop s-1\n  orderguard token list",
		newTokenCreateCommand(), newTokenListCommand(), newTokenRevokeCommand())
}

func dataFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "data", "./data", "`folder` of the store")
}

func newTokenCreateCommand() *cobra.Command {
	var dir string
	var r store.TokenRequest
	c := &cobra.Command{
		Use:   "create --role ROLE [--shop SHOP]…",
		Short: "Make a token and print it, alone, on stdout",
		Long: `create makes a token and prints it. It is kept as a hash only: it cannot be shown
again. The daemon may be running or not.

Roles: ` + strings.Join(store.Roles, ", ") + `.
A seller's token is for the shops that it names; an admin may do all.`,
		Example: "  orderguard token create --role seller --shop s-1 --shop s-2 --name till\n" +
			"  TOKEN=$(orderguard token create --role feeder)",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.Role == "" {
				return usageErrorf("--role is missing: want one of %s", strings.Join(store.Roles, ", "))
			}
			if err := r.Validate(); err != nil {
				return &usageError{err}
			}
			return withTokens(c.Context(), dir, store.Open, func(k tokenKeeper) error {
				secret, _, err := k.CreateToken(r)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(c.OutOrStdout(), secret)
				return err
			})
		},
	}
	dataFlag(c, &dir)
	c.Flags().StringVar(&r.Role, "role", "", "what the token may do: "+strings.Join(store.Roles, ", "))
	c.Flags().StringArrayVar(&r.Shops, "shop", nil, "`shop` of a seller; may be given again")
	c.Flags().StringVar(&r.Name, "name", "", "a name for people")
	if err := c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(store.Roles, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("BUG: " + err.Error())
	}
	return c
}

func newTokenListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the tokens, the revoked ones too",
		Example: "  orderguard token list --data ./data",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := needsData(dir); err != nil {
				return err
			}
			return withTokens(c.Context(), dir, store.OpenToRead, func(k tokenKeeper) error {
				tokens, err := k.Tokens()
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(c.OutOrStdout()).Encode(tokens)
				}
				return printTokens(c, tokens)
			})
		},
	}
	dataFlag(c, &dir)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func printTokens(c *cobra.Command, tokens []store.Token) error {
	out := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ID\tROLE\tSHOPS\tNAME\tCREATED\tREVOKED")
	for _, t := range tokens {
		revoked := "-"
		if !t.Revoked.IsZero() {
			revoked = t.Revoked.Format(time.RFC3339)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Role,
			orDash(strings.Join(t.Shops, ",")), orDash(t.Name), t.Created.Format(time.RFC3339), revoked)
	}
	return out.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newTokenRevokeCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a token at once; ID is what token list shows",
		Example: "  orderguard token revoke tk_0123456789abcdef",
		Args:    oneArg("token id"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := needsData(dir); err != nil {
				return err
			}
			return withTokens(c.Context(), dir, store.Open, func(k tokenKeeper) error {
				err := k.RevokeToken(args[0])
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("there is no token %q: see orderguard token list for the ids", args[0])
				}
				return err
			})
		},
	}
	dataFlag(c, &dir)
	return c
}

// needsData refuses a data folder that is not there, which opening the store
// would make.
func needsData(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("looking for the store: %w: name its folder with --data", err)
	}
	return nil
}
