package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// What is sent is what the document says, and each type is there.
func TestWebhookDocument(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	var document struct {
		Webhooks map[string]struct {
			Post struct{ Parameters []struct{ Name string } }
		}
	}
	w := call(a, "", "GET", "/openapi.json", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &document))
	require.Len(t, document.Webhooks, len(webhookEvents))
	alert := f.put("s-1", "al_1", orderguard.Harassment)
	stored, err := json.Marshal(alert)
	require.NoError(t, err)
	c := newCourier(Endpoint{}, &WebhookOptions{})
	of := map[string]any{alertChanged: WebhookBody[orderguard.Alert]{}, decisionMade: WebhookBody[orderguard.Decision]{}, reportChanged: WebhookBody[orderguard.Report]{}}
	told := map[string]notice{}
	told[alertChanged], err = alertNotice(stored)
	require.NoError(t, err)
	for event, n := range map[string]News{
		decisionMade:  {Decision: &orderguard.Decision{ID: "dc_1", Seq: 1, Kind: orderguard.FreezeBuyer, Buyer: "b-1", Cause: "reviewer/tk_1", At: 1}},
		reportChanged: {Report: &orderguard.Report{ID: "rp_1", Scenario: orderguard.Harassment, State: orderguard.Appealed, Appeal: &orderguard.Appeal{At: 5}, Revision: 2}},
	} {
		var ok bool
		told[event], ok, err = c.newsNotice(&n)
		require.NoError(t, err)
		require.True(t, ok)
	}
	for _, event := range webhookEvents {
		require.Len(t, document.Webhooks[event].Post.Parameters, 3)
		var body map[string]any
		require.NoError(t, json.Unmarshal(told[event].body, &body))
		schema := a.forms.schemas.Schema(reflect.TypeOf(of[event]), true, "")
		faults := func() []error {
			result := &huma.ValidateResult{}
			huma.Validate(a.forms.schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, result)
			return result.Errors
		}
		require.Empty(t, faults(), event)
		body["type"] = "order.created"
		require.NotEmpty(t, faults(), event)
	}
}
