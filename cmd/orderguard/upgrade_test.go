package main

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// formerFolder unpacks a data folder that a former orderguard has written and closed: layout 4, a ledger of layout 3 in its
// snapshots of the records 13 and 16, a journal that begins at record 11, 120 alerts of shop s-1, and the stream till.
func formerFolder(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, exec.Command("tar", "-C", dir, "-xzSf", "../../testdata/upgrade/layout4-trimmed.tar.gz").Run())
	return dir
}

// strangerThanKnown puts snapshots of a version that nobody knows in the place of a folder's.
func strangerThanKnown(t *testing.T, dir string) {
	other := t.TempDir()
	s, err := store.Open(other, store.Options{Reserve: -1})
	require.NoError(t, err)
	require.NoError(t, s.SaveSnapshot(1, func(w io.Writer) error { _, err := w.Write([]byte("of another version")); return err }))
	kept, err := s.Snapshots()
	require.NoError(t, err)
	text, err := os.ReadFile(kept[0].Path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	text = append([]byte("OGSNAP_2"), append(text[8:16:16], text[24:]...)...) // former ones do not name their journal
	for _, name := range []string{"00000000000000000013.snap", "00000000000000000016.snap"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "snapshots", name), text, 0o600))
	}
}

// bytesOf returns the files of a folder by name.
func bytesOf(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	}))
	return files
}

// ranIn runs orderguard and returns what it says, on both, and whether it succeeds.
func ranIn(args ...string) (text string, ok bool) {
	out, err := exec.Command("orderguard", args...).CombinedOutput()
	return string(out), err == nil
}

// Where only another store's snapshot is in the way, check has the file removed, and no backup restored.
func TestCheckAsksForNoBackupForAStrangersSnapshot(t *testing.T) {
	t.Parallel()
	var dirs [2]string
	for i := range dirs {
		dirs[i] = t.TempDir()
		s, err := store.Open(dirs[i], store.Options{Reserve: -1})
		require.NoError(t, err)
		_, err = s.Append([]store.Record{{Kind: store.Tick}})
		require.NoError(t, err)
		if i == 1 {
			require.NoError(t, s.SaveSnapshot(1, func(w io.Writer) error { _, err := w.Write([]byte("state")); return err }))
		}
		require.NoError(t, s.Close())
	}
	require.NoError(t, os.CopyFS(filepath.Join(dirs[0], "snapshots"), os.DirFS(filepath.Join(dirs[1], "snapshots"))))
	text, ok := ranIn("check", "--data", dirs[0])
	require.False(t, ok)
	require.Contains(t, text, "is another journal's, and passed over; to mend it, remove the file")
	require.Contains(t, text, "no backup has to be restored")
	require.NotContains(t, text, "restore a backup")
	require.NoError(t, os.RemoveAll(filepath.Join(dirs[0], "snapshots")))
	text, ok = ranIn("check", "--data", dirs[0])
	require.True(t, ok, text)
}

// livesOn starts a daemon on a folder, checks it and returns its alerts.
func livesOn(t *testing.T, dir string, flags ...string) []orderguard.Alert {
	t.Helper()
	d := startDaemon(t, dir, flags...)
	admin := newToken(t, dir, "admin")
	alerts, _ := d.alerts(admin, []string{"s-1"})
	require.Len(t, alerts, 120)
	w := d.call("POST", "/v1/events", admin, nil, "X-Orderguard-Stream", "till", "X-Orderguard-Offset", "214")
	require.Equal(t, http.StatusOK, w.status, "the stream is where it was: %s", w.body)
	text, ok := ranIn("check", "--data", dir)
	require.True(t, ok, text)
	require.NoError(t, d.end(syscall.SIGTERM), d.stderr.String())
	return alerts
}

// A folder of a former version whose journal was trimmed goes on from its snapshots.
func TestUpgradeOfATrimmedFolder(t *testing.T) {
	t.Parallel()
	dir := formerFolder(t)
	text, ok := ranIn("check", "--data", dir)
	require.True(t, ok, text)
	first := livesOn(t, dir)
	require.Equal(t, first, livesOn(t, dir))
}

// A folder of a former version from whose snapshots no engine can go on stays as it is, whoever opens it, and so for its former
// program; told to, a daemon judges the journal again from where it begins, and gives no alert twice.
func TestUpgradeThatCannotStart(t *testing.T) {
	t.Parallel()
	want := livesOn(t, formerFolder(t))
	dir := formerFolder(t)
	strangerThanKnown(t, dir)
	before := bytesOf(t, dir)
	for _, args := range [][]string{{"serve"}, {"token", "create", "--role", "admin"}, {"detect", "../../testdata/upgrade/layout4-trimmed.tar.gz"}} {
		text, ok := ranIn(append(args, "--data", dir)...)
		require.False(t, ok, args)
		require.Contains(t, text, "the records 1 to 10 of the journal are gone")
		require.Contains(t, text, "00000000000000000016.snap: the header")
		require.Contains(t, text, "another orderguard wrote the snapshots: nothing was changed; use that one, or")
		require.Equal(t, before, bytesOf(t, dir))
	}
	text, ok := ranIn("check", "--data", dir)
	require.False(t, ok)
	require.Contains(t, text, "the records 1 to 10 of the journal are gone")
	require.Contains(t, text, "; to mend it, use the orderguard that wrote the snapshots, or start once with serve --accept-loss")
	require.NotContains(t, text, "restore a backup")
	copied := filepath.Join(t.TempDir(), "copy")
	text, ok = ranIn("backup", "--data", dir, copied)
	require.True(t, ok, text)
	require.Contains(t, text, "this orderguard would not start with the copy: the records 1 to 10")
	require.Equal(t, before, bytesOf(t, dir))
	made, err := readCopy(copied)
	require.NoError(t, err)
	require.EqualValues(t, 4, made.Layout, "the former program can restore it")
	restored := filepath.Join(t.TempDir(), "restored")
	text, ok = ranIn("restore", "--data", restored, copied)
	require.True(t, ok, text)
	require.Contains(t, text, "this orderguard does not start with it: the records 1 to 10")

	for _, dir := range []string{dir, restored} {
		require.Equal(t, want, livesOn(t, dir, "--accept-loss"))
		require.Equal(t, want, livesOn(t, dir))
	}
}
