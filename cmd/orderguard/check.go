package main

import (
	"errors"
	"fmt"
	"net/http"

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
snapshots, tokens. Each fault is a line
on stdout. The daemon may be running or not; check itself changes nothing. Exit code 1 if there is a fault.`,
		Example: "  orderguard check --data ./data",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := needsData(dir); err != nil {
				return err
			}
			var faults []string
			err := withStore(c.Context(), dir, store.OpenToRead, store.Options{Logger: newLogger(), Orders: ordersOf},
				func(s *store.Store) (err error) {
					faults, err = checkAll(c.Context(), s)
					return err
				},
				func(d *daemonAPI) error {
					var answer api.CheckResult
					err := d.patient().call(http.MethodGet, "/v1/check", nil, &answer)
					faults = answer.Faults
					return err
				})
			if errors.Is(err, store.ErrDamaged) {
				faults, err = append(faults, err.Error()), nil
			}
			for _, fault := range faults {
				fmt.Fprintln(c.OutOrStdout(), fault)
			}
			switch {
			case err != nil:
				return err
			case len(faults) > 0:
				return fmt.Errorf("%s has faults: restore a backup, or ask for help with this list", dir)
			}
			_, err = fmt.Fprintf(c.ErrOrStderr(), "%s is sound\n", dir)
			return err
		},
	}
	dataFlag(c, &dir)
	return c
}
