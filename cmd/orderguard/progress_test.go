package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vbauerster/mpb/v8"
)

func TestProgressText(t *testing.T) {
	s := progressState{
		bytes: 512 << 20, total: 2 << 30, events: 2_345_678, alerts: 12,
		at: 1_793_577_600_000, since: 2 * time.Second,
	}
	require.Equal(t, " 25%  2.35 M events  1.17 M/s  at 2026-11-02 00:00:00  12 alerts", s.String())
	s.total = 0
	require.Equal(t, " 537 MB  2.35 M events  1.17 M/s  at 2026-11-02 00:00:00  12 alerts", s.String())
	require.Equal(t, " 0B  0 events  0/s  0 alerts", (&progressState{}).String())
}

// Nobody looks at a file: then there is no bar, and every method does nothing.
func TestProgressNobodyLooks(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/stderr")
	require.NoError(t, err)
	p := newProgress(f, 100)
	require.Nil(t, p)
	p.update(1, 1, 1, 1)
	p.close()
	require.NoError(t, f.Close())
}

func TestProgressCloses(t *testing.T) {
	for _, total := range []int64{0, 1000} {
		var screen bytes.Buffer
		p := startProgress(total, mpb.WithOutput(&screen), mpb.WithAutoRefresh())
		p.update(10, 1, 0, 1)
		p.shown = time.Time{}
		p.update(2000, 1, 0, 1)
		p.close()
	}
}
