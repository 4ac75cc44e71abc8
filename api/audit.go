package api

import (
	"fmt"
	"net/http"
)

// AuditPage is a page of the audit log.
type AuditPage struct {
	Entries []AuditEntry `json:"entries" doc:"In the order in which it happened"`
	Next    string       `json:"next" doc:"The cursor for the next call; opaque"`
	More    bool         `json:"more" doc:"There are more"`
}

func (a *API) listAudit(w http.ResponseWriter, r *http.Request, _ Token) error {
	scope := a.scope("audit")
	q, err := parsePage(scope, r)
	if err != nil {
		return err
	}
	list, more, err := a.parts.Audit.Audit(q.after, q.limit)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	next := q.after
	if n := len(list); n > 0 {
		next = list[n-1].Entry
	}
	return writeJSON(w, http.StatusOK, AuditPage{filled(list), cursor(scope, next), more})
}
