package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/orderguard/orderguard"
)

// Errors by which the parts tell what to answer. They may be wrapped; anything
// else is a 500 whose cause only the log sees.
var (
	ErrNotFound = errors.New("not found")        // 404, and 401 from Guard
	ErrInvalid  = errors.New("invalid")          // 400, with the error's text
	ErrFull     = errors.New("the disk is full") // 507
	// ErrOtherBody is a 422: a post under the key of another one.
	ErrOtherBody = errors.New("another body was sent with this key")
	// ErrSuperseded is a 409: somebody else feeds the stream, or sends the post, from now on.
	ErrSuperseded = errors.New("somebody else feeds the same now")
	ErrLost       = errors.New("records of the journal are lost") // 409
	ErrBusy       = errors.New("not taking events just now")      // 503
	ErrDamaged    = errors.New("the store is damaged")            // 503, until it is restored
)

// Query selects among a shop's changes.
type Query struct {
	Limit    int                   // 1 to 500
	Status   []orderguard.Status   // empty means all
	Scenario []orderguard.Scenario // empty means all
}

// Step is a step in an alert's life.
type Step struct {
	At       orderguard.Millis `json:"at" format:"date-time" doc:"Event time of the finding; of a verdict, when it was given"`
	Kind     string            `json:"kind" enum:"flagged,revised,verdict"`
	Revision int               `json:"revision"`
	Seq      uint64            `json:"seq"`
	Score    int               `json:"score" doc:"The alert's score after this step"`
	Rules    []string          `json:"rules" doc:"Rules whose reasons came with this step"`
	// What a verdict adds.
	Verdict orderguard.Answer `json:"verdict,omitzero" doc:"What the seller said"`
	By      string            `json:"by,omitempty" doc:"The id of the seller's token"`
	Comment string            `json:"comment,omitempty"`
}

// Alerts is where alerts are read.
type Alerts interface {
	// Changes gives the alerts of a shop that changed after a seq, in order of
	// change, each with its seq and its JSON on one line, which fn does not
	// keep. It returns the seq to go on from, at least after, and whether to
	// go on at once. A shop that is not known has no alerts.
	Changes(shop string, after uint64, q Query, fn func(seq uint64, json []byte)) (next uint64, more bool, err error)
	// Alert returns an alert's JSON and its timeline, the earliest first, or
	// ErrNotFound.
	Alert(shop, id string) (alert []byte, timeline []Step, err error)
	// Head returns the seq of the shop's latest change, 0 when there is none.
	// It never falls.
	Head(shop string) (uint64, error)
}

// Token is what is known of an access token; not its secret.
type Token struct {
	ID      string    `json:"id"`
	Role    string    `json:"role" enum:"seller,reviewer,engineer,enforcer,feeder,admin"`
	Shops   []string  `json:"shops" doc:"The shops of a seller; else empty"`
	Name    string    `json:"name" doc:"For people"`
	Created time.Time `json:"created"`
	Revoked time.Time `json:"revoked,omitzero" doc:"When it was revoked; absent while it is good"`
}

// TokenRequest is what a new token shall be.
type TokenRequest struct {
	Role  string   `json:"role" enum:"seller,reviewer,engineer,enforcer,feeder,admin"`
	Shops []string `json:"shops,omitempty" doc:"At least one for a seller, none for the others"`
	Name  string   `json:"name,omitempty" maxLength:"200" doc:"For people"`
}

// Guard knows the tokens. It is asked on every call, so it should answer from
// memory.
type Guard interface {
	// LookupToken returns the token with this secret, or ErrNotFound when
	// there is none or it was revoked.
	LookupToken(secret string) (Token, error)
}

// Tokens is where tokens are managed.
type Tokens interface {
	// CreateToken makes a token and returns its secret, or ErrInvalid with
	// what is wrong with the request. By is the ID of the caller's token.
	CreateToken(ctx context.Context, by string, r TokenRequest) (secret string, t Token, err error)
	// Tokens returns all tokens, the revoked ones too.
	Tokens() ([]Token, error)
	// RevokeToken ends a token at once, or returns ErrNotFound.
	RevokeToken(ctx context.Context, by, id string) error
}

// Receipt says what became of a posted body.
type Receipt struct {
	Accepted   int64       `json:"accepted" doc:"Lines that were events, repeated ones too, and are taken in now"`
	Duplicates int64       `json:"duplicates" doc:"Those of the accepted that had come before and were dropped"`
	Rejected   []Rejection `json:"rejected" doc:"The first bad lines, in order"`
	// RejectedTotal counts all bad lines; Rejected may hold only the first.
	RejectedTotal int64 `json:"rejected_total" doc:"All bad lines, also those not listed"`
	Skipped       int64 `json:"skipped,omitempty" doc:"Lines that were taken before, when the same was sent, and are left out now"`
	// Durable is how far the stream has come, or the post with a key.
	Durable *int64 `json:"durable,omitempty" doc:"Lines of the stream, or of the post with a key, that are durable now: the offset to go on from"`
}

// Rejection is a line that was not an event.
type Rejection struct {
	Line  int64  `json:"line" doc:"Its number in the body, from 1"`
	Error string `json:"error"`
}

// Intake takes posted events.
type Intake interface {
	// Ingest reads NDJSON to its end and returns when all of it has been taken
	// in and what came of it is durable. Lines that its stream, or an earlier post
	// with its key, has brought already it leaves out.
	// When the body fails, lines that were complete may have been taken; it says
	// so in the receipt, with the error. Other errors are a GapError, ErrFull,
	// ErrBusy or unexpected. It is called at most Options.MaxIntakes times at once,
	// and need not list more than Options.MaxRejected lines.
	Ingest(ctx context.Context, p Post) (Receipt, error)
}

// Parts are what the API is joined to. Those of casework may be missing; their
// routes are then missing too.
type Parts struct {
	Alerts Alerts
	Guard  Guard
	Tokens Tokens
	Intake Intake
	Copies Copies
	Orders Orders

	Verdicts      Verdicts
	Reports       Reports
	ReportRecords ReportRecords
	Reviews       Reviews
	Decisions     Decisions
	Indicators    Indicators
	Buyers        Buyers
	RuleBook      RuleBook
	Screener      Screener
	Audit         Audit
}

// API is the HTTP side of Orderguard.
type API struct {
	parts  Parts
	opts   Options
	log    *slog.Logger
	forms  forms
	hub    hub // wakes those who wait for alerts
	limits *tokenLimits
	closed chan struct{} // ends waits and streams
	once   sync.Once
	// decided wakes those who wait for decisions.
	decided hub
	handler http.Handler // of everything

	waits, streams, intakes gate
}

// New joins the parts. The error names every missing part and every fault of
// the options.
func New(p Parts, o Options) (*API, error) {
	errs := []error{o.Validate()}
	for _, part := range []struct {
		name string
		is   any
	}{{"Alerts", p.Alerts}, {"Guard", p.Guard}, {"Tokens", p.Tokens}, {"Intake", p.Intake}, {"Copies", p.Copies}, {"Orders", p.Orders}} {
		if part.is == nil {
			errs = append(errs, fmt.Errorf("api: the part %s is missing", part.name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	a := &API{
		parts: p, opts: o, log: o.Logger, closed: make(chan struct{}),
		waits: newGate(o.MaxWaits), streams: newGate(o.MaxStreams), intakes: newGate(o.MaxIntakes),
	}
	a.limits = newTokenLimits(o)
	var err error
	if a.handler, err = a.newHandler(); err != nil {
		return nil, err
	}
	return a, nil
}

// Publish wakes the calls that wait for one of these alerts. It is called after
// they were committed, and never blocks.
func (a *API) Publish(alerts []orderguard.Alert) { a.hub.publish(alerts) }

// Close ends the calls that wait and the streams, so that a server can shut
// down. It may be called more than once.
func (a *API) Close() { a.once.Do(func() { close(a.closed) }) }
