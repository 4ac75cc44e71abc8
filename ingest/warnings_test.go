package ingest

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSeldomWarns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := warnings{log: newTextLog(&out), message: "refused"}
		said := func() string {
			synctest.Wait()
			s.mu.Lock() // time goes on without the test
			defer s.mu.Unlock()
			defer out.Reset()
			return strings.ReplaceAll(out.String(), "level=WARN msg=", "")
		}
		for i := range 1000 {
			s.warn("peer", i)
		}
		require.Equal(t, "refused peer=0 times=1\n", said())
		<-time.After(warningPause)
		require.Equal(t, "refused peer=999 times=999\n", said())
		<-time.After(warningPause)
		require.Empty(t, said())
		s.warn("peer", "x")
		require.Equal(t, "refused peer=x times=1\n", said(), "after a pause it is told at once")
		s.warn("peer", "y")
		s.warn("peer", "z")
		s.close()
		s.close()
		require.Equal(t, "refused peer=z times=2\n", said())
		<-time.After(time.Minute)
		require.Empty(t, said())
	})
}

// newTextLog returns a log without times.
func newTextLog(out *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}
