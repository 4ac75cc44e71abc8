package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orderguard/orderguard"
)

// doc is what the OpenAPI document says of a route beyond the table.
type doc struct {
	id, summary, text string
	params            []*huma.Param
	body              *huma.RequestBody
	bodyOf            any            // JSON; sets body's schema
	answers           map[int]answer // the good ones
	refusals          []int
}

type answer struct {
	text  string
	of    any    // JSON
	media string // besides JSON
}

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

func text(s string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: s} }

func enum(of string) *huma.Schema {
	item := &huma.Schema{Type: huma.TypeString}
	for _, n := range namesOf[of] {
		item.Enum = append(item.Enum, n)
	}
	return &huma.Schema{Type: huma.TypeArray, Items: item}
}

func number(least, most float64, def int) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Maximum: &most, Default: def}
}

var commas = false // arrays in a query are given as a,b

var (
	docListAlerts = &doc{
		id: "listAlerts", summary: "Flagged orders, in order of change",
		text: "Poll with `next` of the last answer as `after`: that misses nothing, and repeats nothing but alerts that have changed. " +
			"`wait` holds the call until there is one. With `Accept: text/event-stream` the same alerts are streamed; " +
			"an event's `id` is the cursor after it, honoured as `Last-Event-ID`.",
		params: []*huma.Param{
			{Name: "after", In: "query", Description: "Cursor; without it, from the first alert", Schema: text("")},
			{Name: "limit", In: "query", Description: "Most alerts to give; more than 500 is held to 500", Schema: number(1, maxLimit, defaultLimit)},
			{Name: "status", In: "query", Description: "Only these; with commas or repeated", Schema: enum("status"), Explode: &commas},
			{Name: "scenario", In: "query", Description: "Only these; with commas or repeated", Schema: enum("scenario"), Explode: &commas},
			{Name: "wait", In: "query", Description: "How long to wait for one: `20s`, or seconds; held to 60s", Schema: text(""), Example: "20s"},
			{Name: "If-None-Match", In: "header", Description: "`ETag` of the answer that the client has", Schema: text("")},
			{Name: "Last-Event-ID", In: "header", Description: "Of a stream that broke: goes before `after`", Schema: text("")},
		},
		answers: map[int]answer{
			200: {text: "A page, or a stream", of: AlertPage{}, media: "text/event-stream"},
			304: {text: "Nothing has changed"},
		},
		refusals: []int{400, 401, 403, 429, 503},
	}
	docGetAlert = &doc{
		id: "getAlert", summary: "One alert, with its timeline",
		params:   []*huma.Param{{Name: "If-None-Match", In: "header", Schema: text("")}},
		answers:  map[int]answer{200: {text: "The alert", of: AlertDetail{}}, 304: {text: "Nothing has changed"}},
		refusals: []int{401, 403, 404, 429},
	}
	docPostEvents = &doc{
		id: "postEvents", summary: "Take in events",
		text: "One JSON object a line. The answer comes once all of it is judged, or waits for the lateness, and its alerts are durable. A line that is no event is listed and does not " +
			"stop the others. Sending the same again is safe: repeated ids are dropped. With a key, or a stream and an offset, lines that are durable already are left out as well.",
		params: []*huma.Param{
			{Name: "Content-Encoding", In: "header", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"gzip", "zstd", "identity"}}},
			{Name: keyHeader, In: "header", Description: "The same for the same body when it is sent again: what of it is durable counts once. Known for 48 hours; at most 255 bytes", Schema: text("")},
			{Name: streamHeader, In: "header", Description: "The stream whose lines these are; the same streams as on the TCP feed", Schema: text("")},
			{Name: offsetHeader, In: "header", Description: "How many lines of the stream come before this body", Schema: text(""), Example: "1200"},
		},
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: text("Lines, each an event")}}},
		answers:  map[int]answer{200: {text: "Taken in", of: Receipt{}}},
		refusals: []int{400, 401, 403, 408, 409, 413, 415, 429, 503, 507},
	}
	docCreateToken = &doc{
		id: "createToken", summary: "Make a token", bodyOf: TokenRequest{},
		answers:  map[int]answer{201: {text: "Made", of: NewToken{}}},
		refusals: []int{400, 401, 403, 413, 429, 507},
	}
	docListTokens = &doc{
		id: "listTokens", summary: "All tokens, the revoked ones too",
		answers:  map[int]answer{200: {text: "The tokens", of: TokenList{}}},
		refusals: []int{401, 403, 429},
	}
	docRevokeToken = &doc{
		id: "revokeToken", summary: "End a token at once",
		answers:  map[int]answer{204: {text: "Revoked"}},
		refusals: []int{401, 403, 404, 429},
	}
	docBackup = &doc{
		id: "backup", summary: "A copy of all that is kept, as it is at one moment",
		text: "For `orderguard backup`, which restore reads. A copy that is cut short is not whole, and is refused there.",
		params: []*huma.Param{
			{Name: "store", In: "query", Description: "The store that the copy before names", Schema: text("")},
			{Name: "since", In: "query", Description: "The version that the copy before names; without it, a full copy", Schema: text("")},
		},
		answers:  map[int]answer{200: {text: "The copy", media: "application/octet-stream"}},
		refusals: []int{400, 401, 403, 429},
	}
	docGetOrder = &doc{
		id: "getOrder", summary: "The events of an order, as they came", text: "From the journal, which keeps them for half a year unless told otherwise.",
		answers:  map[int]answer{200: {text: "Its events", of: OrderEvents{}}},
		refusals: []int{401, 403, 404, 429, 503},
	}
	docCheck = &doc{
		id: "check", summary: "Whether what is kept is sound", text: "It reads everything, which may take minutes.",
		answers:  map[int]answer{200: {text: "What is wrong", of: CheckResult{}}},
		refusals: []int{401, 403, 429},
	}
	docHealthz = &doc{id: "healthz", summary: "Whether the server lives", answers: map[int]answer{200: {text: "It does", of: health{}}}}
	docReadyz  = &doc{
		id: "readyz", summary: "Whether the server takes work",
		answers: map[int]answer{200: {text: "It does", of: health{}}}, refusals: []int{503},
	}
	docMetrics = &doc{id: "metrics", summary: "Measures for Prometheus", answers: map[int]answer{200: {text: "Prometheus text", media: "text/plain"}}}
)

// openAPI describes the routes.
func openAPI(routes []*route, version string) ([]byte, error) {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	spec := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Orderguard", Version: version,
			Description: "Guards the shops of a marketplace against malicious buyers. Errors are problem documents (RFC 9457)."},
		Components: &huma.Components{
			Schemas:         schemas,
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
		},
	}
	registerTexts(schemas)
	for _, rt := range routes {
		if rt.doc != nil {
			spec.AddOperation(operation(rt, schemas))
		}
	}
	refine(schemas.Map())
	return json.Marshal(spec)
}

// refine says what reflection cannot know: lists are never null, and what the
// texts of the field's own types are.
func refine(schemas map[string]*huma.Schema) {
	for _, s := range schemas {
		for _, p := range s.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
		}
	}
	for _, name := range []string{"Alert", "AlertDetail"} {
		p := schemas[name].Properties
		for _, field := range []string{"status", "scenario", "severity"} {
			p[field] = enum(field).Items
		}
		p["flagged_at"] = &huma.Schema{Type: huma.TypeString, Format: "date-time", Description: "Event time"}
	}
}

// registerTexts says of the types that write themselves as text what they
// write.
func registerTexts(schemas huma.Registry) {
	str := reflect.TypeFor[string]()
	for _, t := range []reflect.Type{reflect.TypeFor[orderguard.Status](), reflect.TypeFor[orderguard.Scenario](),
		reflect.TypeFor[orderguard.Severity](), reflect.TypeFor[orderguard.Millis]()} {
		schemas.RegisterTypeAlias(t, str)
	}
}

func operation(rt *route, schemas huma.Registry) *huma.Operation {
	d := rt.doc
	op := &huma.Operation{
		OperationID: d.id, Method: rt.method, Path: rt.path, Summary: d.summary, Description: d.text,
		Parameters: append(pathParams(rt.path), d.params...), RequestBody: d.body, Responses: map[string]*huma.Response{},
	}
	if !rt.open {
		op.Security = []map[string][]string{{"token": {}}}
		op.Description = strings.TrimSpace(op.Description + " Roles: " + strings.Join(append(append([]string{}, rt.roles...), admin), ", ") + ".")
	}
	media := func(of any) *huma.MediaType {
		return &huma.MediaType{Schema: schemas.Schema(reflect.TypeOf(of), true, d.id)}
	}
	if d.bodyOf != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": media(d.bodyOf)}}
	}
	for status, ans := range d.answers {
		r := &huma.Response{Description: ans.text, Content: map[string]*huma.MediaType{}}
		if ans.of != nil {
			r.Content["application/json"] = media(ans.of)
		}
		if ans.media != "" {
			r.Content[ans.media] = &huma.MediaType{Schema: text("")}
		}
		op.Responses[strconv.Itoa(status)] = r
	}
	for _, status := range d.refusals {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{"application/problem+json": media(Problem{})}}
	}
	return op
}

// pathParams are the names between braces of a path.
func pathParams(path string) (params []*huma.Param) {
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: text("")})
		}
	}
	return params
}
