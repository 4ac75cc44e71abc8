package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

func newRestoreCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "restore COPY…",
		Short: "Make a data folder of copies that backup has written",
		Long: `restore makes the store anew in an empty folder: of a full copy, and of those that
were made --after it, in their order. In the end it checks all of it. When it
fails, it leaves nothing. COPY - is standard input.`,
		Example: "  orderguard restore --data ./restored monday.backup tuesday.backup",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("%s needs the copies to restore, the full one first", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			last, err := restoreFiles(c.Context(), dir, args, c.InOrStdin())
			if err != nil {
				return err
			}
			return tellRestored(c.Context(), c.ErrOrStderr(), dir, last)
		},
	}
	dataFlag(c, &dir)
	return c
}

// restoreFiles makes the store of a folder of copies in files, and returns what the last one says of itself.
func restoreFiles(ctx context.Context, dir string, paths []string, stdin io.Reader) (last store.Copy, err error) {
	var copies []io.Reader
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close() // it was read
		}
	}()
	for _, path := range paths {
		if path == "-" {
			copies = append(copies, stdin)
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return last, fmt.Errorf("opening a copy: %w", err)
		}
		copies, files = append(copies, f), append(files, f)
	}
	last, err = store.Restore(ctx, dir, store.Options{Logger: newLogger(), AlertID: detect.AlertID}, copies...)
	if errors.Is(err, store.ErrNotEmpty) {
		err = fmt.Errorf("--data %s: %w", dir, err)
	}
	return last, err
}

// tellRestored says what was restored, what is lost in it, and if serve would not start with it.
func tellRestored(ctx context.Context, w io.Writer, dir string, last store.Copy) error {
	lost, gap, err := lostOf(ctx, dir)
	if err != nil {
		return err
	}
	text := "everything in it was checked"
	if lost.String() != "" {
		text = fmt.Sprintf("it was checked, and lacks what was lost before it was copied: %s of the journal", &lost)
	}
	_, err = fmt.Fprintf(w, "restored into %s %s; %s\n", dir, copyText(last), text)
	if err == nil && gap != "" {
		_, err = fmt.Fprintf(w, "this orderguard does not start with it: %s\n", gap)
	}
	return err
}

// lostOf returns the records that are lost in the store of a folder, and what a start with it would lack.
func lostOf(ctx context.Context, dir string) (lost store.Losses, gap string, err error) {
	s, err := store.OpenToRead(dir, storeOptions(nil))
	if err != nil {
		return lost, "", err
	}
	lost, err = s.Lost(ctx)
	return lost, s.Gap(), errors.Join(err, s.Close())
}
