package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPostsSayWhereTheirLinesBelong(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	send := func(headers ...string) *Problem {
		w := call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}\n"), headers...)
		if w.Code == http.StatusOK {
			return nil
		}
		var p Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.Equal(t, http.StatusBadRequest, p.Status)
		require.NotEmpty(t, p.Cure)
		return &p
	}
	require.Nil(t, send())
	require.Nil(t, send(streamHeader, "orders-eu", offsetHeader, "1200"))
	require.Nil(t, send(keyHeader, "k 1"))
	for i, want := range []Post{{}, {Stream: "orders-eu", Offset: 1200}, {Key: "tk_feeder k 1"}} {
		require.NotNil(t, f.posts[i].Body)
		require.NotNil(t, f.posts[i].Interrupt)
		f.posts[i].Body, f.posts[i].Interrupt = nil, nil
		require.Equal(t, want, f.posts[i])
	}
	for want, headers := range map[string][]string{
		"go together":                    {streamHeader, "s"},
		"A stream and an offset go":      {offsetHeader, "0"},
		`"-1" is no number from 0 on`:    {streamHeader, "s", offsetHeader, "-1"},
		`"1e3" is no number`:             {streamHeader, "s", offsetHeader, "1e3"},
		"a part of a stream, or one by":  {streamHeader, "s", offsetHeader, "0", keyHeader, "k"},
		"The name of the stream has 129": {streamHeader, strings.Repeat("s", 129), offsetHeader, "0"},
		"The Idempotency-Key has 256":    {keyHeader, strings.Repeat("k", 256)},
	} {
		require.Contains(t, send(headers...).Detail, want)
	}
	require.Len(t, f.posts, 3)
}

func TestOtherBodyIsRefused(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.intake = func(io.Reader) (Receipt, error) { return Receipt{}, fmt.Errorf("intake: %w", ErrOtherBody) }
	w := call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}\n"), keyHeader, "k")
	require.Equal(t, otherBody.typeOf(), refused(t, w, http.StatusUnprocessableEntity, "Another body").Type)
}

func TestGapsAreRefused(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.intake = func(io.Reader) (Receipt, error) {
		return Receipt{}, fmt.Errorf("intake: %w", &GapError{Offset: 1500, Durable: 1200})
	}
	w := call(a, "feeder", "POST", "/v1/events", strings.NewReader("{}\n"), streamHeader, "s", offsetHeader, "1500")
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, w.Body.String(), `"durable":1200`)
	require.Contains(t, w.Body.String(), "The stream has 1200 durable lines, and the body begins after line 1500")
	require.Contains(t, w.Body.String(), "Send the lines after line 1200 first.")
}

// TestPostsAreInterrupted ends the reading of a body that somebody else sends
// again while its own sender is silent.
func TestPostsAreInterrupted(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{ReadTimeout: time.Hour})
	begun := make(chan struct{})
	f.intake = func(body io.Reader) (Receipt, error) {
		lines := bufio.NewScanner(body)
		require.True(t, lines.Scan())
		close(begun)
		require.False(t, lines.Scan())
		return Receipt{Accepted: 1}, lines.Err()
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(serve(t, a), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer og_feeder\r\nIdempotency-Key: k\r\nContent-Length: 99\r\n\r\n{}\n")
	<-begun
	f.posts[0].Interrupt()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, answer.StatusCode)
	var p Problem
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&p))
	require.EqualValues(t, 1, p.Receipt.Accepted)
	require.Contains(t, p.Detail, "sends the same post, now")
}

// An empty header is an unset variable of a client: it asks for a guarantee that
// it would not get.
func TestEmptyPostHeaders(t *testing.T) {
	for _, name := range []string{streamHeader, offsetHeader, keyHeader} {
		f := newFake()
		refused(t, call(newAPI(t, f, Options{}), "feeder", "POST", "/v1/events", strings.NewReader("{}\n"), name, ""), http.StatusBadRequest, name+" is empty")
		require.Empty(t, f.posts)
	}
}
