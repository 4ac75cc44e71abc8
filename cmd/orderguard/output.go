package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"
)

// output is a file that is written through a buffer and perhaps a compressor.
type output struct {
	io.Writer
	ends []func() error // from the writer down to the file
}

// createOutput creates the file at path, compressed if its name ends in .gz or
// .zst. The path "-" is the command's standard output.
func createOutput(c *cobra.Command, path string) (io.WriteCloser, error) {
	file := c.OutOrStdout()
	var ends []func() error
	if path != "-" {
		f, err := os.Create(path)
		if err != nil {
			return nil, fmt.Errorf("creating the output: %w", err)
		}
		file, ends = f, []func() error{f.Close}
	}
	buffer := bufio.NewWriterSize(file, 256<<10)
	ends = append([]func() error{buffer.Flush}, ends...)
	switch {
	case strings.HasSuffix(path, ".gz"):
		z := gzip.NewWriter(buffer)
		return &output{z, append([]func() error{z.Close}, ends...)}, nil
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewWriter(buffer)
		if err != nil {
			panic("BUG: a zstd writer without options failed: " + err.Error())
		}
		return &output{z, append([]func() error{z.Close}, ends...)}, nil
	}
	return &output{buffer, ends}, nil
}

// Close writes what is left and closes the file.
func (o *output) Close() error {
	var errs []error
	for _, end := range o.ends {
		errs = append(errs, end())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the output: %w", err)
	}
	return nil
}

// closeOutput closes an output, and sets err to what went wrong unless
// something went wrong before.
func closeOutput(o io.Closer, err *error) {
	if e := o.Close(); *err == nil {
		*err = e
	}
}
