package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

func (a *API) createToken(w http.ResponseWriter, r *http.Request, _ Token) error {
	var req TokenRequest
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxTokenBody))
	d.DisallowUnknownFields()
	err := d.Decode(&req)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("there is more after the object")
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge("The body has more than %d MiB.", maxTokenBody, maxTokenBody)
	}
	if err != nil {
		return problem(http.StatusBadRequest, "The body is not a token request: "+err.Error(),
			`Send JSON like {"role":"seller","shops":["s-1"],"name":"till"}.`)
	}
	secret, t, err := a.parts.Tokens.CreateToken(req)
	if err != nil {
		return fmt.Errorf("create a token: %w", err)
	}
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
	if tokens == nil {
		tokens = []Token{}
	}
	return writeJSON(w, http.StatusOK, TokenList{tokens})
}

func (a *API) revokeToken(w http.ResponseWriter, r *http.Request, _ Token) error {
	if err := a.parts.Tokens.RevokeToken(r.PathValue("id")); err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
