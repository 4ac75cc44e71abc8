package api

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

// maxRefusing is how many connections beyond the bound are told so at once;
// more are only closed.
const maxRefusing = 64

// bounded is a listener that answers a connection too many with a 503 instead
// of leaving it to hang; or closes it, where an answer would first need the
// handshake of TLS.
type bounded struct {
	net.Listener
	plain          bool
	open, refusing gate
}

func newBounded(ln net.Listener, most int, plain bool) *bounded {
	return &bounded{Listener: ln, plain: plain, open: newGate(most), refusing: newGate(maxRefusing)}
}

// Accept returns the next connection that fits.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.enter() {
			return &boundedConn{Conn: c, leave: b.open.leave}, nil
		}
		if !b.plain || !b.refusing.enter() {
			_ = c.Close()
			continue
		}
		go func() {
			defer b.refusing.leave()
			refuse(c)
		}()
	}
}

// refuse answers whatever the client asks. It reads some of it first: closing
// on unread input would take back the answer.
func refuse(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	var request [4096]byte
	_, _ = c.Read(request[:])
	// Its head is not read, so that the answer is in both languages.
	p := problem(overloaded, "The server has as many connections as it takes. 服务器连接数已满。",
		"Try again a little later, and close connections that are not used. 请稍后再试，并关闭不用的连接。")
	p.Title += " " + kinds[overloaded].title.Zh
	body, err := json.Marshal(p)
	if err != nil {
		panic("BUG: a problem that is no JSON: " + err.Error())
	}
	_, _ = fmt.Fprintf(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n"+
		"Retry-After: 5\r\nConnection: close\r\n\r\n%s", len(body), body)
}

type boundedConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close closes the connection and makes room for another.
func (c *boundedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
