package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// loopDisk is an ext4 file system of its own, in a file, on a loop device.
type loopDisk struct {
	t     testing.TB
	image string
	dir   string // where it is mounted
}

// newLoopDisk makes and mounts one, or skips the test where that is not allowed.
func newLoopDisk(t testing.TB, megabytes string) *loopDisk {
	return newLoopDiskIn(t, t.TempDir(), megabytes)
}

func newLoopDiskIn(t testing.TB, folder, megabytes string) *loopDisk {
	if testing.Short() || os.Getuid() != 0 {
		t.Skip("needs root, and some seconds: make power-cut")
	}
	if out, err := exec.Command("losetup", "-f").CombinedOutput(); err != nil {
		t.Skipf("no loop device here: %v: %s", err, out)
	}
	d := &loopDisk{t: t, image: filepath.Join(folder, "disk.img"), dir: t.TempDir()}
	t.Cleanup(func() { _ = unix.Unmount(d.dir, unix.MNT_DETACH) }) // before the folder is removed
	d.do("truncate", "-s", megabytes+"M", d.image)
	d.do("mkfs.ext4", "-q", "-F", "-b", "4096", d.image)
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		t.Skipf("no loop device can be mounted here: %v: %s", err, out)
	}
	return d
}

func (d *loopDisk) do(name string, args ...string) {
	d.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(d.t, err, "%s %s: %s", name, strings.Join(args, " "), out)
}

// cutPower makes the file system forget all that was not synced: nothing
// reaches the image any more, its journal neither.
func (d *loopDisk) cutPower() {
	const (
		shutdown   = 0x8004587d // FS_IOC_SHUTDOWN
		noLogFlush = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
	)
	root, err := os.Open(d.dir)
	require.NoError(d.t, err)
	require.NoError(d.t, unix.IoctlSetPointerInt(int(root.Fd()), shutdown, noLogFlush))
	require.NoError(d.t, root.Close())
}

// mountAgain is the next boot.
func (d *loopDisk) mountAgain() {
	require.NoError(d.t, unix.Unmount(d.dir, 0))
	d.do("mount", "-o", "loop", d.image, d.dir)
}

// thin takes the blocks of the image away that hold nothing: what belongs to the file system
// itself stays, what is to be written needs room below.
func (d *loopDisk) thin() {
	require.NoError(d.t, unix.Unmount(d.dir, 0))
	whole := d.image + ".whole"
	d.do("cp", "--sparse=never", d.image, whole)
	require.NoError(d.t, os.Rename(whole, d.image))
	out, err := exec.Command("dumpe2fs", d.image).Output()
	require.NoError(d.t, err)
	image, err := os.OpenFile(d.image, os.O_RDWR, 0)
	require.NoError(d.t, err)
	for line := range strings.Lines(string(out)) {
		list, free := strings.CutPrefix(line, "  Free blocks: ")
		if !free {
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSpace(list), ", ") {
			var from, to int64
			if n, _ := fmt.Sscanf(part, "%d-%d", &from, &to); n == 1 {
				to = from
			} else if n == 0 {
				continue
			}
			require.NoError(d.t, unix.Fallocate(int(image.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from*4096, (to-from+1)*4096))
		}
	}
	require.NoError(d.t, image.Close())
	d.do("mount", "-o", "loop,nodiscard", d.image, d.dir)
}

// fill takes all the room that is left.
func (d *loopDisk) fill() (release func()) {
	path := filepath.Join(d.dir, "other-program")
	f, err := os.Create(path)
	require.NoError(d.t, err)
	block := make([]byte, 1<<20)
	for len(block) > 0 {
		if _, err = f.Write(block); err != nil {
			require.True(d.t, errors.Is(err, unix.ENOSPC), err)
			block = block[:len(block)/2]
		}
	}
	require.NoError(d.t, f.Close())
	return func() { require.NoError(d.t, os.Remove(path)) }
}
