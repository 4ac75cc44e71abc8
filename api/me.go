package api

import "net/http"

// Me is the answer of GET /v1/me.
type Me struct {
	ID    string   `json:"id" doc:"Of the token, as verdicts and the audit log name it"`
	Role  string   `json:"role" enum:"seller,reviewer,engineer,enforcer,feeder,admin"`
	Shops []string `json:"shops" doc:"The shops of a seller; else empty"`
	Name  string   `json:"name" doc:"For people"`
}

var docMe = &doc{
	tag: "Tokens", id: "me", summary: "What the token of this call is", text: "From which a client knows what it may ask.",
	answers: map[int]answer{200: {text: "The token's role, shops and name", of: Me{}}},
}

func (a *API) getMe(w http.ResponseWriter, _ *http.Request, t Token) error {
	return writeJSON(w, http.StatusOK, Me{t.ID, t.Role, filled(t.Shops), t.Name})
}
