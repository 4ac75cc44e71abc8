package api

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/orderguard/orderguard"
)

// The types of events.
const (
	alertChanged  = "alert.changed"
	decisionMade  = "decision.made"
	reportChanged = "report.changed"
)

// webhookEvents are all of them.
var webhookEvents = []string{alertChanged, decisionMade, reportChanged}

// WebhookBody is what is sent, as the OpenAPI document has it.
type WebhookBody[T any] struct {
	Type string `json:"type" doc:"What data is"`
	// Timestamp is when it happened, not when it was sent.
	Timestamp orderguard.Millis `json:"timestamp" format:"date-time" doc:"When it happened; when it was sent is in webhook-timestamp"`
	Data      T                 `json:"data" doc:"The record as the API gives it"`
}

// notice is one event to be told.
type notice struct {
	// id is the same for each attempt and each endpoint; it is sent with the store's.
	id   string
	body []byte
	seq  uint64 // the change of an alert that it is, or follows
	mark Mark   // how far the shop has been told with it
}

// compose returns a notice of a record that has its JSON.
func compose(event, id string, at orderguard.Millis, data []byte) notice {
	b := make([]byte, 0, len(data)+96)
	b = append(b, `{"type":"`+event+`","timestamp":"`+at.String()+`","data":`...)
	return notice{id: id, body: append(append(b, data...), '}')}
}

// alertNotice returns the notice of an alert as it stands.
func alertNotice(alert []byte) (notice, error) {
	var a struct {
		ID        string            `json:"alert"`
		Revision  int               `json:"revision"`
		FlaggedAt orderguard.Millis `json:"flagged_at"`
		Verdict   *struct {
			At orderguard.Millis `json:"at"`
		} `json:"verdict"`
	}
	if err := json.Unmarshal(alert, &a); err != nil {
		return notice{}, fmt.Errorf("read a stored alert: %w", err)
	}
	at := a.FlaggedAt
	if a.Verdict != nil {
		at = max(at, a.Verdict.At)
	}
	return compose(alertChanged, a.ID+"-"+strconv.Itoa(a.Revision), at, alert), nil
}

// newsNotice returns the notice of a decision or a report, ok false if the endpoint
// is not told of it.
func (c *courier) newsNotice(n *News) (told notice, ok bool, err error) {
	var data []byte
	switch {
	case n.Decision != nil && c.wants(decisionMade):
		data, err = json.Marshal(n.Decision)
		told = compose(decisionMade, n.Decision.ID, n.Decision.At, data)
	case n.Report != nil && c.wants(reportChanged):
		r := tidyReports([]orderguard.Report{*n.Report})[0]
		data, err = json.Marshal(&r)
		told = compose(reportChanged, r.ID+"-"+strconv.Itoa(r.Revision), changedAt(&r), data)
	default:
		return told, false, nil
	}
	if err != nil {
		return told, false, fmt.Errorf("write news: %w", err)
	}
	return told, true, nil
}

// changedAt is when a report was last decided, appealed or, before that, filed.
func changedAt(r *orderguard.Report) orderguard.Millis {
	at := r.FiledAt
	for _, ruling := range r.Rulings {
		at = max(at, ruling.At)
	}
	if r.Appeal != nil {
		at = max(at, r.Appeal.At)
	}
	return at
}
