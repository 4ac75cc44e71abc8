package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard"
)

// Mark is how far an endpoint has been told of a shop: up to a change of its
// alerts, and a place in its news.
type Mark struct{ Change, News uint64 }

// News is a decision, or a report as it stands after a change. Exactly one of the
// pointers is set.
type News struct {
	Place uint64
	// After is the last change of an alert, of any shop, that came before.
	After    uint64
	Decision *orderguard.Decision
	Report   *orderguard.Report
}

// NewsList is where it is read what came of casework, shop by shop.
type NewsList interface {
	// News returns what came at a shop after a place, in order, and the place to
	// go on from; of the shop "" what concerns the whole site, such as decisions on
	// buyers.
	News(shop string, after uint64, limit int) (list []News, next uint64, more bool, err error)
	// Behind calls fn with each shop of which an endpoint has not been told
	// everything, and what.
	Behind(endpoint string, fn func(shop string, changes, news bool)) error
}

// Marks is where it is kept how far each endpoint has been told.
type Marks interface {
	// Enrol makes an endpoint known, unless it is: it begins at the present, or
	// with everything.
	Enrol(endpoint string, everything bool) error
	// Mark returns how far an endpoint has been told of a shop.
	Mark(endpoint, shop string) (Mark, error)
	// SaveMarks makes durable how far an endpoint has been told of some shops.
	SaveMarks(endpoint string, at map[string]Mark) error
}

// WebhookOptions are the settings of webhooks. A zero field means its default,
// but for the parts, which must be there.
type WebhookOptions struct {
	Alerts Alerts
	News   NewsList
	Marks  Marks

	// Store names the store: what another store, or the same one after a restore, gives
	// the same id is told under another webhook-id. Default: none.
	Store string
	// Logger gets what an endpoint does not take. Default: nothing is logged.
	Logger *slog.Logger
	// Version is the program's, for the User-Agent. Default "dev".
	Version string
	// Transport makes the calls. Default: that of net/http, which heeds
	// HTTPS_PROXY and NO_PROXY.
	Transport http.RoundTripper
	// InFlight is how many shops one endpoint is told of at once. Default 4.
	InFlight int
	// Timeout is how long an endpoint may take to answer. Default 15 s.
	Timeout time.Duration
}

func (o WebhookOptions) withDefaults() WebhookOptions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.InFlight == 0 {
		o.InFlight = 4
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = o.InFlight
		o.Transport = t
	}
	return o
}

// Validate reports every fault of the options at once.
func (o WebhookOptions) Validate() error {
	var errs []error
	if o.Alerts == nil || o.News == nil || o.Marks == nil {
		errs = append(errs, errors.New("api: webhooks need Alerts, News and Marks"))
	}
	if o.InFlight < 0 || o.Timeout < 0 {
		errs = append(errs, errors.New("api: InFlight or Timeout of webhooks is negative: leave it 0 for its default"))
	}
	return errors.Join(errs...)
}

// Webhooks tells endpoints what was committed. It copies nothing: what there is to
// tell lies in the store, in order, and for each endpoint and shop it is kept how
// far it has been told. See docs/0013-webhooks.md.
type Webhooks struct {
	opts     WebhookOptions
	couriers []*courier
}

// NewWebhooks enrols the endpoints; Run tells them. It comes before anything is
// committed that a new endpoint shall be told.
func NewWebhooks(endpoints []Endpoint, o WebhookOptions) (*Webhooks, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	w := &Webhooks{opts: o.withDefaults()}
	for _, e := range endpoints {
		if err := o.Marks.Enrol(e.Name, e.Beginning); err != nil {
			return nil, fmt.Errorf("webhooks: endpoint %s: %w", e.Name, err)
		}
		w.couriers = append(w.couriers, newCourier(e, &w.opts))
	}
	return w, nil
}

// Publish tells of alerts that were committed. It never blocks.
func (w *Webhooks) Publish(alerts []orderguard.Alert) {
	for _, c := range w.couriers {
		if !c.wants(alertChanged) {
			continue
		}
		last := ""
		for i := range alerts {
			if shop := alerts[i].Shop; shop != last {
				last = shop
				c.wake(shop)
			}
		}
	}
}

// PublishNews says that there are news of a shop, "" for the whole site. It is
// called after they were committed, and never blocks.
func (w *Webhooks) PublishNews(shop string) {
	for _, c := range w.couriers {
		if c.wants(decisionMade) || c.wants(reportChanged) {
			c.wake(shop)
		}
	}
}

// Run tells the endpoints, until ctx ends.
func (w *Webhooks) Run(ctx context.Context) error {
	var parts errgroup.Group
	for _, c := range w.couriers {
		parts.Go(func() error { c.run(ctx); return nil })
	}
	return parts.Wait()
}

// EndpointStats is what has come of an endpoint since the start.
type EndpointStats struct {
	Name              string
	Delivered, Failed int64
	// Shops is how many shops there is something to tell of, Waiting for how long
	// the one has been waiting for its next delivery that waits longest.
	Shops   int
	Waiting time.Duration
	// Gone says that the endpoint wants no more.
	Gone bool
}

// Stats returns what has come of the endpoints, in the order of their file.
func (w *Webhooks) Stats() (list []EndpointStats) {
	for _, c := range w.couriers {
		list = append(list, c.stats())
	}
	return list
}

// Endpoint is where webhooks are sent.
type Endpoint struct {
	Name string // what it is known by: with another name it is another one
	URL  string
	// Secrets are the keys that sign, the newest first.
	Secrets [][]byte
	// Shops are those it is told of, nil for all and the whole site.
	Shops []string
	// Events are what it is told, nil for all.
	Events []string
	// Beginning says that a new endpoint is told all that is kept.
	Beginning bool
}

// wants says whether the endpoint is told events of a type.
func (e *Endpoint) wants(event string) bool {
	return e.Events == nil || slices.Contains(e.Events, event)
}
