package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestPowerCutOfADaemon is the torture test with power cuts: the disk under the daemon, a file
// system on a loop device of the test's own, loses all that was not synced.
// ORDERGUARD_POWER_CUTS says how often; make power-cut says 40 times.
func TestPowerCutOfADaemon(t *testing.T) {
	text := os.Getenv("ORDERGUARD_POWER_CUTS")
	if text == "" {
		t.Skip("make power-cut runs it")
	}
	cuts, err := strconv.Atoi(text)
	require.NoError(t, err, "ORDERGUARD_POWER_CUTS")
	disk := mountLoop(t)
	lines := marketplace(t, 4000)
	lines[len(lines)-1] = append(bytes.TrimSpace(lines[len(lines)-1]), '\n')
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	want := tortured(t, t.TempDir(), lines, "2s", 0, nil, rng)
	require.Greater(t, bytes.Count(want, []byte("\n")), 100)
	got := tortured(t, filepath.Join(disk.dir, "data"), lines, "2s", cuts, func(d *testDaemon) bool {
		disk.cut()
		killed(d)
		disk.boot()
		return false // a sync that was under way may say that it succeeded: see stopOnce of the store
	}, rng)
	require.Equal(t, string(want), string(got))
}

// loopDisk is a disk whose power can be cut.
type loopDisk struct {
	t          testing.TB
	image, dir string
}

// mountLoop makes one, or skips the test where that is not allowed.
func mountLoop(t testing.TB) *loopDisk {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	d := &loopDisk{t, filepath.Join(t.TempDir(), "disk.img"), t.TempDir()}
	t.Cleanup(func() { _ = unix.Unmount(d.dir, unix.MNT_DETACH) }) // before the folder is removed
	for _, line := range []string{"truncate -s 2G " + d.image, "mkfs.ext4 -q -F " + d.image, d.mount()} {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Skipf("no loop device here: %s: %v: %s", line, err, out)
		}
	}
	return d
}

func (d *loopDisk) mount() string { return "mount -o loop " + d.image + " " + d.dir }

// cut ends all that the file system writes, its own journal too.
func (d *loopDisk) cut() {
	const fsShutdown, noLogFlush = 0x8004587d, 2 // of ext4
	root, err := os.Open(d.dir)
	require.NoError(d.t, err)
	require.NoError(d.t, unix.IoctlSetPointerInt(int(root.Fd()), fsShutdown, noLogFlush))
	require.NoError(d.t, root.Close())
}

// boot mounts the disk again.
func (d *loopDisk) boot() {
	require.NoError(d.t, unix.Unmount(d.dir, 0))
	words := strings.Fields(d.mount())
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	require.NoError(d.t, err, string(out))
}
