package api

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"sync/atomic"
)

// requestID is the header that names a call, for its client, for the log, and
// for the systems in between.
const requestID = "X-Request-Id"

// maxRequestID is the longest name that a client may give a call.
const maxRequestID = 128

// idPrefix tells the calls of one run of the server from those of another.
var idPrefix = rand.Text()[:10] + "-"

var calls atomic.Uint64

// requestIDOf returns the name that the client gave its call, or a new one.
func requestIDOf(r *http.Request) string {
	if id := r.Header.Get(requestID); sane(id) {
		return id
	}
	return idPrefix + strconv.FormatUint(calls.Add(1), 36)
}

// sane says whether an id can stand in a log and in a header: visible ASCII, of
// a length that nobody minds.
func sane(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}
