package api

import (
	"fmt"
	"net/http"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// SanctionForm is a reviewer's override of what stands on an account.
type SanctionForm struct {
	Level   orderguard.Level  `json:"level" doc:"none lifts what stands"`
	Until   orderguard.Millis `json:"until,omitzero" doc:"When it ends by itself; with every level but none"`
	Grounds Grounds           `json:"grounds" doc:"Why"`
}

func (a *API) getBuyer(w http.ResponseWriter, r *http.Request, _ Token) error {
	b, err := a.parts.Buyers.Buyer(r.PathValue("buyer"))
	if err != nil {
		return fmt.Errorf("read what is known of a buyer: %w", err)
	}
	b.Alerts = filled(b.Alerts)
	return writeJSON(w, http.StatusOK, b)
}

func (a *API) sanctionBuyer(w http.ResponseWriter, r *http.Request, t Token) error {
	var form SanctionForm
	if err := a.readForm(w, r, maxJSON, &form); err != nil {
		return err
	}
	s, err := a.parts.Buyers.Sanction(r.Context(), t.ID, casework.Sanction{
		Buyer: r.PathValue("buyer"), Level: form.Level, Until: form.Until, Grounds: orderguard.Wording(form.Grounds)})
	if err != nil {
		return fmt.Errorf("say what stands on an account: %w", err)
	}
	return writeJSON(w, http.StatusOK, s)
}
