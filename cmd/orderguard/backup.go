package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/store"
)

func newBackupCommand() *cobra.Command {
	var dir, after string
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store, while the daemon runs or not",
		Long: `backup writes a copy of all that is kept, as it is at one moment, while the daemon
goes on. FILE - is standard output. With --after the copy holds only what is new
since the one named: restore takes the full one, and those after it in order.

Records of the journal that cannot be read are not in the copy: they are named on
stderr, and the exit code is 1, though the copy is whole but for them. Keep copies
from before. Records that were given up (serve --accept-loss) are named only.`,
		Example: "  orderguard backup monday.backup\n" +
			"  orderguard backup --after monday.backup tuesday.backup\n" +
			"  orderguard restore --data ./restored monday.backup tuesday.backup",
		Args: oneArg("file to write"),
		RunE: func(c *cobra.Command, args []string) error { return runBackup(c, dir, after, args[0]) },
	}
	dataFlag(c, &dir)
	c.Flags().StringVar(&after, "after", "", "an earlier `copy`: only what is new since is written")
	return c
}

// runBackup copies the store of a folder to a file, and says what is in it.
func runBackup(c *cobra.Command, dir, after, path string) error {
	if err := needsData(dir); err != nil {
		return err
	}
	var former store.Copy
	if after != "" {
		var err error
		if former, err = readCopy(after); err != nil {
			return fmt.Errorf("--after %s: %w", after, err)
		}
	}
	var lost store.Losses
	gap := ""
	write := func(w io.Writer) (err error) {
		lost, err = lookingForLosses(w, func(w io.Writer) error { return writeBackup(c.Context(), dir, w, former, &gap) })
		return err
	}
	if path == "-" {
		if err := write(c.OutOrStdout()); err != nil {
			return err
		}
		return tellLosses(c.ErrOrStderr(), &lost, gap)
	}
	if err := writeNewFile(path, write); err != nil {
		return err
	}
	made, err := readCopy(path)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.ErrOrStderr(), "copied "+copyText(made))
	return tellLosses(c.ErrOrStderr(), &lost, gap)
}

// lookingForLosses has a copy written, and reads along which records are lost in it.
func lookingForLosses(w io.Writer, write func(io.Writer) error) (lost store.Losses, err error) {
	in, out := io.Pipe()
	read := make(chan error, 1)
	go func() {
		var err error
		lost, err = store.LostIn(in)
		_ = in.CloseWithError(err) // the writer must not wait for it
		read <- err
	}()
	err = write(io.MultiWriter(w, out))
	_ = out.CloseWithError(err) // nil is the end
	if fault := <-read; err == nil {
		err = fault
	}
	return lost, err
}

// tellLosses says if serve would not start with a copy, names the records that are lost in it, and fails if that is news.
func tellLosses(w io.Writer, lost *store.Losses, gap string) error {
	if gap != "" {
		fmt.Fprintf(w, "this orderguard would not start with the copy: %s\n", gap)
	}
	if lost.String() == "" {
		return nil
	}
	fmt.Fprintf(w, "not in the copy, since lost: %s of the journal\n", lost)
	if lost.New > 0 {
		return errors.New("the copy is whole but for those records that cannot be read, and were not given up before: keep copies that have them; orderguard check says more")
	}
	return nil
}

// writeBackup copies the store of a folder, or has its daemon copy it. Gap gets what a start with it would lack.
func writeBackup(ctx context.Context, dir string, w io.Writer, after store.Copy, gap *string) error {
	return withStore(ctx, dir, store.OpenToRead, storeOptions(nil),
		func(s *store.Store) error {
			*gap = s.Gap()
			_, err := s.Backup(ctx, w, after)
			return err
		},
		func(d *daemonAPI) error {
			query := url.Values{"store": {after.Store}, "since": {strconv.FormatUint(after.Version, 10)}}
			in, err := d.patient().open(http.MethodGet, "/v1/backup?"+query.Encode(), nil)
			if err != nil {
				return err
			}
			defer in.Close()
			if _, err := io.Copy(w, in); err != nil {
				return fmt.Errorf("copying from the daemon: %w: if it goes on running, its log says why", err)
			}
			return nil
		})
}

// readCopy reads what the copy in a file says that it holds.
func readCopy(path string) (store.Copy, error) {
	f, err := os.Open(path)
	if err != nil {
		return store.Copy{}, err
	}
	defer f.Close()
	return store.ReadCopy(f)
}

// copyText says what a copy holds.
func copyText(c store.Copy) string {
	journal, snapshot := "no journal", "no snapshot"
	if c.Last > 0 {
		journal = fmt.Sprintf("journal %d to %d", c.First, c.Last)
	}
	if c.Snapshot > 0 {
		snapshot = fmt.Sprintf("snapshot after %d", c.Snapshot)
	}
	text := fmt.Sprintf("version %d: changes up to %d, %s, %s", c.Version, c.Seq, journal, snapshot)
	if c.Since > 0 {
		text += fmt.Sprintf("; goes after version %d", c.Since)
	}
	return text
}

// writeNewFile makes a file that is not there yet, durable, whole or not at all.
// A copy that others go on from must not be written over.
func writeNewFile(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there already: name a new file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("creating the copy: %w", err)
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("syncing the copy's folder: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
