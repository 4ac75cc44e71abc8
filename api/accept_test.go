package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// The form of an answer is that which the client likes best.
func TestPreferred(t *testing.T) {
	for accept, want := range map[string]string{
		"":                  jsonMedia,
		"*/*":               jsonMedia,
		"image/png":         jsonMedia,
		"text/csv":          csvMedia,
		"TEXT/CSV ; q=1.0":  csvMedia,
		"text/csvx":         jsonMedia,
		"text/event-stream": eventMedia,
		"application/json, text/event-stream;q=0":   jsonMedia,
		"text/csv;q=0, application/json":            jsonMedia,
		"text/csv;q=0":                              jsonMedia,
		"application/json, text/csv;q=0.5":          jsonMedia,
		"text/csv;q=0.5, application/json":          jsonMedia,
		"application/json;q=0.2, text/csv;q=0.5":    csvMedia,
		"text/csv, application/json":                csvMedia,
		"application/json, text/csv":                jsonMedia,
		"text/csv, */*":                             csvMedia,
		"text/csv, */*;q=0.1":                       csvMedia,
		"*/*, text/csv;q=0":                         jsonMedia,
		"text/*, text/csv;q=0.1":                    eventMedia,
		"text/csv;header=present;q=0.7, text/*;q=0": csvMedia,
		"text/csv;q=never, application/json;q=0.9":  csvMedia,
	} {
		r := &http.Request{Header: http.Header{}}
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		require.Equal(t, want, preferred(r, jsonMedia, eventMedia, csvMedia), accept)
	}
	r := &http.Request{Header: http.Header{"Accept": {"application/json;q=0.1", "text/csv"}}}
	require.Equal(t, csvMedia, preferred(r, jsonMedia, csvMedia))

	f := newFake()
	w := call(newAPI(t, f, Options{}), "seller", "GET", list, nil, "Accept", "text/csv;q=0.5, application/json, text/event-stream;q=0")
	require.Equal(t, jsonMedia, w.Header().Get("Content-Type"))
}
