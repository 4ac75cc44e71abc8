package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDaemonFile(t *testing.T) {
	dir := t.TempDir()
	_, err := readDaemonFile(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, removeDaemonFile(dir))

	want := daemonFile{HTTP: "127.0.0.1:8080", Token: "og_secret"}
	require.NoError(t, writeDaemonFile(dir, daemonFile{HTTP: "127.0.0.1:1", Token: "og_old"}))
	require.NoError(t, writeDaemonFile(dir, want))
	got, err := readDaemonFile(dir)
	require.NoError(t, err)
	require.Equal(t, want, got)
	info, err := os.Stat(daemonFilePath(dir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the token is the daemon's own")

	require.NoError(t, removeDaemonFile(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Error(t, writeDaemonFile(dir+"/absent", want))
}

func TestDaemonFileBroken(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "{", "{}", `{"http":"127.0.0.1:1"}`, `{"token":"x"}`} {
		require.NoError(t, os.WriteFile(daemonFilePath(dir), []byte(text), 0o600))
		_, err := readDaemonFile(dir)
		require.Error(t, err, text)
	}
}
