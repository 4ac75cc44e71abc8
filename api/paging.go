package api

import (
	"net/http"
	"net/url"
)

// pageQuery is what a call for a page of a list asks.
type pageQuery struct {
	after uint64
	limit int
}

// parsePage reads the query of a call that takes a cursor and a limit.
func parsePage(scope string, r *http.Request) (q pageQuery, err error) {
	values, err := parseQuery(r, "after", "limit")
	if err != nil {
		return q, err
	}
	return placeOf(scope, values)
}

// placeOf reads the cursor and the limit of a query.
func placeOf(scope string, values url.Values) (q pageQuery, err error) {
	if q.after, err = parseCursor(scope, values.Get("after")); err != nil {
		return q, err
	}
	q.limit, err = parseLimit(values, defaultLimit)
	return q, err
}

// writePage writes a page as JSON, or as a table if the client asks for that.
// A table has no place for the cursor, which goes into the header Link.
func writePage(w http.ResponseWriter, r *http.Request, page any, next string, more bool, rows func() table) error {
	w.Header().Set("Vary", "Accept, Authorization")
	if preferred(r, jsonMedia, csvMedia) == jsonMedia {
		return writeJSON(w, http.StatusOK, page)
	}
	w.Header().Set("Cache-Control", "no-store")
	if more {
		linkNext(w, r, next)
	}
	return rows().write(w)
}

// linkNext tells where the next page is (RFC 8288).
func linkNext(w http.ResponseWriter, r *http.Request, next string) {
	values := r.URL.Query()
	values.Set("after", next)
	w.Header().Set("Link", "<"+r.URL.EscapedPath()+"?"+values.Encode()+`>; rel="next"`)
}
