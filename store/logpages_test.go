package store

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestLogsAreTakenByPages holds that the logs that Badger writes to are not read ahead, and those that are only
// read from then on are again.
func TestLogsAreTakenByPages(t *testing.T) {
	if _, err := os.Stat("/proc/self/smaps"); err != nil {
		t.Skip("the system does not tell how memory is mapped")
	}
	dir := filepath.Join(t.TempDir(), "a folder")
	s, err := Open(dir, Options{Reserve: -1, LogFile: 1 << 20})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	raw := make([]byte, 700<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(raw) // never fails; zeros would be packed to nothing
	for range 4 {
		s.pages.looked = s.pages.looked.AddDate(-1, 0, 0)
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: raw}})
		require.NoError(t, err)
	}
	requireByPages(t, s)
	require.NoError(t, s.writeOut()) // which opens Badger anew, and maps a log of the same name where that was
	requireByPages(t, s)
}

// requireByPages looks for logs, and holds that those that are written to are not read ahead.
func requireByPages(t *testing.T, s *Store) {
	dir := s.dir
	s.pages.looked = s.pages.looked.AddDate(-1, 0, 0)
	s.pages.look()
	flags := map[string]bool{} // whether the system does not read it ahead, by name
	f, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer f.Close()
	name := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if _, path, ok := strings.Cut(line, dir+"/"); ok {
			name = path
		} else if rest, ok := strings.CutPrefix(line, "VmFlags:"); ok {
			if name != "" {
				flags[name] = strings.Contains(rest+" ", " rr ")
			}
			name = ""
		}
	}
	values, err := filesWith(dir, ".vlog")
	require.NoError(t, err)
	require.Greater(t, len(values), 1)
	for i, path := range values {
		random, mapped := flags[filepath.Base(path)]
		require.True(t, mapped, path)
		require.Equal(t, i == len(values)-1, random, path)
	}
	keys, err := filesWith(dir, ".mem")
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	for _, path := range keys {
		require.True(t, flags[filepath.Base(path)], path)
	}
}

// TestLogsOfAnotherFolder holds that a folder's logs are not those of one whose path ends alike.
func TestLogsOfAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(t.TempDir(), dir)
	require.NoError(t, os.MkdirAll(other, 0o700))
	f, err := os.Create(filepath.Join(other, "000001.vlog"))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(4096))
	log, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Munmap(log)) }()
	require.Empty(t, mappedLogs(dir))
	if _, err := os.Stat("/proc/self/maps"); err == nil {
		require.Len(t, mappedLogs(other), 1)
	}
}
