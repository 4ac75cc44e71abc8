package main

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
)

// meter gives the figures of a pipeline, and of the calls, to Prometheus. Its
// labels are bounded: none is a shop or a buyer.
type meter struct {
	pipeline *pipeline
	more     func(counter, gauge tell) // what stands around the pipeline
	calls    *prometheus.HistogramVec

	mu   sync.Mutex
	last figures
	next chan struct{} // closed when last is renewed; nil when nobody is at it
}

// figures are what a pipeline has to tell.
type figures struct {
	snapshot
	memory []detect.TableSize
}

// maxLook is how long a scrape waits for its turn at the pipeline.
const maxLook = 2 * time.Second

// look returns the pipeline's figures: former ones when it does not let go, as
// while the store fails. Just then somebody will look at them.
func (m *meter) look() figures {
	m.mu.Lock()
	next := m.next
	if next == nil {
		next = make(chan struct{})
		m.next = next
		go func() {
			f := figures{m.pipeline.snapshot(), m.pipeline.memory()}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.last, m.next = f, nil
			close(next)
		}()
	}
	m.mu.Unlock()
	select {
	case <-next:
	case <-time.After(maxLook):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

func newMeter(p *pipeline, more func(counter, gauge tell)) *meter {
	return &meter{pipeline: p, more: more, calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "orderguard_http_seconds", Help: "Time that calls took, those that wait too.",
		Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60},
	}, []string{"route", "status"})}
}

func (m *meter) register(r *prometheus.Registry) {
	r.MustRegister(m, m.calls, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

func (m *meter) observe(route string, status int, took time.Duration) {
	m.calls.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("orderguard_"+name, help, labels, nil)
}

var (
	descEvents     = desc("events_total", "Events judged, without repeated ones.")
	descDuplicates = desc("duplicates_total", "Repeated events, dropped.")
	descLate       = desc("late_total", "Events that came later than the lateness allows; they are judged all the same.")
	descRejects    = desc("rejects_total", "Lines that are no events.", "reason")
	descUnread     = desc("unread_texts_total", "Texts, names and addresses that could not be read, for a defect of ours.")
	descBytes      = desc("bytes_total", "Bytes read from feeds.")
	descAlerts     = desc("alerts_total", "Orders flagged.", "scenario")
	descByRule     = desc("rule_orders_total", "Orders flagged by a rule; by a shadow rule, those it would have flagged.", "rule", "shadow")
	descFired      = desc("rule_fired_total", "Events at which a rule found something new.", "rule", "shadow")
	descSpared     = desc("spared_total", "Orders that a rule found and a list allows, by scenario each once.")
	descReloads    = desc("rules_reloads_total", "Changed rules that were taken, or refused.", "result")
	descFaulty     = desc("rules_refused", "1 while the rules on disk are refused and older ones judge.")
	descRules      = desc("rules_info", "1, with the version of the rules that judge.", "version")
	descLag        = desc("lag_seconds", "Wall clock less the event time reached; 0 before the first event.")
	descHeld       = desc("held_events", "Events that wait for the watermark.")
	descWaiting    = desc("waiting_batches", "Batches of all feeds that are journalled and wait for the engine.")
	descBehind     = desc("waiting_bytes", "Lines that are journalled and wait for the engine, in bytes.")
	descRecords    = desc("journal_records", "Records that the journal keeps.")
	descJournal    = desc("journal_bytes", "What they take on the disk, about.")
	descUnindexed  = desc("journal_unindexed_records", "Records that the index of orders does not have yet.")
	descSnapshots  = desc("snapshots_total", "Snapshots of the windows that were taken, or failed.", "result")
	descSnapshotAt = desc("snapshot_behind_bytes", "Lines since the last snapshot, which a restart would judge again, in bytes.")
	descKeys       = desc("table_keys", "Keys in a table.", "table")
	descMemory     = desc("table_bytes", "Bytes that a table holds.", "table")
	descLimit      = desc("memory_limit_bytes", "What the windows may hold at most; 0 is no limit.")
	descShedKeys   = desc("shed_keys_total", "Keys that were let go of for want of memory, though a window could still see them.", "table")
	descActs       = desc("acts_total", "What people did in casework, and fell due, by whether it was refused.", "result")
	descDecisions  = desc("decisions_total", "Decisions on orders and buyers, and their reversals.")
	descQuieted    = desc("quieted_total", "Findings that a verdict of normal keeps quiet.")
	descReports    = desc("reports_open", "Reports that wait for a decision, by whether they are overdue.", "state")
	descLedger     = desc("ledger_orders", "Orders of which the service indicators are counted.")
	descScreened   = desc("screened_total", "Orders that were asked for before they were accepted, by the answer.", "action")
	descReady      = desc("ready", "1 if events are taken.")
)

// Describe implements prometheus.Collector.
func (m *meter) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descEvents, descDuplicates, descLate, descRejects, descUnread, descBytes, descAlerts, descByRule, descFired, descSpared,
		descReloads, descFaulty, descRules,
		descLag, descHeld, descWaiting, descBehind, descRecords, descJournal, descUnindexed, descSnapshots, descSnapshotAt, descLimit, descShedKeys, descKeys, descMemory, descReady,
		descActs, descDecisions, descQuieted, descReports, descLedger, descScreened,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *meter) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	s := m.look()
	counter(descEvents, float64(s.Events))
	counter(descDuplicates, float64(s.Duplicates))
	counter(descLate, float64(s.Late))
	counter(descUnread, float64(detect.Unread()))
	counter(descBytes, float64(s.Bytes))
	for r := 1; r < orderguard.RejectReasons; r++ {
		counter(descRejects, float64(s.Rejects[r]), orderguard.RejectReason(r).String())
	}
	for sc := 1; sc < orderguard.Scenarios; sc++ {
		counter(descAlerts, float64(s.Scenarios[sc]), orderguard.Scenario(sc).String())
	}
	for _, r := range s.Rules {
		counter(descByRule, float64(r.Orders), r.ID, strconv.FormatBool(r.Shadow))
		counter(descFired, float64(r.Fired), r.ID, strconv.FormatBool(r.Shadow))
	}
	counter(descSpared, float64(s.Spared))
	reloads := &m.pipeline.reloads
	counter(descReloads, float64(reloads.taken.Load()), "taken")
	counter(descReloads, float64(reloads.refused.Load()), "refused")
	faulty := 0.0
	if reloads.faulty.Load() {
		faulty = 1
	}
	gauge(descFaulty, faulty)
	if s.rules != "" {
		gauge(descRules, 1, s.rules)
	}
	lag := 0.0
	if s.watermark > 0 {
		lag = time.Since(s.watermark.Time()).Seconds()
	}
	gauge(descLag, lag)
	gauge(descHeld, float64(s.held))
	m.more(counter, gauge)
	for _, t := range s.memory {
		gauge(descKeys, float64(t.Keys), t.Table)
		gauge(descMemory, float64(t.Bytes), t.Table)
	}
}

// tell gives a figure to Prometheus.
type tell func(d *prometheus.Desc, v float64, labels ...string)

// figures tells of the way before the pipeline.
func (d *daemon) figures(counter, gauge tell) {
	batches, bytes := d.flow.waiting()
	gauge(descWaiting, float64(batches))
	gauge(descBehind, float64(bytes))
	first, last, size := d.store.Journal()
	records := 0.0
	if first > 0 {
		records = float64(last - first + 1)
	}
	gauge(descRecords, records)
	gauge(descJournal, float64(size))
	gauge(descUnindexed, float64(d.store.Unindexed()))
	counter(descSnapshots, float64(d.keeper.stats.taken.Load()), "taken")
	counter(descSnapshots, float64(d.keeper.stats.failed.Load()), "failed")
	gauge(descSnapshotAt, float64(d.keeper.stats.since.Load()+bytes))
	gauge(descLimit, float64(d.flow.memory.limit))
	for table, keys := range d.flow.memory.total() {
		counter(descShedKeys, float64(keys), table)
	}
	d.caseFigures(counter, gauge)
	ready := 1.0
	if d.ready() != nil {
		ready = 0
	}
	gauge(descReady, ready)
}

// caseFigures tells of casework.
func (d *daemon) caseFigures(counter, gauge tell) {
	var c caseCounts
	var open, overdue, orders int
	now := orderguard.Millis(d.flow.now())
	d.pipeline.book.look(func(desk *casework.Desk, l *casework.Ledger) {
		c = d.pipeline.book.counts
		for r := range desk.Queue(casework.Turn{}) {
			if r.Overdue(now) {
				overdue++
			} else {
				open++
			}
		}
		orders = l.Len()
	})
	counter(descActs, float64(c.acts-c.refused), "done")
	counter(descActs, float64(c.refused), "refused")
	counter(descDecisions, float64(c.decisions))
	counter(descQuieted, float64(c.quieted))
	gauge(descReports, float64(open), "in time")
	gauge(descReports, float64(overdue), "overdue")
	gauge(descLedger, float64(orders))
	for a := casework.AllowOrder; a <= casework.BlockOrder; a++ {
		counter(descScreened, float64(d.screener.answers[a].Load()), a.String())
	}
}
