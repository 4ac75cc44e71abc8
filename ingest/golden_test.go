package ingest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestUglyGolden reads a stream with something wrong on nearly every line, and
// holds what users find in the dead-letter file.
func TestUglyGolden(t *testing.T) {
	dir := filepath.Join("..", "testdata", "ingest")
	src := must(os.ReadFile(filepath.Join(dir, "ugly.ndjson")))
	r := NewReader(bytes.NewReader(src), ReaderOptions{Source: "ugly.ndjson"})
	defer r.Close()
	var out bytes.Buffer
	d := NewDeadLetters(&out)
	events, rejects := 0, 0
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			break
		}
		events, rejects = events+len(b.Events), rejects+len(b.Rejects)
		require.NoError(t, d.Write(b))
		r.Recycle(b)
	}
	require.NoError(t, d.Flush())
	notBlank := 0
	for _, line := range bytes.Split(src, []byte("\n")) {
		if len(bytes.TrimSpace(line)) > 0 {
			notBlank++
		}
	}
	require.Equal(t, notBlank, events+rejects)
	golden := filepath.Join(dir, "ugly.dead.ndjson")
	if *update {
		require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o600))
	}
	require.Equal(t, string(must(os.ReadFile(golden))), out.String())
}
