package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestFailedSyncs lets a disk that is provisioned thinly run out below its file system: what
// was written is in memory and cannot be synced. What was reported as durable must be there when the
// memory is gone.
func TestFailedSyncs(t *testing.T) {
	pool := t.TempDir()
	if testing.Short() || os.Getuid() != 0 || unix.Mount("none", pool, "tmpfs", 0, "size=600m") != nil {
		t.Skip("needs root, and some seconds: make power-cut")
	}
	t.Cleanup(func() { _ = unix.Unmount(pool, unix.MNT_DETACH) })
	d := newLoopDiskIn(t, pool, "400")
	dir := filepath.Join(d.dir, "data")
	room := func(more int) {
		used, err := exec.Command("df", "-k", "--output=used", pool).Output()
		require.NoError(t, err)
		var kilobytes int
		_, err = fmt.Sscan(strings.Fields(string(used))[1], &kilobytes)
		require.NoError(t, err)
		require.NoError(t, unix.Mount("none", pool, "tmpfs", unix.MS_REMOUNT, fmt.Sprintf("size=%dk", kilobytes+more)))
	}
	random := rand.NewChaCha8([32]byte{7})
	durable := map[uint64][]byte{}
	appendOne := func(s *Store) error {
		raw := make([]byte, 48<<10)
		_, _ = random.Read(raw)
		records := []Record{{Kind: Acts, Raw: raw}}
		_, err := s.Append(records)
		if err == nil {
			durable[records[0].Number] = raw
		}
		return err
	}
	require.NoError(t, open(t, dir).Close()) // its folders and first files need blocks of the file system's own
	d.thin()
	for round := range 3 {
		s := open(t, dir)
		for range 20 {
			require.NoError(t, appendOne(s))
		}
		room(256)
		failed := error(nil)
		for range 200 {
			if failed = appendOne(s); failed != nil {
				break
			}
		}
		require.ErrorIs(t, failed, ErrDisk, "round %d: Badger no longer says it so that we notice", round)
		require.NoError(t, unix.Mount("none", pool, "tmpfs", unix.MS_REMOUNT, "size=600m"))
		for range 20 {
			require.NoError(t, appendOne(s))
		}
		require.NoError(t, s.Close())
		d.mountAgain()
		s = open(t, dir)
		for n, raw := range durable {
			r, err := s.Record(n)
			require.NoError(t, err)
			require.True(t, string(raw) == string(r.Raw), "record %d", n)
		}
		require.NoError(t, s.Close())
	}
}
