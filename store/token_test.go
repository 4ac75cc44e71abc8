package store

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"
)

func TestTokens(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	o := Options{Reserve: -1, Now: func() time.Time { return now }}
	s, err := Open(dir, o)
	require.NoError(t, err)

	secret, tok, err := s.CreateToken(TokenRequest{Role: "seller", Shops: []string{"s-1", "s-2"}, Name: "till"})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, "og_"))
	require.Len(t, secret, 46)
	require.Equal(t, Token{ID: tok.ID, Role: "seller", Shops: []string{"s-1", "s-2"}, Name: "till", Created: now}, tok)
	_, admin, err := s.CreateToken(TokenRequest{Role: "admin"})
	require.NoError(t, err)

	for range 2 { // from the disk, then from memory
		got, err := s.LookupToken(secret)
		require.NoError(t, err)
		require.Equal(t, tok, got)
	}
	for _, wrong := range []string{"", "og_", secret + "x", strings.ToLower(secret)} {
		_, err = s.LookupToken(wrong)
		require.ErrorIs(t, err, ErrNotFound)
	}
	require.NoError(t, s.Close())

	s, err = Open(dir, o)
	require.NoError(t, err)
	defer s.Close()
	got, err := s.LookupToken(secret)
	require.NoError(t, err)
	require.Equal(t, tok, got)
	all, err := s.Tokens()
	require.NoError(t, err)
	require.ElementsMatch(t, []Token{tok, admin}, all)

	require.NoError(t, s.RevokeToken(tok.ID))
	_, err = s.LookupToken(secret)
	require.ErrorIs(t, err, ErrNotFound)
	now = now.Add(time.Hour)
	require.NoError(t, s.RevokeToken(tok.ID), "twice is no fault")
	require.ErrorIs(t, s.RevokeToken("tk_none"), ErrNotFound)
	all, err = s.Tokens()
	require.NoError(t, err)
	for _, tk := range all {
		require.Equal(t, tk.ID == tok.ID, !tk.Revoked.IsZero())
	}
}

func TestSecretIsNotStored(t *testing.T) {
	s := openTemp(t)
	secret, tok, err := s.CreateToken(TokenRequest{Role: "admin"})
	require.NoError(t, err)
	hash := sha256.Sum256([]byte(secret))
	require.NotContains(t, tok.ID, secret)
	require.NoError(t, s.db.View(func(txn *badger.Txn) error {
		return scan(txn, nil, func(k, v []byte) error {
			require.NotContains(t, string(k)+string(v), secret[3:])
			if k[0] == kindToken {
				require.Equal(t, tokenKey(hash), k)
			}
			return nil
		})
	}))
}

func TestTokenRequests(t *testing.T) {
	s := openTemp(t)
	for _, role := range Roles {
		r := TokenRequest{Role: role}
		if role == "seller" {
			r.Shops = []string{"s-1"}
		}
		_, _, err := s.CreateToken(r)
		require.NoError(t, err, role)
	}
	for fault, r := range map[string]TokenRequest{
		"want one of seller":     {Role: "king"},
		"at least one shop":      {Role: "seller"},
		"only a seller":          {Role: "admin", Shops: []string{"s"}},
		"want 1 to 128 bytes":    {Role: "seller", Shops: []string{"s", ""}},
		"the name has 201 bytes": {Role: "admin", Name: strings.Repeat("n", 201)},
		"at most 1000 fit":       {Role: "seller", Shops: make([]string, 1001)},
	} {
		_, _, err := s.CreateToken(r)
		require.ErrorIs(t, err, ErrBadToken)
		require.ErrorContains(t, err, fault)
	}
}

func TestTokenCacheIsBounded(t *testing.T) {
	s := openTemp(t)
	secret, _, err := s.CreateToken(TokenRequest{Role: "admin"})
	require.NoError(t, err)
	s.tokens.byHash = map[[32]byte]Token{}
	for i := range maxCached {
		s.tokens.byHash[[32]byte{byte(i), byte(i >> 8), 1}] = Token{}
	}
	_, err = s.LookupToken(secret)
	require.NoError(t, err)
	require.Len(t, s.tokens.byHash, 1)
}

// While a token that is not known is looked for on the disk, which takes as long as the
// disk is busy, those that are known are found.
func TestStrangersKeepNobodyWaiting(t *testing.T) {
	var c tokenCache
	known, stranger := [32]byte{1}, [32]byte{2}
	find := func(hash [32]byte, read func() (Token, error)) (Token, error) {
		type answer struct {
			t   Token
			err error
		}
		found := make(chan answer, 1)
		go func() {
			t, err := c.find(hash, read)
			found <- answer{t, err}
		}()
		select {
		case a := <-found:
			return a.t, a.err
		case <-time.After(10 * time.Second):
			return Token{}, errors.New("it waits")
		}
	}
	never := func() (Token, error) { return Token{}, errors.New("it was read again") }
	_, err := find(known, func() (Token, error) { return Token{ID: "tk_1"}, nil })
	require.NoError(t, err)
	_, err = find(stranger, func() (Token, error) {
		got, err := find(known, never)
		require.NoError(t, err)
		require.Equal(t, "tk_1", got.ID)
		return Token{}, ErrNotFound
	})
	require.ErrorIs(t, err, ErrNotFound)

	// What was read before a token was revoked is not held after it.
	c.forget(known)
	_, err = find(known, func() (Token, error) {
		c.forget(known)
		return Token{ID: "tk_1"}, nil
	})
	require.NoError(t, err)
	_, err = find(known, func() (Token, error) { return Token{}, ErrNotFound })
	require.ErrorIs(t, err, ErrNotFound)
}
