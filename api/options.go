package api

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Options are the API's settings. A zero field means its default.
type Options struct {
	// Logger gets what fails inside. Default: nothing is logged.
	Logger *slog.Logger
	// Version is the program's, for the OpenAPI document. Default "dev".
	Version string
	// Store names the store that lists are read from. Cursors and entity tags are good
	// for one store only: after a restore, what came since the copy may have other
	// places.
	// Default: none.
	Store string
	// Metrics serves /metrics. Default: the path is not found.
	Metrics http.Handler
	// Ready says why the program cannot take work, nil when it can. Default:
	// always ready.
	Ready func() error
	// Observe is told of each call when it ends: the route as the OpenAPI
	// document writes it ("GET /v1/shops/{shop}/alerts"), or "other". Default:
	// nobody is told.
	Observe func(route string, status int, took time.Duration)

	// TLS encrypts what Serve serves; LoadTLS makes one. Default: plain HTTP.
	TLS *tls.Config

	// Time that a client may take. ReadTimeout is from one piece of a body to
	// the next, BodyTimeout for all of it; WriteTimeout is for an answer, from
	// when it is begun. Defaults 10 s, 30 s, 10 min, 30 s, 2 min.
	ReadHeaderTimeout, ReadTimeout, BodyTimeout, WriteTimeout, IdleTimeout time.Duration
	// Heartbeat is how often a silent stream shows that it lives. Default 15 s.
	Heartbeat time.Duration

	// Sizes in bytes. MaxDecoded is of a compressed body when unpacked.
	// Defaults 32 KiB, 64 MiB, 512 MiB.
	MaxHeader           int
	MaxBody, MaxDecoded int64
	// How many at once. Defaults 10,000 connections, 8,000 waiting calls,
	// 1,000 streams, 32 posts of events; waits and streams of one token 1,000.
	MaxConns, MaxWaits, MaxStreams, MaxIntakes, MaxHeld int
	// Rate is how many calls a second one token may make, Burst how many at
	// once. Defaults 5,000 and twice the rate.
	Rate  float64
	Burst int
	// MaxRejected is how many bad lines an answer lists. Default 1,000.
	MaxRejected int
}

// settings lists the numbers of o with their names and defaults.
func (o *Options) settings() []setting {
	return []setting{
		{"ReadHeaderTimeout", (*int64)(&o.ReadHeaderTimeout), nil, int64(10 * time.Second)},
		{"ReadTimeout", (*int64)(&o.ReadTimeout), nil, int64(30 * time.Second)},
		{"BodyTimeout", (*int64)(&o.BodyTimeout), nil, int64(10 * time.Minute)},
		{"WriteTimeout", (*int64)(&o.WriteTimeout), nil, int64(30 * time.Second)},
		{"IdleTimeout", (*int64)(&o.IdleTimeout), nil, int64(2 * time.Minute)},
		{"Heartbeat", (*int64)(&o.Heartbeat), nil, int64(15 * time.Second)},
		{"MaxBody", &o.MaxBody, nil, 64 << 20},
		{"MaxDecoded", &o.MaxDecoded, nil, 512 << 20},
		{"MaxHeader", nil, &o.MaxHeader, 32 << 10},
		{"MaxConns", nil, &o.MaxConns, 10_000},
		{"MaxWaits", nil, &o.MaxWaits, 8_000},
		{"MaxStreams", nil, &o.MaxStreams, 1_000},
		{"MaxIntakes", nil, &o.MaxIntakes, 32},
		{"MaxHeld", nil, &o.MaxHeld, 1_000},
		{"MaxRejected", nil, &o.MaxRejected, 1_000},
	}
}

// setting is one number of the options, of either width.
type setting struct {
	name string
	wide *int64
	int  *int
	def  int64
}

// Validate reports every fault of the options at once.
func (o Options) Validate() error {
	var errs []error
	for _, s := range o.settings() {
		if s.wide != nil && *s.wide < 0 || s.int != nil && *s.int < 0 {
			errs = append(errs, fmt.Errorf("api: %s is negative: leave it 0 for its default", s.name))
		}
	}
	if !(o.Rate >= 0) || o.Burst < 0 {
		errs = append(errs, errors.New("api: Rate or Burst is negative: leave them 0 for their defaults"))
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	for _, s := range o.settings() {
		if s.wide != nil && *s.wide == 0 {
			*s.wide = s.def
		}
		if s.int != nil && *s.int == 0 {
			*s.int = int(s.def)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Observe == nil {
		o.Observe = func(string, int, time.Duration) {}
	}
	if o.Rate == 0 {
		o.Rate = 5_000
	}
	if o.Burst == 0 {
		o.Burst = max(1, int(2*o.Rate))
	}
	return o
}
