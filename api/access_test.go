package api

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// everyone is every role, and two callers that have none.
const everyone = "none wrong seller reviewer engineer enforcer feeder admin"

// whoMay is the table of routes and roles once more, as the product's page has it.
var whoMay = map[string]string{
	"GET /v1/shops/{shop}/alerts":                   "seller admin",
	"GET /v1/shops/{shop}/alerts/{alert}":           "seller admin",
	"PUT /v1/shops/{shop}/alerts/{alert}/verdict":   "seller admin",
	"PUT /v1/shops/{shop}/attacks/{attack}/verdict": "seller admin",
	"POST /v1/shops/{shop}/reports":                 "seller admin",
	"GET /v1/shops/{shop}/reports":                  "seller admin",
	"GET /v1/shops/{shop}/reports/{report}":         "seller admin",
	"POST /v1/shops/{shop}/reports/{report}/appeal": "seller admin",
	"GET /v1/shops/{shop}/indicators":               "seller admin",
	"GET /v1/shops/{shop}/indicators/deltas":        "seller admin",
	"GET /v1/reports":                               "reviewer admin",
	"GET /v1/reports/{report}":                      "reviewer admin",
	"PUT /v1/reports/{report}/decision":             "reviewer admin",
	"GET /v1/sellers/{shop}":                        "reviewer admin",
	"GET /v1/decisions":                             "enforcer admin",
	"GET /v1/buyers/{buyer}":                        "reviewer engineer admin",
	"PUT /v1/buyers/{buyer}/sanction":               "reviewer admin",
	"GET /v1/rules":                                 "reviewer engineer admin",
	"POST /v1/screen":                               "feeder admin",
	"POST /v1/events":                               "feeder admin",
	"GET /v1/orders/{order}":                        "reviewer engineer admin",
	"GET /v1/audit":                                 "admin",
	"POST /v1/tokens":                               "admin",
	"GET /v1/me":                                    "seller reviewer engineer enforcer feeder admin",
	"GET /v1/tokens":                                "admin",
	"DELETE /v1/tokens/{id}":                        "admin",
	"GET /v1/backup":                                "admin",
	"GET /v1/check":                                 "admin",
	"GET /healthz":                                  everyone,
	"GET /readyz":                                   everyone,
	"GET /metrics":                                  everyone,
	"GET /{$}":                                      everyone,
	"GET /page/{file}":                              everyone,
	"GET /page.css":                                 everyone,
	"GET /docs":                                     everyone,
	"GET /docs.js":                                  everyone,
	"GET /docs.css":                                 everyone,
}

// up stands for the measures.
var up = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("up 1\n")) })

// pathOf fills the names into a route's path.
func pathOf(rt *route) string {
	return strings.NewReplacer("{shop}", "s-1", "{alert}", "al_1", "{attack}", "at_1", "{report}", "rp_1", "{buyer}", "b-1",
		"{id}", "tk_none", "{$}", "", "{order}", "o-1", "{file}", "main.js").Replace(rt.path)
}

// TestWhoMayWhat holds every route against every role.
func TestWhoMayWhat(t *testing.T) {
	want := maps.Clone(whoMay)
	f := newFake()
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	a := newAPI(t, f, Options{Metrics: up})
	for _, rt := range a.routes() {
		may, ok := want[rt.String()]
		require.True(t, ok, "%s: who may?", rt)
		delete(want, rt.String())
		for role := range strings.FieldsSeq(everyone) {
			with := role
			if role == "none" {
				with = ""
			}
			w := call(a, with, rt.method, pathOf(rt), strings.NewReader(`{"role":"admin"}`))
			switch {
			case strings.Contains(may, role):
				require.NotContains(t, []int{401, 403}, w.Code, "%s as %s", rt, role)
			case role == "none" || role == "wrong":
				p := refused(t, w, http.StatusUnauthorized, "")
				require.NotEmpty(t, p.Cure)
				require.Contains(t, w.Header().Get("Www-Authenticate"), "Bearer")
			default:
				refused(t, w, http.StatusForbidden, "role "+role)
			}
			if rt.names != nil && slices.Equal(rt.roles, []string{seller}) && role == seller {
				elsewhere := strings.Replace(pathOf(rt), "s-1", "s-2", 1)
				refused(t, call(a, seller, rt.method, elsewhere, nil), http.StatusForbidden, "not for this shop")
			}
		}
	}
	require.Empty(t, want)
}

// TestPartsMayBeMissing leaves casework out, and its routes with it.
func TestPartsMayBeMissing(t *testing.T) {
	p := newFake().parts()
	a, err := New(Parts{Alerts: p.Alerts, Guard: p.Guard, Tokens: p.Tokens, Intake: p.Intake, Copies: p.Copies, Orders: p.Orders}, Options{})
	require.NoError(t, err)
	refused(t, call(a, "admin", "GET", "/v1/decisions", nil), http.StatusNotFound, "nothing at this path")
	require.NotContains(t, call(a, "", "GET", "/openapi.json", nil).Body.String(), "/v1/decisions")
	pageOf(t, call(a, "seller", "GET", list, nil))
}

func TestOtherShopsStayUnknown(t *testing.T) {
	f := newFake()
	f.put("s-2", "al_1", orderguard.MaliciousOrder)
	a := newAPI(t, f, Options{})
	there := call(a, "seller", "GET", "/v1/shops/s-2/alerts", nil, requestID, "r")
	nowhere := call(a, "seller", "GET", "/v1/shops/s-none/alerts", nil, requestID, "r")
	refused(t, there, http.StatusForbidden, "not for this shop")
	require.Equal(t, there.Body.String(), nowhere.Body.String())
	require.Equal(t, there.Header(), nowhere.Header())
}

func TestBearer(t *testing.T) {
	a := newAPI(t, newFake(), Options{})
	for header, status := range map[string]int{
		"bearer og_seller": 200, "BEARER   og_seller ": 200, "Bearer": 401, "Basic og_seller": 401, "og_seller": 401, "": 401,
	} {
		w := call(a, "", "GET", list, nil, "Authorization", header)
		require.Equal(t, status, w.Code, header)
	}
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, newFake(), Options{Rate: 2, Burst: 3})
		for range 3 {
			pageOf(t, call(a, "seller", "GET", list, nil))
		}
		w := call(a, "seller", "GET", list, nil)
		refused(t, w, http.StatusTooManyRequests, "more often")
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		pageOf(t, call(a, "admin", "GET", list, nil))
		time.Sleep(time.Second)
		pageOf(t, call(a, "seller", "GET", list, nil))
	})
}

func TestMeterIsBounded(t *testing.T) {
	m := newTokenLimits(Options{}.withDefaults())
	m.of("held").held = 1
	for i := range 2*maxLimited + 5 {
		m.of(string(rune(i + 1000)))
	}
	require.LessOrEqual(t, len(m.byToken), maxLimited)
	require.Equal(t, 1, m.of("held").held)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	a := newAPI(t, newFake(), Options{})
	for _, path := range []string{"/nothing", "/v1", "/v1/shops/s-1", "/v1/shops/s-1/alerts/", "/metrics", "/v1//me", "//v1/me", "/v1/shops//alerts"} {
		p := refused(t, call(a, "seller", "GET", path, nil), http.StatusNotFound, "nothing at this path")
		require.Contains(t, p.Cure, "openapi.json")
	}
	w := call(a, "seller", "POST", list, nil)
	refused(t, w, http.StatusMethodNotAllowed, "POST")
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
	refused(t, call(a, "feeder", "GET", "/v1/events", nil), http.StatusMethodNotAllowed, "GET")
}

func TestPanicsBecomeProblems(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	a.parts.Alerts = nil
	refused(t, call(a, "seller", "GET", list, nil), http.StatusInternalServerError, "inside the server")
}

func TestHealth(t *testing.T) {
	var notReady error
	var observed []string
	a := newAPI(t, newFake(), Options{
		Ready: func() error { return notReady },
		Observe: func(route string, status int, _ time.Duration) {
			observed = append(observed, route+" "+http.StatusText(status))
		},
		Metrics: up,
	})
	require.Equal(t, 200, call(a, "", "GET", "/healthz", nil).Code)
	require.Equal(t, 200, call(a, "", "GET", "/readyz", nil).Code)
	notReady = errors.New("replaying the journal")
	refused(t, call(a, "", "GET", "/readyz", nil), http.StatusServiceUnavailable, "replaying the journal")
	require.Equal(t, "up 1\n", call(a, "", "GET", "/metrics", nil).Body.String())
	call(a, "", "GET", "/x/y/z", nil)
	require.Equal(t, []string{"GET /healthz OK", "GET /readyz OK", "GET /readyz Service Unavailable", "GET /metrics OK", "other Not Found"}, observed)
}

func TestTokenCalls(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	w := call(a, "admin", "POST", "/v1/tokens", strings.NewReader(`{"role":"seller","shops":["s-9"],"name":"till"}`))
	require.Equal(t, http.StatusCreated, w.Code)
	var made NewToken
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &made))
	require.Equal(t, "og_new", made.Secret)
	require.Equal(t, []string{"s-9"}, made.Shops)
	require.Equal(t, 200, call(a, "new", "GET", "/v1/shops/s-9/alerts", nil).Code)

	w = call(a, "admin", "GET", "/v1/tokens", nil)
	var all TokenList
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &all))
	require.Len(t, all.Tokens, 7)
	require.NotContains(t, w.Body.String(), "og_")

	require.Equal(t, http.StatusNoContent, call(a, "admin", "DELETE", "/v1/tokens/tk_new", nil).Code)
	require.Equal(t, http.StatusUnauthorized, call(a, "new", "GET", "/v1/shops/s-9/alerts", nil).Code)
	refused(t, call(a, "admin", "DELETE", "/v1/tokens/tk_new", nil), http.StatusNotFound, "")

	for body, detail := range map[string]string{
		"": "empty", "{": "unexpected end", `{"rol":"admin"}`: `did you mean "role"?`, `{"role":"admin"} x`: "after top-level", `[]`: "expected object", `{"role":"king"}`: "seller, reviewer",
	} {
		p := refused(t, call(a, "admin", "POST", "/v1/tokens", strings.NewReader(body)), http.StatusBadRequest, detail)
		require.NotContains(t, p.Detail, "?.")
	}
	large := `{"role":"admin","name":"` + strings.Repeat("n", maxTokenBody) + `"}`
	refused(t, call(a, "admin", "POST", "/v1/tokens", strings.NewReader(large)), http.StatusRequestEntityTooLarge, "")
}

func TestOptions(t *testing.T) {
	_, err := New(Parts{}, Options{MaxBody: -1, MaxConns: -1, Rate: -1})
	for _, fault := range []string{"MaxBody", "MaxConns", "Rate", "Alerts", "Guard", "Tokens", "Intake", "Copies"} {
		require.ErrorContains(t, err, fault)
	}
}

// TestOpenAPI checks that the document is whole and that every answer's schema
// resolves.
func TestOpenAPI(t *testing.T) {
	a := newAPI(t, newFake(), Options{Version: "1.2.3", Metrics: http.NotFoundHandler()})
	w := call(a, "", "GET", "/openapi.json", nil)
	require.Equal(t, 200, w.Code)
	var spec struct {
		OpenAPI    string
		Info       struct{ Version string }
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct{ Schemas map[string]json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &spec))
	require.Equal(t, "3.1.0", spec.OpenAPI)
	require.Equal(t, "1.2.3", spec.Info.Version)
	for _, rt := range a.routes() {
		if rt.doc != nil {
			require.Equal(t, rt.doc.id, spec.Paths[rt.path][strings.ToLower(rt.method)].OperationID)
		}
	}
	_, refs, _ := strings.Cut(w.Body.String(), "#/components/schemas/")
	for ref := range strings.SplitSeq(refs, "#/components/schemas/") {
		name, _, _ := strings.Cut(ref, `"`)
		require.Contains(t, spec.Components.Schemas, name)
	}
	var list struct {
		Properties map[string]struct {
			Type any
			Enum []string
		}
	}
	require.NoError(t, json.Unmarshal(spec.Components.Schemas["Alert"], &list))
	for _, name := range []string{"scenario", "status", "severity", "flagged_at"} {
		require.Equal(t, "string", list.Properties[name].Type, name)
	}
	require.Equal(t, "array", list.Properties["reasons"].Type, "never null")
	require.Equal(t, []string{"low", "medium", "high", "critical"}, list.Properties["severity"].Enum)
}
