package api

import (
	"embed"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets the page run its own script and style, call this server, and
// nothing else; no other site may frame it.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// servePage serves one file of the sellers' page, or of that to try the API.
func servePage(name, contentType string) handler {
	body, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic("BUG: the page's file " + name + " is not embedded")
	}
	serve := serveBytes(contentType, body)
	return func(w http.ResponseWriter, r *http.Request, t Token) error {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		return serve(w, r, t)
	}
}
