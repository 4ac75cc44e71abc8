package ingest

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A thousand idle connections cost memory that is known, and hold nobody up;
// they are let go of when their time is over.
func TestTCPManyIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		burst := orderLines(200)
		heap := func() int64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.GC()
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		before := heap()
		l, stop := serve(t, TCPOptions{IdleTimeout: time.Minute}, &c)
		var conns []net.Conn
		for i := range DefaultMaxConns - 1 {
			conns = append(conns, l.dial())
			if i%2 == 0 {
				_, _ = conns[i].Write(burst)
			}
		}
		synctest.Wait()
		// Of two, one has sent something, and keeps one block to read to.
		require.Less(t, heap()-before, int64(DefaultMaxConns/2*(liveBlock+64<<10)))
		active := l.dial()
		_, _ = io.WriteString(active, line("b", 0)+"\n")
		synctest.Wait()
		require.Equal(t, "tcp/b", c.ids[len(c.ids)-1])
		said, err := bufio.NewReader(l.dial()).ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, said, "too many connections (the limit is 1000)")
		<-time.After(time.Minute)
		for _, conn := range append(conns, active) {
			_, err := conn.Read(make([]byte, 1))
			require.Equal(t, io.EOF, err)
		}
		_, _ = io.WriteString(l.dial(), line("c", 0)+"\n")
		synctest.Wait()
		require.Equal(t, "tcp/c", c.ids[len(c.ids)-1], "there is room again")
		stop()
	})
}

// A feed that stalls in the middle of a line is told what to send again.
func TestStalledStreamIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{IdleTimeout: time.Minute}, in)
		a := dialFeed(t, l)
		a.send(hello + line("a", 0) + "\n" + line("b", 0)[:9])
		require.Contains(t, a.said(), "welcome")
		require.Equal(t, `{"acked":1,"rejected":0}`, a.said())
		require.Equal(t, `{"error":"nothing came for 1m0s: connect again, and send what comes after line 1"}`, a.said())
		b := dialFeed(t, l)
		b.send(hello)
		require.Contains(t, b.said(), `"acked":1`)
		require.NoError(t, b.Close())
		stop()
	})
}

// A peer that does not read what it is told holds up neither the connection that
// takes its stream over nor the server's stop.
func TestDeafPeersHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{}, in)
		deaf := func() *feed {
			f := dialFeed(t, l)
			f.send(hello)
			require.Contains(t, f.said(), "welcome")
			f.send(line("a", 0) + "\n")
			synctest.Wait() // its ack is being written
			return f
		}
		deaf()
		begin := time.Now()
		deaf()
		require.LessOrEqual(t, time.Since(begin), 2*farewell)
		begin = time.Now()
		stop()
		require.LessOrEqual(t, time.Since(begin), 2*farewell)
		require.Equal(t, []string{"a", "a"}, in.ids)
	})
}
