package main

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// Data folders that former orderguards have written and closed: layout 4, 120 alerts of shop s-1, and the stream till with
// 214 lines.
const (
	// trimmedFolder is of 6ccd0f6: a ledger of layout 3 in its snapshots of the records 13 and 16, and a journal that begins
	// at record 11.
	trimmedFolder = "layout4-trimmed"
	// wholeFolder is of dfa1ad8, the last one of the engine's format 3: snapshots of the records 16 and 22, from which no later program goes
	// on, and a journal of the records 1 to 22.
	wholeFolder = "layout4-whole"
)

// formerFolder unpacks one of them.
func formerFolder(t *testing.T, name string) string {
	dir := t.TempDir()
	require.NoError(t, exec.Command("tar", "-C", dir, "-xzSf", "../../testdata/upgrade/"+name+".tar.gz").Run())
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
	d.isWhereItWas(admin)
	text, ok := ranIn("check", "--data", dir)
	require.True(t, ok, text)
	require.NoError(t, d.end(syscall.SIGTERM), d.stderr.String())
	return alerts
}

// isWhereItWas holds that the stream till has all its lines.
func (d *testDaemon) isWhereItWas(admin string) {
	d.t.Helper()
	w := d.call("POST", "/v1/events", admin, nil, "X-Orderguard-Stream", "till", "X-Orderguard-Offset", "214")
	require.Equal(d.t, http.StatusOK, w.status, w.body)
}

// A folder of a former version whose journal was trimmed goes on from its snapshots.
func TestUpgradeOfATrimmedFolder(t *testing.T) {
	t.Parallel()
	dir := formerFolder(t, trimmedFolder)
	text, ok := ranIn("check", "--data", dir)
	require.True(t, ok, text)
	first := livesOn(t, dir)
	require.Equal(t, first, livesOn(t, dir))
}

// A folder of a former version from whose snapshots no engine can go on stays as it is, whoever opens it, and so for its former
// program; told to, a daemon judges the journal again from where it begins, and gives no alert twice.
func TestUpgradeThatCannotStart(t *testing.T) {
	t.Parallel()
	want := livesOn(t, formerFolder(t, trimmedFolder))
	dir := formerFolder(t, trimmedFolder)
	strangerThanKnown(t, dir)
	before := bytesOf(t, dir)
	for _, args := range [][]string{{"serve"}, {"token", "create", "--role", "admin"}, {"detect", "../../testdata/upgrade/layout4-trimmed.tar.gz"}} {
		text, ok := ranIn(append(args, "--data", dir)...)
		require.False(t, ok, args)
		require.Contains(t, text, "the records 1 to 10 of the journal are gone")
		require.Contains(t, text, "00000000000000000016.snap: the header")
		require.Contains(t, text, "another orderguard wrote the snapshots: this start has changed nothing; use the orderguard that wrote the snapshots, or, ")
		require.Equal(t, before, bytesOf(t, dir))
	}
	text, ok := ranIn("check", "--data", dir)
	require.False(t, ok)
	require.Contains(t, text, "the records 1 to 10 of the journal are gone")
	require.Contains(t, text, "; to mend it, use the orderguard that wrote the snapshots, or, to judge the journal again")
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
	require.Contains(t, text, "the orderguard that wrote the snapshots no longer opens the folder")
	text, ok = ranIn("serve", "--data", restored)
	require.False(t, ok)
	require.Contains(t, text, "another orderguard wrote the snapshots: this start has changed nothing; the orderguard that wrote the snapshots no longer opens the folder")
	require.NotContains(t, text, "use the orderguard that wrote")

	for _, dir := range []string{dir, restored} {
		require.Equal(t, want, livesOn(t, dir, "--accept-loss"))
		require.Equal(t, want, livesOn(t, dir))
	}
}

// trimmer is orderguard that trims the journal all the time.
func trimmer() {
	trimEvery = 50 * time.Millisecond
	main()
}

// startTrimmer starts a daemon that keeps of the journal what it has to.
func startTrimmer(t *testing.T, dir string, flags ...string) *testDaemon {
	t.Helper()
	return startProgram(t, "trimmer", dir, append(flags, "--journal-bytes", "1")...)
}

// hasTrimmed waits until a daemon has tried to trim a journal of which it has to keep some.
func (d *testDaemon) hasTrimmed() {
	d.t.Helper()
	await(d.t, "the journal to be trimmed", func() bool { return strings.Contains(d.stderr.String(), "stays larger than --journal-bytes") })
}

// lookAt returns where the journal of a folder begins that no daemon has, and the alerts of shop s-1, byte for byte.
func lookAt(t *testing.T, dir string) (first uint64, alerts []string) {
	s, err := store.OpenToRead(dir, store.Options{})
	require.NoError(t, err)
	defer s.Close()
	first, _, _ = s.Journal()
	_, more, err := s.Changes("s-1", 0, store.Query{Limit: store.MaxLimit}, func(_ uint64, text []byte) { alerts = append(alerts, string(text)) })
	require.NoError(t, err)
	require.False(t, more)
	return first, alerts
}

// copiedFolder copies a data folder.
func copiedFolder(t *testing.T, dir string) string {
	to := filepath.Join(t.TempDir(), "copied")
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// tear cuts the newest snapshots of a folder short.
func tear(t *testing.T, dir string, newest int) {
	paths, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.snap"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), newest)
	for _, path := range paths[len(paths)-newest:] {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(path, info.Size()*2/3))
	}
}

// A folder with a whole journal, and snapshots that are of no use, loses nothing to daemons that trim it and are killed:
// what a former version has left, and what is torn.
func TestTrimBesideUnusableSnapshots(t *testing.T) {
	t.Parallel()
	dir := formerFolder(t, wholeFolder)
	_, want := lookAt(t, dir)
	require.Len(t, want, 120)
	holds := func(dir string, trimmed bool) {
		t.Helper()
		for range 2 {
			d := startTrimmer(t, dir)
			d.hasTrimmed()
			d.isWhereItWas(newToken(t, dir, "admin"))
			text, ok := ranIn("check", "--data", dir)
			require.Equal(t, !strings.Contains(text, ".snap"), ok, text)
			require.NotContains(t, text, "restore a backup")
			killed(d)
			first, alerts := lookAt(t, dir)
			require.Equal(t, trimmed, first > 1)
			require.Equal(t, want, alerts)
		}
	}
	holds(dir, false)

	for range 2 { // the folder has two snapshots of this program then
		d := startDaemon(t, dir)
		d.stop()
	}
	one, both := copiedFolder(t, dir), copiedFolder(t, dir)
	tear(t, one, 1)
	tear(t, both, 2)
	holds(one, true)
	holds(both, false)
	holds(dir, true)
}
