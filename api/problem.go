package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Problem is a refusal or a failure as the client sees it (RFC 9457).
type Problem struct {
	Title  string `json:"title" doc:"The status in words"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What is wrong with this call"`
	Cure   string `json:"cure,omitempty" doc:"What to do about it"`
	// Receipt says what of a body was taken before it failed.
	Receipt *Receipt `json:"receipt,omitempty" doc:"What of the body was taken before the failure"`
	// Durable is how far the stream has come after which a body left a gap.
	Durable *int64 `json:"durable,omitempty" doc:"Lines of the stream that are durable, when the body begins after others"`

	header http.Header
}

func (p *Problem) Error() string { return p.Detail }

// problem returns a Problem as an error, so that handlers can return it.
func problem(status int, detail, cure string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Cure: cure}
}

// with adds a header to the answer.
func (p *Problem) with(key, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(key, value)
	return p
}

// asProblem turns what a part returned into what the client may know of it. It
// says whether the log should have the error too.
func asProblem(err error) (p *Problem, log bool) {
	var gap *GapError
	switch {
	case errors.As(err, &p):
		return p, false
	case errors.As(err, &gap):
		p := problem(http.StatusConflict, gap.Error(), fmt.Sprintf("Send the lines after line %d first.", gap.Durable))
		p.Durable = &gap.Durable
		return p, false
	case errors.Is(err, ErrNotFound):
		return problem(http.StatusNotFound, "There is no such thing here.", "Look at its id in the list."), false
	case errors.Is(err, ErrInvalid):
		return problem(http.StatusBadRequest, err.Error(), ""), false
	case errors.Is(err, ErrFull):
		return problem(http.StatusInsufficientStorage, "The server's disk is full, so nothing was written.",
			"Free space on the server, then send the same again: what was taken before is dropped as duplicates."), true
	case errors.Is(err, ErrBusy):
		return problem(http.StatusServiceUnavailable, "The server is not taking this just now.",
			"Send the same again a little later.").with("Retry-After", "1"), true
	}
	return problem(http.StatusInternalServerError, "Something failed inside the server.",
		"Try again; the server's log has the cause."), true
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	for k, v := range p.header {
		w.Header()[k] = v
	}
	w.Header().Set("Cache-Control", "no-store")
	writeBody(w, p.Status, "application/problem+json", p)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	writeBody(w, status, "application/json", v)
	return nil
}

func writeBody(w http.ResponseWriter, status int, contentType string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer that is no JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// A client that has gone is no fault of ours, and hears nothing more.
	_, _ = w.Write(append(b, '\n'))
}
