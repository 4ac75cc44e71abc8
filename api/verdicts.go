package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/orderguard/orderguard"
)

// AttackVerdictForm is what a seller sends for all orders of an attack.
type AttackVerdictForm struct {
	Answer  orderguard.Answer `json:"verdict"`
	Comment string            `json:"comment,omitempty" doc:"Why, for those who look at the case later; at most 4,000 characters"`
}

// VerdictForm is what a seller sends for one order.
type VerdictForm struct {
	AttackVerdictForm
	Revision int `json:"revision,omitzero" minimum:"1" doc:"The alert's revision that the seller looked at: where it has another by now, the verdict is refused with 409. Left out, it is given all the same"`
}

// Judged is the answer to a verdict. The server splices it from stored JSON; the
// type describes it.
type Judged struct {
	Alerts []orderguard.Alert `json:"alerts" doc:"The alerts as they stand then; of a large attack the first 1,000"`
	Total  int                `json:"total" doc:"How many alerts the verdict answered"`
}

func (a *API) judgeAlert(w http.ResponseWriter, r *http.Request, t Token) error {
	var form VerdictForm
	if err := a.readForm(w, r, maxJSON, &form); err != nil {
		return err
	}
	return a.judge(w, r, t, Verdict{Alert: r.PathValue("alert"), Answer: form.Answer, Comment: form.Comment, Revision: form.Revision})
}

func (a *API) judgeAttack(w http.ResponseWriter, r *http.Request, t Token) error {
	var form AttackVerdictForm
	if err := a.readForm(w, r, maxJSON, &form); err != nil {
		return err
	}
	return a.judge(w, r, t, Verdict{Attack: r.PathValue("attack"), Answer: form.Answer, Comment: form.Comment})
}

func (a *API) judge(w http.ResponseWriter, r *http.Request, t Token, v Verdict) error {
	alerts, total, err := a.parts.Verdicts.Judge(r.Context(), t.ID, r.PathValue("shop"), v)
	if err != nil {
		return fmt.Errorf("give a verdict: %w", err)
	}
	return writeJSON(w, http.StatusOK, struct {
		Alerts []json.RawMessage `json:"alerts"`
		Total  int               `json:"total"`
	}{filled(alerts), total})
}

// filled makes an empty list of none, so that a client never reads null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
