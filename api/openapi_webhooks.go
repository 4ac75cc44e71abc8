package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orderguard/orderguard"
)

// webhookDocs describes what endpoints are told.
func webhookDocs(schemas huma.Registry) map[string]*huma.PathItem {
	docs := map[string]*huma.PathItem{}
	for event, x := range map[string]struct {
		id, summary string
		of          any
	}{
		alertChanged:  {"alertChanged", "An order was flagged, or its alert has changed", WebhookBody[orderguard.Alert]{}},
		decisionMade:  {"decisionMade", "A decision on an order or a buyer", WebhookBody[orderguard.Decision]{}},
		reportChanged: {"reportChanged", "A report was filed, decided or appealed", WebhookBody[orderguard.Report]{}},
	} {
		body := schemas.Schema(reflect.TypeOf(x.of), true, x.id)
		schemas.SchemaFromRef(body.Ref).Properties["type"].Enum = []any{event}
		docs[event] = &huma.PathItem{Post: &huma.Operation{
			OperationID: x.id, Method: http.MethodPost, Summary: x.summary, Tags: []string{"Webhooks"},
			Description: "Sent, as Standard Webhooks has it, to the endpoints that the operator has set up; an answer other than 2xx brings it again.",
			Parameters: []*huma.Param{
				webhookHeader("webhook-id", "The same for each attempt: what has come before may be dropped"),
				webhookHeader("webhook-timestamp", "When it was sent, in seconds since 1970"),
				webhookHeader("webhook-signature", "v1, and the HMAC-SHA256 of id.timestamp.body in base64; one for each secret, with spaces between"),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: body},
			}},
			Responses: map[string]*huma.Response{
				"2XX": {Description: "Taken"},
				"410": {Description: "Nothing more is wanted, until the daemon starts again"},
			},
		}}
	}
	return docs
}

// webhookHeader is a header that every delivery has.
func webhookHeader(name, description string) *huma.Param {
	p := header(name, description)
	p.Required = true
	return p
}
