package api

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// fake is every part of the API, kept in memory in the dumbest way.
type fake struct {
	mu     sync.Mutex
	alerts []orderguard.Alert // each once, in order of change
	heads  map[string]uint64
	seq    uint64
	tokens map[string]Token // by secret
	guard  error            // of looking a token up
	fail   error            // what all calls return
	intake func(body io.Reader) (Receipt, error)
	posts  []Post // that were taken
	copies fakeCopies
	orders fakeOrders
	fakeCases
}

// parts joins the fake to all that the API asks for.
func (f *fake) parts() Parts {
	return Parts{Alerts: f, Guard: f, Tokens: f, Intake: f, Copies: &f.copies, Orders: f, Verdicts: f, Reports: f, ReportRecords: f, Reviews: f,
		Decisions: f, Indicators: f, Buyers: f, RuleBook: f, Screener: f, Audit: f}
}

func newFake() *fake {
	f := &fake{heads: map[string]uint64{}, tokens: map[string]Token{}, fakeCases: newFakeCases()}
	for _, role := range []string{"reviewer", "engineer", "enforcer", "feeder", "admin"} {
		f.tokens["og_"+role] = Token{ID: "tk_" + role, Role: role}
	}
	f.tokens["og_seller"] = Token{ID: "tk_seller", Role: "seller", Shops: []string{"s-1", "a/b 店"}}
	f.intake = countLines
	f.orders = fakeOrders{}
	return f
}

// put commits a change of an alert and returns it as stored.
func (f *fake) put(shop, id string, scenario orderguard.Scenario) orderguard.Alert {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := orderguard.Alert{ID: id, Shop: shop, Scenario: scenario, Severity: orderguard.High, Status: orderguard.Open,
		Revision: 1, Score: 80, Order: "o-" + id, Buyer: "b-1", Attack: "at_1", Reasons: []orderguard.Reason{}, FlaggedAt: 1_700_000_000_000,
		Evidence: orderguard.Evidence{Orders: []string{}, Buyers: []string{}}}
	f.alerts = slices.DeleteFunc(f.alerts, func(b orderguard.Alert) bool {
		same := b.ID == id && b.Shop == shop
		if same {
			a.Revision = b.Revision + 1
		}
		return same
	})
	f.seq++
	a.Seq = f.seq
	f.heads[shop] = f.seq
	f.alerts = append(f.alerts, a)
	return a
}

func (f *fake) Changes(shop string, after uint64, q Query, fn func(uint64, []byte)) (uint64, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, given := after, 0
	for _, a := range f.alerts {
		if a.Shop != shop || a.Seq <= after {
			continue
		}
		if q.matches(&a) {
			if given == q.Limit {
				return next, true, f.fail
			}
			b, err := json.Marshal(a)
			if err != nil {
				return 0, false, err
			}
			fn(a.Seq, b)
			given++
		}
		next = a.Seq
	}
	return next, false, f.fail
}

func (f *fake) Alert(shop, id string) ([]byte, []Step, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.alerts {
		if a.Shop == shop && a.ID == id {
			b, err := json.Marshal(a)
			steps := []Step{{Kind: "flagged", Revision: 1, Seq: a.Seq}}
			if v := a.Verdict; v != nil {
				steps = append(steps, Step{At: v.At, Kind: "verdict", Revision: a.Revision, Seq: a.Seq, Verdict: v.Answer, By: v.By, Comment: v.Comment})
			}
			return b, steps, cmp.Or(err, f.fail)
		}
	}
	return nil, nil, cmp.Or(f.fail, fmt.Errorf("fake: %w", ErrNotFound))
}

func (f *fake) Head(shop string) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.heads[shop], f.fail
}

func (f *fake) LookupToken(secret string) (Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.tokens[secret]
	if f.guard != nil {
		return t, f.guard
	}
	if !ok {
		return t, fmt.Errorf("fake: %w", ErrNotFound)
	}
	return t, nil
}

func (f *fake) CreateToken(_ context.Context, _ string, r TokenRequest) (string, Token, error) {
	if r.Role == "king" {
		return "", Token{}, fmt.Errorf("%w: role %q: want another", ErrInvalid, r.Role)
	}
	if f.fail != nil {
		return "", Token{}, f.fail
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := Token{ID: "tk_new", Role: r.Role, Shops: r.Shops, Name: r.Name}
	f.tokens["og_new"] = t
	return "og_new", t, nil
}

func (f *fake) Tokens() (list []Token, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.tokens {
		list = append(list, t)
	}
	return list, f.fail
}

func (f *fake) RevokeToken(_ context.Context, _, id string) error {
	if f.fail != nil {
		return f.fail
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for secret, t := range f.tokens {
		if t.ID == id {
			delete(f.tokens, secret)
			return nil
		}
	}
	return fmt.Errorf("fake: %w", ErrNotFound)
}

func (f *fake) Ingest(_ context.Context, p Post) (Receipt, error) {
	f.mu.Lock()
	f.posts = append(f.posts, p)
	f.mu.Unlock()
	return f.intake(p.Body)
}

// countLines accepts lines that begin with {.
func countLines(body io.Reader) (r Receipt, err error) {
	lines := bufio.NewScanner(body)
	for n := int64(1); lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "{") {
			r.Accepted++
		} else {
			r.Rejected = append(r.Rejected, Rejection{n, "not JSON"})
		}
	}
	return r, lines.Err()
}

func newAPI(t testing.TB, f *fake, o Options) *API {
	t.Helper()
	a, err := New(f.parts(), o)
	require.NoError(t, err)
	t.Cleanup(a.Close)
	return a
}

// call makes a call with a token of that role.
func call(a *API, role, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	if role != "" {
		r.Header.Set("Authorization", "Bearer og_"+role)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	conform(a, r, w)
	return w
}

// pageOf decodes an answer of the alert list.
func pageOf(t tester, w *httptest.ResponseRecorder) AlertPage {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var p AlertPage
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&p))
	require.NotNil(t, p.Alerts)
	return p
}

func ids(p AlertPage) []string {
	list := []string{}
	for _, a := range p.Alerts {
		list = append(list, a.ID)
	}
	return list
}

// refused checks that an answer is a problem document.
func refused(t tester, w *httptest.ResponseRecorder, status int, detail string) Problem {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var p Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, status, p.Status)
	require.Contains(t, w.Body.String(), `"type":"urn:orderguard:problem:`)
	require.Equal(t, w.Header().Get(requestID), p.Instance)
	require.NotEmpty(t, p.Title)
	require.Contains(t, p.Detail, detail)
	return p
}

// tester is what both testing.TB and rapid.T are.
type tester interface {
	require.TestingT
	Helper()
}
