package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/store"
)

func newCheckCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "check",
		Short: "Look at everything in the store, and name what is wrong",
		Long: `check reads all that is kept, and holds it together: alerts, their changes and
timelines, verdicts, reports, decisions, the deltas of indicators, the journal, its index, the positions of feeds,
snapshots, tokens; and reports, decisions and sanctions with what was done. Each fault is a line
on stdout. The daemon may be running or not; check itself changes nothing. Exit code 1 if there is a fault.
Records of the journal that are lost, and were given up (serve --accept-loss, or by a restore of a copy that
lacks them), are named on stderr and are no fault.`,
		Example: "  orderguard check --data ./data",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := needsData(dir); err != nil {
				return err
			}
			found, err := checkFolder(c.Context(), dir)
			for _, fault := range found.Faults {
				fmt.Fprintln(c.OutOrStdout(), fault)
			}
			if err != nil {
				return err
			}
			return tellChecked(c.ErrOrStderr(), dir, found)
		},
	}
	dataFlag(c, &dir)
	return c
}

// checkFolder looks at the store of a folder, or has its daemon do so.
func checkFolder(ctx context.Context, dir string) (found api.CheckResult, err error) {
	options := storeOptions(newLogger())
	options.Orders = ordersOf
	err = withStore(ctx, dir, store.OpenToRead, options,
		func(s *store.Store) (err error) {
			found, err = checkAll(ctx, s, nil)
			return err
		},
		func(d *daemonAPI) error { return d.patient().call(http.MethodGet, "/v1/check", nil, &found) })
	if errors.Is(err, store.ErrDamaged) {
		found.Faults, err = append(found.Faults, err.Error()), nil
	}
	return found, err
}

// tellChecked says whether a store is sound, and fails if it is not.
func tellChecked(w io.Writer, dir string, found api.CheckResult) error {
	switch {
	case len(found.Faults) > 0 && !slices.ContainsFunc(found.Faults, func(fault string) bool { return !store.Mendable(fault) }):
		return fmt.Errorf("%s has faults: do what they say; no backup has to be restored", dir)
	case len(found.Faults) > 0:
		return fmt.Errorf("%s has faults: restore a backup, or ask for help with this list", dir)
	}
	but := ""
	for _, loss := range found.Lost {
		fmt.Fprintf(w, "known: %s\n", loss)
		but = ", but for what is known to be lost"
	}
	_, err := fmt.Fprintf(w, "%s is sound%s\n", dir, but)
	return err
}
