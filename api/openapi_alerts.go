package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/orderguard/orderguard"
)

// AlertPage is the answer of the alert list. The server splices it from stored
// JSON; the type describes it.
type AlertPage struct {
	Alerts []orderguard.Alert `json:"alerts" doc:"In order of change"`
	Next   string             `json:"next" doc:"The cursor for the next call; opaque"`
	More   bool               `json:"more" doc:"Ask again at once: there is, or may be, more"`
}

// AlertDetail is one alert with its timeline.
type AlertDetail struct {
	orderguard.Alert
	Timeline []Step `json:"timeline" doc:"The earliest step first"`
}

var (
	docListAlerts = &doc{
		tag: "Alerts", id: "listAlerts", summary: "Flagged orders, in order of change",
		text: "Poll with `next` of the last answer as `after`: that misses nothing, and repeats nothing but alerts that have changed. " +
			"`wait` holds the call until there is one. With `Accept: text/event-stream` the same alerts are streamed; " +
			"an event's `id` is the cursor after it, honoured as `Last-Event-ID`. With `Accept: text/csv` the page is a table.",
		params: append(pageParams("alerts"), listOf("status"), listOf("scenario"), waitParam(),
			header("If-None-Match", "`ETag` of the answer that the client has"),
			header("Last-Event-ID", "Of a stream that broke: goes before `after`")),
		answers: map[int]answer{
			200: {text: "A page, or a stream", of: AlertPage{}, media: []string{"text/event-stream", "text/csv"}},
			304: {text: "Nothing has changed"},
		},
		refusals: []int{503},
	}
	docGetAlert = &doc{
		tag: "Alerts", id: "getAlert", summary: "One alert, with its timeline",
		params:   []*huma.Param{header("If-None-Match", "`ETag` of the answer that the client has")},
		answers:  map[int]answer{200: {text: "The alert", of: AlertDetail{}}, 304: {text: "Nothing has changed"}},
		refusals: []int{404},
	}
	docPostEvents = &doc{
		tag: "Events", id: "postEvents", summary: "Take in events",
		text: "One JSON object a line. The answer comes once all of it is judged, or waits for the lateness, and its alerts are durable. A line that is no event is listed and does not " +
			"stop the others. Sending the same again is safe: repeated ids are dropped. With a key, or a stream and an offset, lines that are durable already are left out as well.",
		params: []*huma.Param{
			header("Content-Encoding", "gzip, zstd or identity"),
			{Name: keyHeader, In: "header", Description: "The same for the same body when it is sent again: what of it is durable counts once. Known for 48 hours; at most 255 bytes", Schema: text("")},
			{Name: streamHeader, In: "header", Description: "The stream whose lines these are; the same streams as on the TCP feed", Schema: text("")},
			{Name: offsetHeader, In: "header", Description: "How many lines of the stream come before this body", Schema: text(""), Example: "1200"},
		},
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: &huma.Schema{Description: "Lines, each an event; what is none is listed in the answer"}}}},
		answers:  map[int]answer{200: {text: "Taken in", of: Receipt{}}},
		refusals: []int{408, 409, 413, 415, 422, 503, 507},
	}
	docGetOrder = &doc{
		tag: "Events", id: "getOrder", summary: "The events of an order, as they came", text: "From the journal, which keeps them for half a year unless told otherwise. " +
			"Where the disk has lost records of it that named the order, or may have, the answer says incomplete; if no event of it is left, it is 409 (journal-incomplete) instead of 404.",
		answers:  map[int]answer{200: {text: "Its events", of: OrderEvents{}}},
		refusals: []int{404, 409, 503},
	}
)
