package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

// sameFile reports whether two paths are of one regular file, which one of the
// two would spoil by writing to it. A file that is not there yet is known by
// its place.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y) && x.Mode().IsRegular()
	}
	return errX != nil && errY != nil && placeOf(a) == placeOf(b)
}

// placeOf returns a path with nothing in it that could be written otherwise.
func placeOf(path string) string {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		dir = filepath.Dir(path)
	}
	whole, err := filepath.Abs(filepath.Join(dir, filepath.Base(path)))
	if err != nil {
		return path
	}
	return whole
}

// named is the path that a flag names.
type named struct{ flag, path string }

// checkApart refuses outputs that are one file with each other, or with one of
// the files to read. An empty path is none.
func checkApart(outputs []named, inputs []named) error {
	for i, out := range outputs {
		for _, other := range append(outputs[:i:i], inputs...) {
			if out.path == "" || other.path == "" || !sameFile(out.path, other.path) {
				continue
			}
			return fmt.Errorf("%s %s is %s: name another", out.flag, out.path, cmp.Or(other.flag, "a file to read"))
		}
	}
	return nil
}
