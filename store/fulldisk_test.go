package store

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/orderguard/orderguard"
)

const fullDir = "ORDERGUARD_STORE_FULL_DIR"

// fullOptions have room for a test on a small disk.
var fullOptions = Options{Reserve: 32 << 20, MemTable: 8 << 20, LogFile: 8 << 20}

// TestFullDiskUnderUs is two programs on one disk: the store of a child, and one that
// takes all the room there is while the child writes. The child must not
// crash, neither while it runs nor when it closes the store; it goes on when
// there is room again.
func TestFullDiskUnderUs(t *testing.T) {
	if dir := os.Getenv(fullDir); dir != "" {
		fillUntilFull(t, dir)
		return
	}
	d := newLoopDisk(t, "400")
	dir := filepath.Join(d.dir, "data")
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDiskUnderUs$", "-test.v")
		cmd.Env = append(os.Environ(), fullDir+"="+dir)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		said := bufio.NewScanner(out)
		wait := func(for_ string) {
			t.Helper()
			var all []string
			for said.Scan() {
				if all = append(all, said.Text()); strings.HasPrefix(said.Text(), for_) {
					return
				}
			}
			t.Fatalf("the child has ended: %v\n%s", cmd.Wait(), strings.Join(all, "\n"))
		}
		tell := func() {
			_, err := fmt.Fprintln(in, "go on")
			require.NoError(t, err)
		}
		wait("writing")
		release := d.fill()
		wait("full")
		release()
		tell()
		wait("writing")
		release = d.fill()
		wait("full")
		tell()
		wait("closed")
		for said.Scan() { // to its end
		}
		require.NoError(t, cmd.Wait())

		_, err = Open(dir, fullOptions)
		require.ErrorIs(t, err, ErrFull)
		release()
		s, err := Open(dir, fullOptions)
		require.NoError(t, err)
		requireSound(t, s)
		_, last, _ := s.Journal()
		require.LessOrEqual(t, last-s.Position(), uint64(1))
		require.NoError(t, s.Close())
	}
}

// fillUntilFull is the child.
func fillUntilFull(t *testing.T, dir string) {
	s, err := Open(dir, fullOptions)
	require.NoError(t, err)
	in := bufio.NewScanner(os.Stdin)
	for range 2 {
		for said := 0; err == nil; said++ {
			_, last, _ := s.Journal()
			if said == 20 {
				fmt.Println("\nwriting")
			}
			if _, err = s.Append([]Record{{Kind: Lines, Feed: "tcp", Count: 1, Raw: rawOf(1),
				Positions: map[string]FeedPosition{"tcp": {Lines: int64(last + 1)}}}}); err == nil {
				_, err = s.Commit([]orderguard.Alert{alert("s", fmt.Sprint("al_", last%5000), int(last/5000), "r")}, last+1)
			}
			if last%500 == 0 { // keeps the folder small
				require.NoError(t, s.SaveSnapshot(last, func(io.Writer) error { return nil }))
				_, err := s.Trim(t.Context(), Retention{Bytes: 1})
				require.NoError(t, err)
			}
		}
		require.ErrorIs(t, err, ErrFull)
		fmt.Println("\nfull:", err)
		require.True(t, in.Scan())
		err = nil
	}
	require.NoError(t, s.Close())
	fmt.Println("\nclosed")
}

// TestReadOnlyMount opens a store on a disk that can only be read, as one is
// after an error of it.
func TestReadOnlyMount(t *testing.T) {
	d := newLoopDisk(t, "64")
	dir := filepath.Join(d.dir, "data")
	require.NoError(t, open(t, dir).Close())
	require.NoError(t, unix.Mount("", d.dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	_, err := Open(dir, Options{})
	require.ErrorIs(t, err, ErrReadOnly)
	s, err := OpenToRead(dir, Options{})
	require.NoError(t, err)
	requireSound(t, s)
	require.NoError(t, s.Close())
}

// TestLogsHaveTheirBlocks holds that nobody can take away the room that Badger's
// mapped files say they have, also after it has begun new ones.
func TestLogsHaveTheirBlocks(t *testing.T) {
	if !supported(t) {
		t.Skip("the file system of the temporary folder gives no blocks ahead")
	}
	dir := t.TempDir()
	s, err := Open(dir, Options{Reserve: 1, MemTable: 8 << 20, LogFile: 1 << 20})
	require.NoError(t, err)
	defer s.Close()
	seen := map[string]bool{}
	for i := range 300 {
		_, err := s.Append([]Record{{Kind: Tick, Raw: rawOf(1)}})
		require.NoError(t, err)
		if i%100 != 0 {
			continue
		}
		require.NoError(t, s.backFiles()) // as the next append would
		for _, pattern := range []string{"*.mem", "*.vlog"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			require.NoError(t, err)
			require.NotEmpty(t, names)
			for _, name := range names {
				var st unix.Stat_t
				require.NoError(t, unix.Stat(name, &st))
				require.GreaterOrEqual(t, st.Blocks*512, st.Size, name)
				seen[name] = true
			}
		}
	}
	require.Greater(t, len(seen), 3, "new logs were begun")
}

// supported says whether the file system of tests gives blocks ahead.
func supported(t *testing.T) bool {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	return allocate(path) == nil
}

// TestSnapshotsKeepTheReserve writes a snapshot that is larger than the room above the reserve.
func TestSnapshotsKeepTheReserve(t *testing.T) {
	d := newLoopDisk(t, "400")
	dir := filepath.Join(d.dir, "data")
	s, err := Open(dir, fullOptions)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	least, random := int64(math.MaxInt64), rand.NewChaCha8([32]byte{3})
	err = s.SaveSnapshot(1, func(w io.Writer) error {
		block := make([]byte, 1<<20)
		for range 400 {
			_, _ = random.Read(block)
			if _, err := w.Write(block); err != nil {
				return err
			}
			free, err := left(dir)
			require.NoError(t, err)
			least = min(least, free)
		}
		return nil
	})
	require.ErrorIs(t, err, ErrFull)
	require.Greater(t, least, fullOptions.withDefaults().Reserve-2*lookEvery)
	parts, err := filesWith(filepath.Join(dir, snapshotDir), partExt)
	require.NoError(t, err)
	require.Empty(t, parts)
}
