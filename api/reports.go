package api

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// ReportPage is a page of a shop's reports.
type ReportPage struct {
	Reports []orderguard.Report `json:"reports" doc:"In the order in which they were filed"`
	Next    string              `json:"next" doc:"The cursor for the next call; opaque"`
	More    bool                `json:"more" doc:"There are more"`
}

// ReportQueue is the answer of GET /v1/reports.
type ReportQueue struct {
	Reports []QueuedReport `json:"reports" doc:"The first due first"`
	Next    string         `json:"next" doc:"The cursor for the next call; opaque"`
	More    bool           `json:"more" doc:"There are more"`
}

// RulingForm is a decision as a reviewer sends it.
type RulingForm struct {
	Upheld   bool                `json:"upheld"`
	Scenario orderguard.Scenario `json:"scenario,omitzero" doc:"What it is upheld for; left out, what was reported"`
	Severity orderguard.Severity `json:"severity,omitzero" doc:"How grave; left out, as the order's alert says, or high"`
	Grounds  Grounds             `json:"grounds" doc:"Why, as the seller and an auditor read it"`
	Revision int                 `json:"revision,omitzero" minimum:"1" doc:"The report's revision that the reviewer looked at: where it has another by now, the decision is refused with 409. Left out, it is taken all the same, but one that overturns another needs it"`
}

// Grounds is a Wording of which one language will do.
type Grounds struct {
	En string `json:"text,omitempty" doc:"In English"`
	Zh string `json:"text_zh,omitempty" doc:"In Chinese"`
}

func (a *API) fileReport(w http.ResponseWriter, r *http.Request, t Token) error {
	var f Filing
	if err := a.readForm(w, r, maxJSON, &f); err != nil {
		return err
	}
	shop := r.PathValue("shop")
	report, err := a.parts.Reports.File(r.Context(), t.ID, shop, f)
	if err != nil {
		return fmt.Errorf("file a report: %w", err)
	}
	w.Header().Set("Location", "/v1/shops/"+url.PathEscape(shop)+"/reports/"+url.PathEscape(report.ID))
	return writeReport(w, http.StatusCreated, report)
}

func (a *API) listReports(w http.ResponseWriter, r *http.Request, _ Token) error {
	shop := r.PathValue("shop")
	scope := a.scope("reports of " + shop)
	q, err := parsePage(scope, r)
	if err != nil {
		return err
	}
	list, next, more, err := a.parts.ReportRecords.ShopReports(shop, q.after, q.limit)
	if err != nil {
		return fmt.Errorf("list the shop's reports: %w", err)
	}
	if len(list) == 0 { // the place stays, whatever comes with nothing
		next = q.after
	}
	page := ReportPage{tidyReports(list), cursor(scope, next), more}
	return writePage(w, r, page, page.Next, more, func() table { return reportTable(page.Reports) })
}

func (a *API) getReport(w http.ResponseWriter, r *http.Request, _ Token) error {
	report, err := a.parts.ReportRecords.Report(r.PathValue("report"))
	if err == nil && report.Shop != r.PathValue("shop") {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read a report: %w", err)
	}
	return writeReport(w, http.StatusOK, report)
}

func (a *API) readReport(w http.ResponseWriter, r *http.Request, _ Token) error {
	report, err := a.parts.Reviews.Reviewed(r.PathValue("report"))
	if err != nil {
		return fmt.Errorf("read a report: %w", err)
	}
	report.Report = tidyReports([]orderguard.Report{report.Report})[0]
	return writeJSON(w, http.StatusOK, report)
}

func (a *API) getSeller(w http.ResponseWriter, r *http.Request, _ Token) error {
	record, err := a.parts.Reviews.Seller(r.PathValue("shop"))
	if err != nil {
		return fmt.Errorf("read how a shop has used reports: %w", err)
	}
	return writeJSON(w, http.StatusOK, record)
}

func (a *API) appealReport(w http.ResponseWriter, r *http.Request, t Token) error {
	var s Statement
	if err := a.readForm(w, r, maxJSON, &s); err != nil {
		return err
	}
	report, err := a.parts.Reports.Appeal(r.Context(), t.ID, r.PathValue("shop"), r.PathValue("report"), s)
	if err != nil {
		return fmt.Errorf("appeal a report: %w", err)
	}
	return writeReport(w, http.StatusOK, report)
}

func (a *API) listQueue(w http.ResponseWriter, r *http.Request, _ Token) error {
	values, err := parseQuery(r, "queue", "after", "limit")
	if err != nil {
		return err
	}
	scope := a.scope("queue of reports")
	place, err := parsePlace(scope, values.Get("after"))
	if err != nil {
		return err
	}
	var after casework.Turn
	if _, err := fmt.Sscanf(place, queuePlace, &after.Due, &after.ID); place != "" && err != nil {
		return mangled()
	}
	limit, err := parseLimit(values, maxLimit)
	if err != nil {
		return err
	}
	if _, err := parseChoice(values, "queue", "due"); err != nil {
		return err
	}
	list, more, err := a.parts.ReportRecords.Queue(after, limit)
	if err != nil {
		return fmt.Errorf("read the queue of reports: %w", err)
	}
	for i := range list {
		list[i].Evidence = filled(list[i].Evidence)
		place = fmt.Sprintf(queuePlace, int64(list[i].Due), list[i].ID)
	}
	return writeJSON(w, http.StatusOK, ReportQueue{filled(list), placeCursor(scope, place), more})
}

// queuePlace is how a turn in the queue stands in a cursor.
const queuePlace = "%020d %s"

func (a *API) decideReport(w http.ResponseWriter, r *http.Request, t Token) error {
	var form RulingForm
	if err := a.readForm(w, r, maxJSON, &form); err != nil {
		return err
	}
	report, err := a.parts.Reports.Decide(r.Context(), t.ID, r.PathValue("report"),
		ReportRuling{form.Upheld, form.Scenario, form.Severity, orderguard.Wording(form.Grounds), form.Revision})
	if err != nil {
		return fmt.Errorf("decide a report: %w", err)
	}
	return writeReport(w, http.StatusOK, report)
}

func writeReport(w http.ResponseWriter, status int, report orderguard.Report) error {
	return writeJSON(w, status, tidyReports([]orderguard.Report{report})[0])
}

// tidyReports makes lists of what has none, so that a client never reads null.
func tidyReports(list []orderguard.Report) []orderguard.Report {
	for i := range list {
		list[i].Evidence = filled(list[i].Evidence)
		if a := list[i].Appeal; a != nil && a.Evidence == nil {
			c := *a
			c.Evidence = []string{}
			list[i].Appeal = &c
		}
	}
	return filled(list)
}
