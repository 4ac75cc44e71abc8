package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/orderguard/orderguard"
)

// RuleList is the answer of GET /v1/rules.
type RuleList struct {
	Rules []Rule `json:"rules"`
}

func (a *API) listRules(w http.ResponseWriter, _ *http.Request, _ Token) error {
	list, err := a.parts.RuleBook.Rules()
	if err != nil {
		return fmt.Errorf("list the rules: %w", err)
	}
	return writeJSON(w, http.StatusOK, RuleList{filled(list)})
}

// screen answers POST /v1/screen. The event is read by what reads the feeds, so
// that it is taken here as it is there.
func (a *API) screen(w http.ResponseWriter, r *http.Request, _ Token) error {
	body, err := readJSON(w, r, orderguard.MaxLine)
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, body); err != nil {
		return notJSON(err)
	}
	s, err := a.parts.Screener.Screen(r.Context(), line.Bytes())
	if err != nil {
		return fmt.Errorf("screen an order: %w", err)
	}
	return writeJSON(w, http.StatusOK, s)
}
