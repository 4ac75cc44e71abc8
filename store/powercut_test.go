package store

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPowerCut cuts the power of a disk under a process that appends, commits and takes
// snapshots, over and over, at some moment. After each boot all that was
// reported must be there, and the store open. ORDERGUARD_POWER_CUTS says how
// often; make power-cut says 40 times.
func TestPowerCut(t *testing.T) {
	cuts := 3
	if text := os.Getenv("ORDERGUARD_POWER_CUTS"); text != "" {
		var err error
		cuts, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	d := newLoopDisk(t, "1024")
	dir := filepath.Join(d.dir, "data")
	var last uint64
	for range cuts {
		reported, seq := stopOnce(t, dir, true, func(child *os.Process) {
			d.cutPower()
			_ = child.Kill() // it may have ended by itself, of its disk
		})
		d.mountAgain()
		requireKept(t, dir, reported, seq)
		last = reported
	}
	t.Logf("%d power cuts, %d commits: none lost", cuts, last)
}
