package ingest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// packed returns lines in a format.
func packed(t testing.TB, format string, lines string) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch format {
	case "gzip", "gzip members":
		w = gzip.NewWriter(&b)
	case "zstd":
		w = must(zstd.NewWriter(&b))
	default:
		return []byte(lines)
	}
	half := 0
	if format == "gzip members" {
		half = len(lines) / 2
		must(w.Write([]byte(lines[:half])))
		require.NoError(t, w.Close())
		w = gzip.NewWriter(&b)
	}
	must(w.Write([]byte(lines[half:])))
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	lines := string(orderLines(5000))
	for _, format := range []string{"plain", "gzip", "gzip members", "zstd"} {
		path := filepath.Join(t.TempDir(), "x.ndjson")
		data := packed(t, format, lines)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		got := readAll(t, must(Open(path)), ReaderOptions{Source: path})
		require.NoError(t, got.err)
		require.Len(t, got.ids, 5000)
		require.Equal(t, int64(len(lines)), got.bytes)

		if format == "plain" {
			continue
		}
		require.NoError(t, os.WriteFile(path, data[:len(data)/2], 0o600))
		got = readAll(t, must(Open(path)), ReaderOptions{Source: path})
		require.ErrorIs(t, got.err, io.ErrUnexpectedEOF)
		require.ErrorContains(t, got.err, path)
		require.Greater(t, len(got.ids), 500)
		require.Equal(t, int(got.lines), len(got.ids)+len(got.rejects))
		require.Len(t, got.rejects, 1)
		require.Contains(t, got.rejects[0].Detail, "the source broke off")
	}
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	require.Empty(t, readAll(t, must(Open(empty)), ReaderOptions{}).ids)
}
