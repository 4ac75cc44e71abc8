package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/store"
)

// readWebhooks reads the file of endpoints; without one there are none.
func readWebhooks(file string) ([]api.Endpoint, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	var list []api.Endpoint
	if err == nil {
		list, err = api.ParseWebhooks(file, text, api.Sources{Getenv: os.Getenv, ReadFile: func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(file), name)
			}
			return os.ReadFile(name)
		}})
	}
	if err != nil {
		return nil, fmt.Errorf("--webhooks: %w", err)
	}
	return list, nil
}

// newHooks joins webhooks to the store.
func newHooks(endpoints []api.Endpoint, s *store.Store, id string, log *slog.Logger) (*api.Webhooks, error) {
	return api.NewWebhooks(endpoints, api.WebhookOptions{
		Alerts: alertsOf{s}, News: newsOf{s}, Marks: marksOf{s}, Store: id, Logger: log, Version: version(),
	})
}

// newsOf lets webhooks read what came of casework.
type newsOf struct{ *store.Store }

func (n newsOf) News(shop string, after uint64, limit int) ([]api.News, uint64, bool, error) {
	list, next, more, err := n.Store.News(shop, after, limit)
	news := make([]api.News, 0, len(list))
	for _, one := range list {
		news = append(news, api.News(one))
	}
	return news, next, more, err
}

// marksOf lets webhooks keep how far they are.
type marksOf struct{ *store.Store }

func (m marksOf) Mark(endpoint, shop string) (api.Mark, error) {
	at, err := m.Cursor(endpoint, shop)
	return api.Mark{Change: at.Change, News: at.News}, err
}

func (m marksOf) SaveMarks(endpoint string, at map[string]api.Mark) error {
	cursors := make(map[string]store.Cursor, len(at))
	for shop, mark := range at {
		cursors[shop] = store.Cursor(mark)
	}
	return m.SaveCursors(endpoint, cursors)
}

// flagged tells those who wait of alerts that were committed.
func (d *daemon) flagged(alerts []orderguard.Alert) error {
	d.api.Publish(alerts)
	d.hooks.Publish(alerts)
	return nil
}

// filed tells those who wait of papers that were committed.
func (d *daemon) filed(papers []store.Paper) {
	decided := false
	for i := range papers {
		p := &papers[i]
		switch {
		case p.Decision != nil:
			decided = true
			d.hooks.PublishNews(store.NewsShop(p.Decision))
		case p.Report != nil:
			d.hooks.PublishNews(p.Report.Shop)
		}
	}
	if decided {
		d.api.PublishDecisions()
	}
}

// hookMeter gives the figures of webhooks to Prometheus. An endpoint is a label:
// their number is the operator's.
type hookMeter struct{ hooks *api.Webhooks }

var (
	descHookSent    = desc("webhook_attempts_total", "Deliveries that an endpoint took, or did not.", "endpoint", "result")
	descHookShops   = desc("webhook_waiting_shops", "Shops of which an endpoint has not been told everything.", "endpoint")
	descHookWaiting = desc("webhook_waiting_seconds", "For how long the shop that waits longest has been waiting for its next delivery.", "endpoint")
	descHookGone    = desc("webhook_gone", "1 since an endpoint answered 410: it is told nothing more.", "endpoint")
)

// Describe implements prometheus.Collector.
func (hookMeter) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descHookSent, descHookShops, descHookWaiting, descHookGone} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m hookMeter) Collect(ch chan<- prometheus.Metric) {
	for _, s := range m.hooks.Stats() {
		give := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, more ...string) {
			ch <- prometheus.MustNewConstMetric(d, kind, v, append([]string{s.Name}, more...)...)
		}
		give(descHookSent, prometheus.CounterValue, float64(s.Delivered), "delivered")
		give(descHookSent, prometheus.CounterValue, float64(s.Failed), "failed")
		give(descHookShops, prometheus.GaugeValue, float64(s.Shops))
		give(descHookWaiting, prometheus.GaugeValue, s.Waiting.Seconds())
		gone := 0.0
		if s.Gone {
			gone = 1
		}
		give(descHookGone, prometheus.GaugeValue, gone)
	}
}
