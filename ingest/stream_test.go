package ingest

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// ledger is an Intake that keeps streams in memory. Batches become durable when
// the test says so, by sync, or at once.
type ledger struct {
	mu      sync.Mutex
	at      map[string]Position
	held    bool
	waiting []func()
	ids     []string
	lines   []int64 // first of each batch
	evict   map[string]func()
	closed  map[string]chan struct{}
}

func newLedger() *ledger {
	return &ledger{at: map[string]Position{}, evict: map[string]func(){}, closed: map[string]chan struct{}{}}
}

func (l *ledger) Open(h Hello, evict func()) (Position, error) {
	if h.Token != "good" {
		return Position{}, errors.New("the token is not known")
	}
	l.mu.Lock()
	old, closed := l.evict[h.Stream], l.closed[h.Stream]
	l.mu.Unlock()
	if old != nil {
		old()
		<-closed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.evict[h.Stream], l.closed[h.Stream] = evict, make(chan struct{})
	return l.at[h.Stream], nil
}

func (l *ledger) Close(_ string, h Hello) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Stream != "" {
		delete(l.evict, h.Stream)
		close(l.closed[h.Stream])
	}
}

func (l *ledger) Push(source string, b *orderguard.Batch, durable func(Position, error), release func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range b.Events {
		l.ids = append(l.ids, strings.Clone(b.Events[i].ID))
	}
	l.lines = append(l.lines, b.FirstLine)
	lines, rejected := b.Lines, int64(len(b.Rejects))
	settle := func() {
		l.mu.Lock()
		name := strings.TrimPrefix(source, "stream:")
		at := l.at[name]
		at.Lines, at.Rejected = at.Lines+lines, at.Rejected+rejected
		l.at[name] = at
		l.mu.Unlock()
		durable(at, nil)
		release()
	}
	if l.held {
		l.waiting = append(l.waiting, settle)
	} else {
		go settle()
	}
	return nil
}

// sync makes what waits durable.
func (l *ledger) sync() {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	for _, settle := range waiting {
		settle()
	}
}

const hello = `{"hello":{"stream":"orders-eu","token":"good"}}` + "\n"

// feed is a peer that reads lines.
type feed struct {
	net.Conn
	r *bufio.Reader
	t *testing.T
}

func (f *feed) send(lines string) {
	f.t.Helper()
	_, err := io.WriteString(f, lines)
	require.NoError(f.t, err)
}

func (f *feed) said() string {
	f.t.Helper()
	line, err := f.r.ReadString('\n')
	require.NoError(f.t, err)
	return strings.TrimSuffix(line, "\n")
}

func dialFeed(t *testing.T, l *pipes) *feed {
	c := l.dial()
	return &feed{c, bufio.NewReader(c), t}
}

func TestStreamAcksAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{}, in)
		a := dialFeed(t, l)
		a.send(hello)
		require.Equal(t, `{"welcome":{"stream":"orders-eu","acked":0}}`, a.said())
		a.send(line("a", 0) + "\nnot json\n\n" + line("b", 0)[:30])
		require.Equal(t, `{"acked":3,"rejected":1}`, a.said(), "blank lines count, the fragment does not")
		require.NoError(t, a.Close())
		synctest.Wait()
		require.Equal(t, []string{"a"}, in.ids)

		b := dialFeed(t, l)
		b.send(hello + line("b", 0) + "\n")
		require.Equal(t, `{"welcome":{"stream":"orders-eu","acked":3}}`, b.said())
		require.Equal(t, `{"acked":4,"rejected":1}`, b.said())
		require.Equal(t, []int64{1, 4}, in.lines, "dead letters tell the line of the stream")
		b.send(line("c", 0) + "\n" + line("d", 0))
		require.Equal(t, `{"acked":5,"rejected":1}`, b.said())
		stop()
		_, err := b.r.ReadByte()
		require.Equal(t, io.EOF, err)
		require.Equal(t, []string{"a", "b", "c"}, in.ids)
	})
}

func TestNewerConnectionWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		in.held = true
		l, stop := serve(t, TCPOptions{}, in)
		a, b := dialFeed(t, l), dialFeed(t, l)
		a.send(hello)
		a.said()
		a.send(line("a", 0) + "\n")
		synctest.Wait()
		b.send(hello)
		synctest.Wait()
		require.Len(t, in.waiting, 1, "what is under way is settled before the newer one is welcome")
		in.sync()
		require.Equal(t, `{"acked":1,"rejected":0}`, a.said())
		require.Contains(t, a.said(), "another connection feeds this stream now")
		require.NoError(t, a.Close())
		require.Equal(t, `{"welcome":{"stream":"orders-eu","acked":1}}`, b.said())
		require.NoError(t, b.Close())
		stop()
	})
}

// A peer that does not read its acks is not waited for, and gets the newest.
func TestAcksAreCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{}, in)
		a := dialFeed(t, l)
		a.send(hello)
		a.said()
		for range 50 {
			a.send(line("a", 0) + "\n")
			synctest.Wait()
		}
		require.Len(t, in.ids, 50)
		require.Equal(t, `{"acked":1,"rejected":0}`, a.said())
		require.Equal(t, `{"acked":50,"rejected":0}`, a.said())
		a.send(line("b", 0) + "\n")
		begin := time.Now()
		_, err := a.Write([]byte(line("c", 0) + "\n"))
		for err == nil { // until the server gives the peer up
			<-time.After(time.Second)
			_, err = a.Write([]byte(line("c", 0) + "\n"))
		}
		require.InDelta(t, ackTimeout.Seconds(), time.Since(begin).Seconds(), 3)
		stop()
	})
}

func TestBadHellos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{HelloOnly: true}, in)
		for first, want := range map[string]string{
			`{"hello":{"stream":"s","token":"bad"}}`:                  "the token is not known",
			`{"hello":{"stream":"","token":"good"}}`:                  "1 to 128 bytes",
			`{"hello":{"stream":"` + strings.Repeat("x", 129) + `"}}`: "got 129",
			`{"hello":{"strean":"s"}}`:                                "unknown field",
			`{"hello":7}`:                                             `hello: got a JSON number: want {"hello"`,
			`{"hello":{"stream":["a"]}}`:                              `hello: stream: got a JSON array: want {"hello"`,
			`{"hello":{"stream":"s"},"more":1}`:                       "alone in its line",
			`{"Hello":{"stream":"s"}}`:                                "in small letters",
			line("a", 0):                                              "say who they are",
		} {
			c := dialFeed(t, l)
			go func() { _, _ = io.WriteString(c, first+"\n") }()
			var said map[string]string
			require.NoError(t, json.Unmarshal([]byte(c.said()), &said), first)
			require.Contains(t, said["error"], want, first)
			require.NoError(t, c.Close())
		}
		require.Empty(t, in.ids)
		stop()
	})
}

// What editors and serializers put around a hello does not make a plain feed of it.
func TestDisguisedHellos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{}, in)
		for _, first := range []string{
			"\xef\xbb\xbf" + hello, "\r\n \n\n" + hello, " " + hello, strings.Replace(hello, "hello", `h\u0065llo`, 1),
		} {
			c := dialFeed(t, l)
			go func() { _, _ = io.WriteString(c, first) }()
			require.Contains(t, c.said(), "welcome", first)
			require.NoError(t, c.Close())
		}
		stop()
	})
}

// A store that fails ends the feed with the reason, and what was not kept is
// not acked.
func TestStreamThatCannotBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &failing{newLedger()}
		l, stop := serve(t, TCPOptions{}, in)
		a := dialFeed(t, l)
		a.send(hello)
		a.said()
		a.send(line("a", 0) + "\n")
		require.Contains(t, a.said(), "the lines after 0 cannot be kept now (the daemon stops)")
		require.NoError(t, a.Close())
		stop()
	})
}

type failing struct{ *ledger }

func (f *failing) Push(_ string, _ *orderguard.Batch, durable func(Position, error), release func()) error {
	durable(Position{}, errors.New("the daemon stops"))
	release()
	return nil
}

// A stalled feed is let go of after the idle time, wherever it stalls.
func TestStreamStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{IdleTimeout: time.Minute}, in)
		for _, text := range []string{hello[:9], hello, hello + line("a", 0)[:9]} {
			c := dialFeed(t, l)
			c.send(text)
			begin := time.Now()
			_, err := io.Copy(io.Discard, c)
			require.NoError(t, err)
			require.Equal(t, time.Minute, time.Since(begin))
		}
		require.Empty(t, in.ids)
		stop()
	})
}
