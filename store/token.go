package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Roles are the roles that a token may have.
var Roles = []string{"seller", "reviewer", "engineer", "enforcer", "feeder", "admin"}

// maxShops bounds the shops of one token.
const maxShops = 1000

// Token is what the store knows of an access token. The secret itself is not
// kept.
type Token struct {
	ID      string    `json:"id"`
	Role    string    `json:"role"`
	Shops   []string  `json:"shops"` // of a seller; else empty
	Name    string    `json:"name"`  // for people
	Created time.Time `json:"created"`
	Revoked time.Time `json:"revoked,omitzero"` // zero while it is good
}

// TokenRequest is what a new token shall be.
type TokenRequest struct {
	Role  string   // one of Roles
	Shops []string // at least one for a seller, none for the others
	Name  string   // optional, at most 200 bytes
}

// Validate reports every fault of the request at once.
func (r TokenRequest) Validate() error {
	var errs []error
	switch {
	case !slices.Contains(Roles, r.Role):
		errs = append(errs, fmt.Errorf("role %q: want one of %s", r.Role, strings.Join(Roles, ", ")))
	case r.Role == "seller" && len(r.Shops) == 0:
		errs = append(errs, errors.New("a seller's token needs at least one shop"))
	case r.Role != "seller" && len(r.Shops) > 0:
		errs = append(errs, fmt.Errorf("only a seller's token is bound to shops: leave them out for %s", r.Role))
	}
	if len(r.Shops) > maxShops {
		errs = append(errs, fmt.Errorf("%d shops: at most %d fit one token, make several", len(r.Shops), maxShops))
	}
	for _, shop := range r.Shops {
		if !validShop(shop) {
			errs = append(errs, fmt.Errorf("shop %q: want 1 to 128 bytes", shop))
		}
	}
	if len(r.Name) > 200 {
		errs = append(errs, fmt.Errorf("the name has %d bytes: at most 200", len(r.Name)))
	}
	return errors.Join(errs...)
}

// ErrBadToken says that the token that was asked for cannot be made.
var ErrBadToken = errors.New("no such token can be made")

// CreateToken makes a token and returns its secret, which cannot be had again.
// The error is ErrBadToken, with every fault, when the request is not valid.
func (s *Store) CreateToken(r TokenRequest) (secret string, t Token, err error) {
	return s.AnnounceToken(r, func(Token) {})
}

// AnnounceToken is CreateToken that tells of the token before it is good.
func (s *Store) AnnounceToken(r TokenRequest, tell func(Token)) (secret string, t Token, err error) {
	if err := r.Validate(); err != nil {
		return "", Token{}, fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	secret = newSecret()
	hash := sha256.Sum256([]byte(secret))
	t = Token{
		// Half of the hash's hash says nothing of the secret.
		ID:      tokenID(hash),
		Role:    r.Role,
		Shops:   orEmpty(slices.Clone(r.Shops)),
		Name:    r.Name,
		Created: s.opts.Now().UTC().Truncate(time.Millisecond),
	}
	tell(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.checkSpace()
	if err == nil {
		err = s.update(func(txn *badger.Txn) error { return putToken(txn, hash, t) })
	}
	if err != nil {
		return "", Token{}, fmt.Errorf("store: create a token: %w", err)
	}
	return secret, t, nil
}

// newSecret returns 32 random bytes as text. Base64 for URLs needs no quoting
// in a shell, a header or a link.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return "og_" + base64.RawURLEncoding.EncodeToString(b[:])
}

func tokenID(hash [32]byte) string {
	h := sha256.Sum256(hash[:])
	return "tk_" + hex.EncodeToString(h[:8])
}

func putToken(txn *badger.Txn, hash [32]byte, t Token) error {
	v, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return errors.Join(set(txn, tokenKey(hash), v), txn.Set(tokenIDKey(t.ID), hash[:]))
}

// Tokens returns all tokens, the revoked ones too, in the order of their ids.
func (s *Store) Tokens() ([]Token, error) {
	tokens := []Token{}
	err := s.view(func(txn *badger.Txn) error {
		return scan(txn, []byte{kindToken}, func(_, value []byte) error {
			var t Token
			if err := json.Unmarshal(value, &t); err != nil {
				return err
			}
			tokens = append(tokens, t)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store: list the tokens: %w", err)
	}
	slices.SortFunc(tokens, func(a, b Token) int { return strings.Compare(a.ID, b.ID) })
	return tokens, nil
}

// HasToken says whether there is a token with an id, a revoked one too.
func (s *Store) HasToken(id string) (has bool, err error) {
	err = s.view(func(txn *badger.Txn) error {
		_, err := txn.Get(tokenIDKey(id))
		if has = err == nil; errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("store: look for token %q: %w", id, err)
	}
	return has, nil
}

// RevokeToken ends a token at once. Revoking one again changes nothing. The
// error is ErrNotFound when no token has the id.
func (s *Store) RevokeToken(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hash [32]byte
	err := s.update(func(txn *badger.Txn) error {
		item, err := txn.Get(tokenIDKey(id))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := item.Value(func(v []byte) error { copy(hash[:], v); return nil }); err != nil {
			return err
		}
		t, err := getToken(txn, hash)
		if err != nil || !t.Revoked.IsZero() {
			return err
		}
		t.Revoked = s.opts.Now().UTC().Truncate(time.Millisecond)
		return putToken(txn, hash, t)
	})
	s.tokens.forget(hash) // with an error too: it may be revoked all the same
	if err != nil {
		return fmt.Errorf("store: revoke token %q: %w", id, err)
	}
	return nil
}

// tokenCache holds tokens that were looked up of late. A missing one is read without its
// lock, or a stranger who tries tokens would keep everybody waiting while the disk is
// busy. What was read while a token was revoked may be older than that, and is not kept.
type tokenCache struct {
	mu     sync.RWMutex
	byHash map[[32]byte]Token
	forgot int // how often a token was forgotten
}

// maxCached bounds the cache, which is emptied when it is full.
const maxCached = 10_000

// find returns the token of a hash, by read if it is not held.
func (c *tokenCache) find(hash [32]byte, read func() (Token, error)) (Token, error) {
	c.mu.RLock()
	t, ok := c.byHash[hash]
	forgot := c.forgot
	c.mu.RUnlock()
	if ok {
		return t, nil
	}
	t, err := read()
	if err != nil {
		return Token{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgot != forgot {
		return t, nil
	}
	if c.byHash == nil || len(c.byHash) >= maxCached {
		c.byHash = map[[32]byte]Token{}
	}
	c.byHash[hash] = t
	return t, nil
}

// forget lets go of a token that is good no more.
func (c *tokenCache) forget(hash [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgot++
	delete(c.byHash, hash)
}

// LookupToken finds the token with this secret. The error is ErrNotFound when
// there is none or it was revoked. The secret is found by its hash, so how long
// that takes says nothing of how near a guess came.
func (s *Store) LookupToken(secret string) (Token, error) {
	hash := sha256.Sum256([]byte(secret))
	t, err := s.tokens.find(hash, func() (t Token, err error) {
		err = s.view(func(txn *badger.Txn) (err error) {
			t, err = getToken(txn, hash)
			return err
		})
		if err == nil && !t.Revoked.IsZero() {
			err = ErrNotFound
		}
		return t, err
	})
	if err != nil {
		return Token{}, fmt.Errorf("store: look up a token: %w", err)
	}
	return t, nil
}

func getToken(txn *badger.Txn, hash [32]byte) (t Token, err error) {
	item, err := txn.Get(tokenKey(hash))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return t, ErrNotFound
	}
	if err != nil {
		return t, err
	}
	err = item.Value(func(v []byte) error { return json.Unmarshal(v, &t) })
	return t, err
}
