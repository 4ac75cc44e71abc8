package ingest

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// drip is a connection that gives so many bytes at each read, after a while.
type drip struct {
	net.Conn
	size int
	wait time.Duration
}

func (d *drip) Read(b []byte) (int, error) {
	time.Sleep(d.wait)
	return min(d.size, len(b)), nil
}

func (d *drip) SetReadDeadline(time.Time) error { return nil }

// Who sends all the time is read in larger pieces; who sends now and then, little,
// or as much as is taken, is read at once.
func TestFeedConnGathers(t *testing.T) {
	for name, c := range map[string]struct {
		drip
		gathers bool
	}{
		"all the time":           {drip{size: 8000, wait: time.Millisecond}, true},
		"now and then":           {drip{size: 8000, wait: time.Second}, false},
		"little":                 {drip{size: 200, wait: time.Millisecond}, false},
		"more than a read takes": {drip{size: 1 << 20, wait: 0}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			const reads = 10
			p := &feedConn{Conn: &c.drip, ctx: t.Context(), o: &TCPOptions{IdleTimeout: time.Minute}}
			begin := time.Now()
			for range reads {
				_, err := p.Read(make([]byte, 64<<10))
				require.NoError(t, err)
			}
			paused := time.Since(begin) - reads*c.wait
			if c.gathers {
				require.GreaterOrEqual(t, paused, (reads-2)*gather, name)
			} else {
				require.Zero(t, paused, name)
			}
		})
	}
}
