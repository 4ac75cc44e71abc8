package api

import (
	"net/http"
	"strconv"
	"strings"
)

// The forms of answers.
const (
	jsonMedia  = "application/json"
	eventMedia = "text/event-stream"
)

// preferred returns which of the forms that a call has its client would rather have,
// by the header Accept (RFC 9110, 12.5.1): the one with the highest q, of several with
// the same the one that is named first. The first form is that of whoever accepts
// anything, or nothing that there is.
func preferred(r *http.Request, forms ...string) string {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" {
		return forms[0]
	}
	best, bestQ, bestAt := forms[0], 0.0, 0
	for _, form := range forms {
		q, at := quality(accept, form)
		if q > bestQ || q == bestQ && q > 0 && at < bestAt {
			best, bestQ, bestAt = form, q, at
		}
	}
	return best
}

// quality returns how much a header Accept likes a form, 0 for not at all, and at which
// of its parts it says so. The closest part counts: the form itself before the likes
// of text/*, and those before */*.
func quality(accept, form string) (q float64, at int) {
	kind, _, _ := strings.Cut(form, "/")
	i, closeness := -1, 0
	for part := range strings.SplitSeq(accept, ",") {
		i++
		name, params, _ := strings.Cut(part, ";")
		near := 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case form:
			near = 3
		case kind + "/*":
			near = 2
		case "*/*":
			near = 1
		}
		if near > closeness {
			q, at, closeness = weight(params), i, near
		}
	}
	return q, at
}

// weight reads the q of a part of Accept, 1 if it has none, or none that can be read.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
		}
	}
	return 1
}
