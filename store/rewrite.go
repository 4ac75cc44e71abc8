package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// What a failed sync has left out stands in memory, where the system takes it for written:
// reads have it, no later sync writes it, and it is gone with the power. So what Badger
// keeps of it, the newest value log and the manifest, is written to new files before
// anything is built on it, after a failed sync and after a kill that may have followed one. What is in
// memtables and their logs Badger writes to new tables by itself.

// rewriteValues writes the newest value log once more. Nobody may be writing to it.
func rewriteValues(fs files, dir string) error {
	values, err := filesWith(dir, ".vlog")
	if err != nil || len(values) == 0 {
		return err
	}
	return rewrite(fs, slices.Max(values)) // names are numbers of six digits
}

// rewriteManifest writes the list of tables once more. No database may be open.
func rewriteManifest(fs files, dir string) error {
	err := rewrite(fs, filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, os.ErrNotExist) {
		return nil // of a store that is new
	}
	return err
}

// rewrite writes a file once more, but for zeros at its end, which logs have ahead of
// what is written: of those a page is kept.
func rewrite(fs files, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	used, size, err := usedOf(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = writeWhole(fs, path, func(w io.Writer) error {
			_, err := io.CopyN(w, f, min(size, used+logPage))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("store: write %s once more: %w", filepath.Base(path), err)
	}
	return nil
}

// trimZeros leaves out zeros at the end, of which logs have many.
func trimZeros(b []byte) []byte {
	for len(b) >= logPage && bytes.Equal(b[len(b)-logPage:], zeros[:]) {
		b = b[:len(b)-logPage]
	}
	return bytes.TrimRight(b, "\x00")
}

var zeros [logPage]byte

// usedOf returns where the zeros at the end of a file begin, and its size.
func usedOf(r io.Reader) (used, size int64, err error) {
	buf := make([]byte, 256<<10)
	for {
		n, err := io.ReadFull(r, buf)
		if whole := len(trimZeros(buf[:n])); whole > 0 {
			used = size + int64(whole)
		}
		size += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return used, size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}
