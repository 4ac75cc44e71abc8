package store

import (
	"errors"
	"os"
	"syscall"
)

// allocate gives a file blocks for all of its size.
func allocate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		const keepSize = 1 // FALLOC_FL_KEEP_SIZE
		err = syscall.Fallocate(int(f.Fd()), keepSize, 0, info.Size())
	}
	return errors.Join(err, f.Close())
}
