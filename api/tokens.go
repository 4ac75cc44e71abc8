package api

import (
	"fmt"
	"net/http"
)

// NewToken is the answer to a token that was made.
type NewToken struct {
	// Secret cannot be had again.
	Secret string `json:"secret" doc:"What goes after Bearer; it is not kept and cannot be had again"`
	Token
}

// maxTokenBody holds a request with as many shops as a token may have.
const maxTokenBody = 1 << 20

func (a *API) createToken(w http.ResponseWriter, r *http.Request, by Token) error {
	var req TokenRequest
	if err := a.readForm(w, r, maxTokenBody, &req); err != nil {
		return err
	}
	secret, t, err := a.parts.Tokens.CreateToken(r.Context(), by.ID, req)
	if err != nil {
		return fmt.Errorf("create a token: %w", err)
	}
	t.Shops = filled(t.Shops)
	return writeJSON(w, http.StatusCreated, NewToken{secret, t})
}

// TokenList is the answer of GET /v1/tokens.
type TokenList struct {
	Tokens []Token `json:"tokens"`
}

func (a *API) listTokens(w http.ResponseWriter, _ *http.Request, _ Token) error {
	tokens, err := a.parts.Tokens.Tokens()
	if err != nil {
		return fmt.Errorf("list the tokens: %w", err)
	}
	for i := range tokens {
		tokens[i].Shops = filled(tokens[i].Shops)
	}
	return writeJSON(w, http.StatusOK, TokenList{filled(tokens)})
}

func (a *API) revokeToken(w http.ResponseWriter, r *http.Request, by Token) error {
	if err := a.parts.Tokens.RevokeToken(r.Context(), by.ID, r.PathValue("id")); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	// Calls that the token holds open end now, not when they next have something to say.
	a.hub.wakeAll()
	a.decided.wakeAll()
	w.WriteHeader(http.StatusNoContent)
	return nil
}
