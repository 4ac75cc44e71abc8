package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// pipes is a listener whose connections are pipes, so that time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.conns <- there
	return here
}

// collected is what a server handled.
type collected struct {
	mu      sync.Mutex
	ids     []string
	rejects []string
	ended   int // connections
}

func (c *collected) Open(Hello, func()) (Position, error) {
	return Position{}, errors.New("no streams here")
}

func (c *collected) Push(_ string, b *orderguard.Batch, durable func(Position, error), release func()) error {
	c.mu.Lock()
	for i := range b.Events {
		c.ids = append(c.ids, b.Feed+"/"+b.Events[i].ID)
	}
	for _, r := range b.Rejects {
		c.rejects = append(c.rejects, r.Detail)
	}
	c.mu.Unlock()
	durable(Position{}, nil)
	release()
	return nil
}

func (c *collected) Close(string, Hello) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended++
}

// pushed is an Intake that only pushes.
type pushed struct {
	collected
	push func(b *orderguard.Batch) error
}

func (p *pushed) Push(_ string, b *orderguard.Batch, durable func(Position, error), release func()) error {
	if err := p.push(b); err != nil {
		return err
	}
	durable(Position{}, nil)
	release()
	return nil
}

// serve runs a server in a synctest bubble and returns how to stop it.
func serve(t *testing.T, o TCPOptions, in Intake) (l *pipes, stop func()) {
	l = newPipes()
	o.Listener = l
	s, err := NewTCPServer(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, in) }()
	return l, func() {
		cancel()
		require.NoError(t, <-done)
	}
}

func TestTCPLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		l, stop := serve(t, TCPOptions{}, &c)
		a, b := l.dial(), l.dial()
		_, _ = io.WriteString(a, line("a", 0)+"\r\n"+line("b", 0)+"\n"+line("c", 0)[:20])
		_, _ = io.WriteString(b, `{"hallo":{"stream":"x"}}`+"\n")
		synctest.Wait()
		require.Equal(t, []string{"tcp/a", "tcp/b"}, c.ids, "whole lines are handled at once")
		_, _ = io.WriteString(a, line("c", 0)[20:]+"\n"+line("d", 0))
		require.NoError(t, a.Close())
		synctest.Wait()
		require.Equal(t, []string{"tcp/a", "tcp/b", "tcp/c", "tcp/d"}, c.ids, "the last line needs no end")
		require.Equal(t, []string{"type: missing or empty, every event needs it"}, c.rejects)
		_, _ = io.WriteString(b, line("e", 0)+"\n"+line("f", 0))
		stop()
		require.Equal(t, "tcp/e", c.ids[4])
		require.Len(t, c.ids, 5)
		require.Len(t, c.rejects, 1, "a fragment is nobody's fault when the server stops")
		require.Equal(t, 2, c.ended, "the handler hears of each connection's end")
		_, err := b.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
	})
}

func TestTCPIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		l, stop := serve(t, TCPOptions{IdleTimeout: time.Minute}, &c)
		a := l.dial()
		begin := time.Now()
		for range 3 {
			<-time.After(50 * time.Second)
			_, _ = io.WriteString(a, line("a", 0)+"\n")
		}
		_, _ = io.WriteString(a, "{")
		_, err := a.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
		require.Equal(t, 150*time.Second+time.Minute, time.Since(begin))
		require.Len(t, c.ids, 3)
		require.Len(t, c.rejects, 1)
		require.Contains(t, c.rejects[0], "nothing came for 1m0s")
		stop()
	})
}

func TestTCPTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		l, stop := serve(t, TCPOptions{MaxConns: 1}, &c)
		a, b := l.dial(), l.dial()
		said, err := io.ReadAll(b)
		require.NoError(t, err)
		require.Equal(t, `{"error":"too many connections (the limit is 1): close one, or try again later"}`+"\n", string(said))
		require.NoError(t, a.Close())
		synctest.Wait()
		_, _ = io.WriteString(l.dial(), line("a", 0)+"\n")
		synctest.Wait()
		require.Len(t, c.ids, 1)
		stop()
	})
}

// Who is turned away again and again does not fill the log.
func TestTCPTurningAwayIsLoggedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		var log bytes.Buffer
		l, stop := serve(t, TCPOptions{MaxConns: 1, HelloOnly: true, Log: newTextLog(&log)}, &c)
		a := l.dial()
		for range 100 {
			_, err := io.Copy(io.Discard, l.dial())
			require.NoError(t, err)
		}
		require.NoError(t, a.Close())
		for range 100 {
			synctest.Wait()
			b := l.dial()
			_, _ = io.WriteString(b, "{}\n")
			_, err := io.Copy(io.Discard, b)
			require.NoError(t, err)
		}
		synctest.Wait()
		stop()
		require.Equal(t, 4, strings.Count(log.String(), "\n"), "one that sends nothing is not refused: "+log.String())
		require.Equal(t, 2, strings.Count(log.String(), "times=99\n"), log.String())
	})
}

func TestTCPBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		l, stop := serve(t, TCPOptions{}, &pushed{push: func(*orderguard.Batch) error {
			<-gate
			return nil
		}})
		a := l.dial()
		sent := 0
		go func() {
			for range 100 {
				if _, err := io.WriteString(a, line("a", 0)+"\n"); err != nil {
					return
				}
				sent++
			}
		}()
		synctest.Wait()
		require.Equal(t, 1, sent, "a slow handler slows its peer")
		gate <- struct{}{}
		synctest.Wait()
		require.Equal(t, 2, sent)
		close(gate)
		stop()
	})
}

// What a peer has sent before the server stops is taken, though nobody has read
// it, nor accepted the connection.
func TestTCPTakesWhatHasArrived(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	const peers, lines = 20, 500
	for p := range peers {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		for i := range lines {
			_, err = io.WriteString(c, line(fmt.Sprintf("%d-%d", p, i), 0)+"\n")
			require.NoError(t, err)
		}
		if p%2 == 0 { // the others stay, and are silent
			require.NoError(t, c.Close())
		} else {
			t.Cleanup(func() { _ = c.Close() })
		}
	}
	var c collected
	s, err := NewTCPServer(TCPOptions{Listener: l})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.Serve(ctx, &c))
	require.Len(t, c.ids, peers*lines)
	require.Empty(t, c.rejects)
	require.Equal(t, peers, c.ended)
}

// What has arrived is taken however long it takes, also when reads are not full
// because the peer can send more only when there is room.
func TestTCPTakesWhatHasArrivedSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		l, stop := serve(t, TCPOptions{}, &pushed{push: func(b *orderguard.Batch) error {
			<-time.After(2 * DefaultLinger)
			taken += len(b.Events)
			return nil
		}})
		a, begin := l.dial(), time.Now()
		go func() {
			for range 5 {
				_, _ = io.WriteString(a, line("a", 0)+"\n")
			}
		}()
		synctest.Wait()
		stop()
		require.Equal(t, 5, taken)
		require.Equal(t, 10*DefaultLinger+DefaultLastLook, time.Since(begin), "and no longer")
	})
}

// A peer that goes on sending is cut off soon when the server keeps up with it.
func TestTCPCutsOffWhoGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collected
		l, stop := serve(t, TCPOptions{}, &c)
		a, begin := l.dial(), time.Now()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for err := error(nil); err == nil; <-time.After(DefaultLastLook / 2) {
				_, err = io.WriteString(a, line("a", 0)+"\n")
			}
		}()
		synctest.Wait()
		stop()
		require.LessOrEqual(t, time.Since(begin), DefaultLinger+DefaultLastLook)
		<-ended
	})
}

// A peer that never falls silent cannot keep the server from stopping.
func TestTCPLingersNotForEver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	peer, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	go func() {
		for err := error(nil); err == nil; {
			_, err = io.WriteString(peer, line("a", 0)+"\n")
		}
	}()
	var c collected
	s, err := NewTCPServer(TCPOptions{Listener: l, Linger: 50 * time.Millisecond})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.Serve(ctx, &c))
	require.NotEmpty(t, c.ids)
}

func TestTCPHandlerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, stop := serve(t, TCPOptions{}, &pushed{push: func(*orderguard.Batch) error { return errors.New("the disk is full") }})
		a := l.dial()
		_, _ = io.WriteString(a, line("a", 0)+"\n")
		_, err := a.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
		stop()
	})
}

// TestTCPLoopback sends over a real connection, also when there is no room.
func TestTCPLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s, err := NewTCPServer(TCPOptions{Listener: l, Feed: "f", MaxConns: 1})
	require.NoError(t, err)
	events, all := 0, make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.Serve(ctx, &pushed{push: func(b *orderguard.Batch) error {
			if events += len(b.Events); events == 20000 {
				close(all)
			}
			return nil
		}})
	}()
	a, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, err = a.Write(orderLines(20000))
	require.NoError(t, err)
	<-all
	b, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, _ = io.WriteString(b, line("x", 0)+"\n")
	said, err := io.ReadAll(b)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(said), `{"error":"too many connections`))
	cancel()
	require.NoError(t, <-done)
	_, err = net.Dial("tcp", l.Addr().String())
	require.Error(t, err)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
}

func TestTCPOptionsValidate(t *testing.T) {
	_, err := NewTCPServer(TCPOptions{MaxConns: -1, IdleTimeout: -1})
	require.EqualError(t, err, "listener: missing\nmax conns: want 0 or more, got -1\nidle timeout: want 0s or more, got -1ns")
}

func TestTCPListenerFails(t *testing.T) {
	l := newPipes()
	require.NoError(t, l.Close())
	s, err := NewTCPServer(TCPOptions{Listener: l})
	require.NoError(t, err)
	require.ErrorIs(t, s.Serve(t.Context(), nil), net.ErrClosed)
}
