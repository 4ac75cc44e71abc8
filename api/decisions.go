package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/orderguard/orderguard"
)

// DecisionPage is a page of decisions.
type DecisionPage struct {
	Decisions []orderguard.Decision `json:"decisions" doc:"In their order"`
	Next      string                `json:"next" doc:"The cursor for the next call; opaque"`
	More      bool                  `json:"more" doc:"Ask again at once: there are more"`
}

// decisionScope names the list of decisions in its cursors.
const decisionScope = "decisions"

// PublishDecisions wakes the calls that wait for decisions. It is called after
// some were committed, and never blocks.
func (a *API) PublishDecisions() { a.decided.wakeShop("") }

// listDecisions answers GET /v1/decisions: a page, a page to wait for, or a
// stream.
func (a *API) listDecisions(w http.ResponseWriter, r *http.Request, t Token) error {
	values, err := parseQuery(r, "after", "limit", "wait")
	if err != nil {
		return err
	}
	scope := a.scope(decisionScope)
	q, err := placeOf(scope, values)
	if err != nil {
		return err
	}
	wait, err := parseWait(values.Get("wait"))
	if err != nil {
		return err
	}
	if preferred(r, jsonMedia, eventMedia) == eventMedia {
		return a.stream(w, r, t, &tape{
			of: "decision", scope: scope, after: q.after, hub: &a.decided,
			head: a.parts.Decisions.LastDecision, read: a.eachDecision,
		})
	}
	var page DecisionPage
	look := func() (done bool, err error) {
		list, more, err := a.parts.Decisions.Decisions(q.after, q.limit)
		if err != nil {
			return false, fmt.Errorf("read the decisions: %w", err)
		}
		page = DecisionPage{filled(list), cursor(scope, q.after), more}
		if n := len(list); n > 0 {
			page.Next = cursor(scope, list[n-1].Seq)
			return true, nil
		}
		last, err := a.parts.Decisions.LastDecision()
		if err != nil {
			return false, fmt.Errorf("read the last decision: %w", err)
		}
		if q.after > last {
			return false, aheadOf()
		}
		return more, nil
	}
	if err := a.await(w, r, t, wait, &a.decided, "", Query{}, look); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, page)
}

// eachDecision reads some decisions as a stream has them.
func (a *API) eachDecision(after uint64, fn func(seq uint64, data []byte)) (next uint64, more bool, err error) {
	list, more, err := a.parts.Decisions.Decisions(after, defaultLimit)
	if err != nil {
		return after, false, err
	}
	for i := range list {
		b, err := json.Marshal(&list[i])
		if err != nil {
			return after, false, fmt.Errorf("write a decision: %w", err)
		}
		fn(list[i].Seq, b)
		after = list[i].Seq
	}
	return after, more, nil
}
