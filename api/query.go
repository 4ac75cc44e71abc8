package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
)

// Bounds of the alert list.
const (
	defaultLimit = 50
	maxLimit     = 500
	maxWait      = 60 * time.Second
)

// listParams are the parameters of the alert list.
var listParams = []string{"after", "limit", "status", "scenario", "wait"}

// listQuery is what a call for alerts asks.
type listQuery struct {
	Query
	after uint64
	wait  time.Duration
}

func parseList(shop string, r *http.Request) (q listQuery, err error) {
	q.Limit = defaultLimit
	if r.URL.RawQuery == "" {
		return q, nil
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, problem(http.StatusBadRequest, "The query of the URL is malformed: "+err.Error(), "Escape what stands after the question mark.")
	}
	for name, v := range values {
		if !slices.Contains(listParams, name) {
			return q, problem(http.StatusBadRequest, fmt.Sprintf("There is no parameter %q.", name), "Use "+strings.Join(listParams, ", ")+".")
		}
		if len(v) > 1 && name != "status" && name != "scenario" {
			return q, problem(http.StatusBadRequest, "The parameter "+name+" is given more than once.", "Give it once.")
		}
	}
	if q.after, err = parseCursor(shop, values.Get("after")); err != nil {
		return q, err
	}
	if s := values.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return q, problem(http.StatusBadRequest, fmt.Sprintf("limit %q is not a number from 1 on.", s), "Use 1 to 500; the default is 50.")
		}
		q.Limit = min(n, maxLimit)
	}
	if q.wait, err = parseWait(values.Get("wait")); err != nil {
		return q, err
	}
	if q.Status, err = parseNames("status", values["status"], orderguard.ParseStatus); err != nil {
		return q, err
	}
	q.Scenario, err = parseNames("scenario", values["scenario"], orderguard.ParseScenario)
	return q, err
}

// parseWait reads "20s", "500ms" or plain seconds, held to maxWait.
func parseWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if n, plain := strconv.Atoi(s); plain == nil {
		d, err = time.Duration(min(n, 3600))*time.Second, nil
	}
	if err != nil || d < 0 {
		return 0, problem(http.StatusBadRequest, fmt.Sprintf("wait %q is not a time.", s), "Use seconds, or a time like 20s; at most 60s.")
	}
	return min(d, maxWait), nil
}

// parseNames reads a parameter that may be repeated and may list several names
// between commas.
func parseNames[T any](param string, values []string, parse func(string) (T, bool)) (list []T, err error) {
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name == "" {
				continue
			}
			p, ok := parse(name)
			if !ok {
				return nil, problem(http.StatusBadRequest, fmt.Sprintf("There is no %s %q.", param, name),
					"Use "+strings.Join(namesOf[param], ", ")+"; several with commas.")
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// namesOf lists the names of the field's own types.
var namesOf = map[string][]string{
	"status":   names(orderguard.Open, orderguard.Ignored, orderguard.Status.String),
	"scenario": names(orderguard.MaliciousOrder, orderguard.Unfulfillable, orderguard.Scenario.String),
	"severity": names(orderguard.Low, orderguard.Critical, orderguard.Severity.String),
}

func names[T ~uint8](first, last T, name func(T) string) (list []string) {
	for v := first; v <= last; v++ {
		list = append(list, name(v))
	}
	return list
}
