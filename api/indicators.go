package api

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// DeltaPage is a page of what was added to a shop's raw figures.
type DeltaPage struct {
	Deltas []orderguard.Delta `json:"deltas" doc:"By day of the order and then as they came, or with order=told as they came"`
	Next   string             `json:"next" doc:"The cursor for the next call; opaque"`
	More   bool               `json:"more" doc:"There are more"`
}

// daysNames are the spans of days for which there are indicators, the default
// first.
var daysNames = []string{"30", "7", "90"}

// parseDays reads over how many days indicators are wanted.
func parseDays(values url.Values) (int, error) {
	s, err := parseChoice(values, "days", daysNames...)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(s)
}

// figures reads a shop's indicators over the days that a query asks for.
func (a *API) figures(shop string, values url.Values) (in casework.Indicators, err error) {
	days, err := parseDays(values)
	if err != nil {
		return in, err
	}
	in, err = a.parts.Indicators.Indicators(shop, days)
	if err != nil {
		return in, fmt.Errorf("read the shop's indicators: %w", err)
	}
	in.Rates, in.ByReason, in.BySKU = filled(in.Rates), filled(in.ByReason), filled(in.BySKU)
	return in, nil
}

func (a *API) getIndicators(w http.ResponseWriter, r *http.Request, _ Token) error {
	values, err := parseQuery(r, "days")
	if err != nil {
		return err
	}
	in, err := a.figures(r.PathValue("shop"), values)
	if err != nil {
		return err
	}
	return writePage(w, r, in, "", false, func() table { return indicatorTable(&in) })
}

// deltaOrders are the orders in which deltas are listed, the default first.
var deltaOrders = []string{"day", "told"}

func (a *API) listDeltas(w http.ResponseWriter, r *http.Request, _ Token) error {
	values, err := parseQuery(r, "after", "limit", "days", "order")
	if err != nil {
		return err
	}
	order, err := parseChoice(values, "order", deltaOrders...)
	if err != nil {
		return err
	}
	if order == "told" {
		return a.listDeltasTold(w, r, values)
	}
	shop := r.PathValue("shop")
	scope := a.scope("deltas of " + shop)
	after, err := parsePlace(scope, values.Get("after"))
	if err != nil {
		return err
	}
	limit, err := parseLimit(values, defaultLimit)
	if err != nil {
		return err
	}
	in, err := a.figures(shop, values)
	if err != nil {
		return err
	}
	list, next, more, err := a.parts.Indicators.Deltas(shop, in.From, after, limit)
	if err != nil {
		return fmt.Errorf("list the shop's deltas: %w", err)
	}
	if len(list) == 0 { // the place stays, whatever comes with nothing
		next = after
	}
	page := DeltaPage{filled(list), placeCursor(scope, next), more}
	return writePage(w, r, page, page.Next, more, func() table { return deltaTable(list) })
}

// listDeltasTold lists deltas as they came, of all days unless the query names some: what is told later stands
// behind what was told before, so that who follows the cursor misses none.
func (a *API) listDeltasTold(w http.ResponseWriter, r *http.Request, values url.Values) error {
	shop := r.PathValue("shop")
	scope := a.scope("told deltas of " + shop)
	q, err := placeOf(scope, values)
	if err != nil {
		return err
	}
	from := orderguard.Day(math.MinInt32)
	if values.Has("days") {
		in, err := a.figures(shop, values)
		if err != nil {
			return err
		}
		from = in.From
	}
	list, next, more, err := a.parts.Indicators.DeltasTold(shop, from, q.after, q.limit)
	if err != nil {
		return fmt.Errorf("list the shop's deltas as they came: %w", err)
	}
	page := DeltaPage{filled(list), cursor(scope, max(next, q.after)), more}
	return writePage(w, r, page, page.Next, more, func() table { return deltaTable(list) })
}
