package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// redisScript is the two rules over exact sorted sets: the orders of a pair, the
// orders of a shop, and the last order of each of its buyers. It returns the
// orders that took part. Keys do not expire, which would only cost more.
const redisScript = `local at = tonumber(ARGV[4])
local pair, shop, buyers = 'p:'..ARGV[2]..':'..ARGV[1], 's:'..ARGV[1], 'b:'..ARGV[1]
local out = {}
redis.call('ZREMRANGEBYSCORE', pair, '-inf', at - 600000)
redis.call('ZADD', pair, at, ARGV[3])
if redis.call('ZCARD', pair) >= 10 then out = redis.call('ZRANGE', pair, 0, -1) end
redis.call('ZREMRANGEBYSCORE', shop, '-inf', at - 300000)
redis.call('ZADD', shop, at, ARGV[3])
redis.call('ZREMRANGEBYSCORE', buyers, '-inf', at - 300000)
redis.call('ZADD', buyers, at, ARGV[2])
if redis.call('ZCARD', buyers) >= 100 then
  for _, order in ipairs(redis.call('ZRANGE', shop, 0, -1)) do out[#out + 1] = order end
end
return out`

// ErrNoRedis says that redis-server is not installed.
var ErrNoRedis = errors.New("redis-server is not installed (apt-get install redis-server)")

// Redis is a design that a reader might take for the two rules instead of
// Obvious: sorted sets in a Redis server, a script, a pipeline. It reads orders
// from r, decoded as the product does, and gives each order that took part once
// to emit. The server is its own, over a socket in the folder dir.
func Redis(ctx context.Context, r io.ReadCloser, dir string, emit func(order, scenario string)) (err error) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		return errors.Join(ErrNoRedis, r.Close())
	}
	socket := filepath.Join(dir, "redis.sock")
	c := exec.CommandContext(ctx, server, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir, "--loglevel", "warning")
	if err := c.Start(); err != nil {
		return errors.Join(fmt.Errorf("redis: %w", err), r.Close())
	}
	defer func() {
		_ = c.Process.Kill() // it keeps nothing
		_ = c.Wait()
	}()
	conn, err := dialRedis(ctx, socket)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	defer conn.Close()
	x := &redisClient{out: bufio.NewWriterSize(conn, 64<<10), in: bufio.NewReaderSize(conn, 64<<10), flagged: map[string]bool{}, emit: emit}
	if err := x.run(ctx, r); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// dialRedis waits for the server's socket.
func dialRedis(ctx context.Context, socket string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			return conn, nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("redis: the server was not ready: %w", err)
		}
	}
}

// redisClient is one connection: one goroutine writes calls, another reads what
// comes of them.
type redisClient struct {
	out     *bufio.Writer
	in      *bufio.Reader
	sha     string
	flagged map[string]bool
	emit    func(order, scenario string)
	bulk    []byte
}

func (x *redisClient) run(ctx context.Context, r io.ReadCloser) error {
	x.call("SCRIPT", "LOAD", redisScript)
	if err := x.out.Flush(); err != nil {
		return errors.Join(err, r.Close())
	}
	err := x.reply(func(b []byte) { x.sha = string(b) })
	if err != nil {
		return errors.Join(err, r.Close())
	}
	// As many calls are under way at most as there is room in the channel.
	calls, failed := make(chan struct{}, 4096), make(chan error, 1)
	go func() { failed <- x.answers(calls) }()
	err = x.send(ctx, r, calls)
	close(calls)
	return errors.Join(err, <-failed)
}

// answers takes the answer of each call.
func (x *redisClient) answers(calls <-chan struct{}) error {
	for range calls {
		err := x.reply(func(order []byte) {
			if !x.flagged[string(order)] {
				x.flagged[string(order)] = true
				x.emit(string(order), "malicious_order")
			}
		})
		if err != nil {
			for range calls { // the sender must not wait for ever
			}
			return err
		}
	}
	return nil
}

// send makes a call for each order.
func (x *redisClient) send(ctx context.Context, src io.ReadCloser, calls chan<- struct{}) (err error) {
	r := ingest.NewReader(src, ingest.ReaderOptions{Feed: "redis", Source: "redis", Workers: 1})
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return x.out.Flush()
		}
		if err != nil {
			return err
		}
		for i := range b.Events {
			e := &b.Events[i]
			if e.Kind != orderguard.OrderCreated {
				continue
			}
			x.call("EVALSHA", x.sha, "0", e.Shop, e.Buyer, e.Order, strconv.FormatInt(int64(e.Time), 10))
			select {
			case calls <- struct{}{}:
			default:
				// What waits in the buffer is what is waited for.
				if err := x.out.Flush(); err != nil {
					return err
				}
				calls <- struct{}{}
			}
		}
		r.Recycle(b)
	}
}

// call writes a call; Flush tells what went wrong.
func (x *redisClient) call(words ...string) {
	x.length('*', len(words))
	for _, w := range words {
		x.length('$', len(w))
		_, _ = x.out.WriteString(w)
		_, _ = x.out.WriteString("\r\n")
	}
}

func (x *redisClient) length(kind byte, n int) {
	x.bulk = strconv.AppendInt(append(x.bulk[:0], kind), int64(n), 10)
	_, _ = x.out.Write(append(x.bulk, "\r\n"...))
}

// reply reads an answer and gives its strings to each.
func (x *redisClient) reply(each func([]byte)) error {
	line, err := x.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 4 {
		return fmt.Errorf("the server answers %q", line)
	}
	kind, text := line[0], line[1:len(line)-2]
	if kind != '*' && kind != '$' {
		return fmt.Errorf("the server answers %q", line)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return fmt.Errorf("the server answers %q", line)
	}
	if kind == '*' {
		for range n {
			if err := x.reply(each); err != nil {
				return err
			}
		}
		return nil
	}
	bulk := make([]byte, n+2)
	if _, err := io.ReadFull(x.in, bulk); err != nil {
		return err
	}
	each(bulk[:n])
	return nil
}
