package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// The tests hold every answer that one of them gets by call against the OpenAPI
// document, and all of them together produce every status that it names.

// answered is what call has seen.
var answered struct {
	sync.Mutex
	statuses map[string]bool // "GET /v1/decisions 200"
	faults   []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	faults := answered.faults
	if whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == ""; whole && code == 0 {
		faults = append(faults, neverProduced()...)
	}
	for _, fault := range faults {
		fmt.Println("api:", fault)
		code = 1
	}
	os.Exit(code)
}

// neverProduced lists what the document says that no test has seen.
func neverProduced() (list []string) {
	a, err := New(newFake().parts(), Options{Metrics: http.NotFoundHandler()})
	if err != nil {
		return []string{err.Error()}
	}
	for _, rt := range a.routes() {
		if rt.doc == nil || rt.path == "/metrics" {
			continue
		}
		for _, status := range rt.statuses() {
			if did := fmt.Sprintf("%s %d", rt, status); !answered.statuses[did] {
				list = append(list, "no test produces what is documented: "+did)
			}
		}
	}
	return list
}

// statuses lists all that the document names.
func (rt *route) statuses() []int {
	list := rt.refusals()
	for status := range rt.doc.answers {
		list = append(list, status)
	}
	return list
}

// conform holds an answer against the document.
func conform(a *API, r *http.Request, w *httptest.ResponseRecorder) {
	routes := a.routes()
	i := slices.IndexFunc(routes, func(rt *route) bool { return rt.doc != nil && rt.String() == r.Pattern })
	if i < 0 || r.Method == http.MethodHead {
		return
	}
	err := conforms(a, routes[i], w)
	answered.Lock()
	defer answered.Unlock()
	if answered.statuses == nil {
		answered.statuses = map[string]bool{}
	}
	answered.statuses[fmt.Sprintf("%s %d", r.Pattern, w.Code)] = true
	if err != nil {
		answered.faults = append(answered.faults, fmt.Sprintf("%s %s: %v: %d %s", r.Method, r.URL, err, w.Code, w.Body))
	}
}

func conforms(a *API, rt *route, w *httptest.ResponseRecorder) error {
	if !slices.Contains(rt.statuses(), w.Code) {
		return errors.New("the status is not documented")
	}
	ans := rt.doc.answers[w.Code]
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	of := ans.of
	switch {
	case media == "application/problem+json" && slices.Contains(rt.refusals(), w.Code):
		of = Problem{}
	case media == "application/json" && of != nil:
	case media == "" && of == nil || slices.Contains(ans.media, media) || rt.path == "/metrics":
		return nil
	default:
		return fmt.Errorf("the type %q is not documented", media)
	}
	var got any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		return err
	}
	result := &huma.ValidateResult{}
	schema := a.forms.schemas.Schema(reflect.TypeOf(of), true, "")
	huma.Validate(a.forms.schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, got, result)
	return errors.Join(result.Errors...)
}

// slowReader is a body that does not come.
type slowReader struct{}

func (slowReader) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// goodBodies are bodies that calls take.
var goodBodies = map[string]string{
	"PUT /v1/shops/{shop}/alerts/{alert}/verdict":   `{"verdict":"normal"}`,
	"PUT /v1/shops/{shop}/attacks/{attack}/verdict": `{"verdict":"normal"}`,
	"POST /v1/shops/{shop}/reports":                 `{"order":"o-1","scenario":"harassment","statement":"x"}`,
	"POST /v1/shops/{shop}/reports/{report}/appeal": `{"statement":"x"}`,
	"PUT /v1/reports/{report}/decision":             `{"upheld":true,"grounds":{"text":"x"}}`,
	"PUT /v1/buyers/{buyer}/sanction":               `{"level":"none","grounds":{"text":"x"}}`,
	"POST /v1/screen":                               `{"type":"order","status":"created","id":"e-1","ts":1700000000000,"shop":"s-1","buyer":"b-1","order":"o-9","note":"a b","unknown":1}`,
	"POST /v1/tokens":                               `{"role":"admin"}`,
}

// TestRefusalsOfEveryRoute makes every route fail in the ways that they share.
func TestRefusalsOfEveryRoute(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	slow := newAPI(t, f, Options{Rate: 1e-9, Burst: 1})
	for _, rt := range a.routes() {
		if rt.open {
			continue
		}
		path, body := pathOf(rt), goodBodies[rt.String()]
		require.Equal(t, rt.doc.bodyOf != nil, body != "", "%s: a good body", rt)
		try := func(status int, path string, body io.Reader, headers ...string) {
			t.Helper()
			refused(t, call(a, "admin", rt.method, path, body, headers...), status, "")
		}
		with := func(err error) {
			f.fail, f.copies.fail = err, err
			if rt.path == "/v1/me" { // it asks nobody else
				f.guard = err
			}
			f.intake = func(io.Reader) (Receipt, error) { return Receipt{}, err }
		}
		bad := path + "?no=1"
		try(http.StatusBadRequest, bad, strings.NewReader(body))
		if rt.names != nil {
			for _, id := range []string{strings.Repeat("x", orderguard.MaxID+1), "%ff"} {
				try(http.StatusBadRequest, strings.Replace(strings.Replace(path, "s-1", id, 1), "tk_none", id, 1), strings.NewReader(body))
			}
		}
		for err, status := range map[error]int{errors.New("no"): 500, fmt.Errorf("x: %w", ErrBusy): 503, fmt.Errorf("x: %w", ErrDamaged): 503, fmt.Errorf("x: %w", ErrLost): 409, fmt.Errorf("x: %w", ErrFull): 507, fmt.Errorf("x: %w", ErrNotFound): 404} {
			if slices.Contains(rt.refusals(), status) {
				with(err)
				try(status, path, strings.NewReader(body))
			}
		}
		with(nil)
		f.intake = countLines
		if slices.Contains(rt.refusals(), http.StatusRequestTimeout) {
			try(http.StatusRequestTimeout, path, slowReader{})
		}
		if rt.doc.bodyOf != nil {
			try(http.StatusRequestEntityTooLarge, path, strings.NewReader(strings.Repeat(" ", 2<<20)))
			try(http.StatusUnsupportedMediaType, path, strings.NewReader(body), "Content-Type", "text/plain")
			try(http.StatusUnsupportedMediaType, path, strings.NewReader(body), "Content-Encoding", "gzip")
		}
		f.tokens["og_once"] = Token{ID: "tk_" + rt.doc.id, Role: "admin"}
		call(slow, "once", rt.method, path, strings.NewReader(body))
		refused(t, call(slow, "once", rt.method, path, strings.NewReader(body)), http.StatusTooManyRequests, "")
	}
}

func TestBodies(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.trade("s-1", "b-1", "o-1")
	for body, detail := range map[string]string{
		"":                "it is empty",
		" \n":             "it is empty",
		"null":            "expected object",
		`"x"`:             "expected object",
		`{"order":"o-1"`:  "no JSON",
		`{} {}`:           "no JSON",
		`{"order":1e400}`: "write a whole number in plain digits",
		`{"order":"o-1","scenario":"harassment"}`:                                                 "expected required property statement",
		`{"order":"o-1","scenario":"harassment","statemnt":"x"}`:                                  `statemnt: there is no such field; did you mean "statement"?`,
		`{"order":"o-1","scenario":"harassment","statement":null}`:                                "statement: expected string",
		`{"order":"o-1","scenario":"harassment","statement":"x","evidence":null}`:                 "evidence: null says nothing",
		`{"order":"o-1","scenario":"harassment","statement":"x","statement":"y"}`:                 "statement: the field stands there twice",
		`{"order":"o-1","scenario":"harassment","statement":"x","evidence":[null]}`:               "evidence[0]: expected string",
		`{"order":"o-1","scenario":"harassment","statement":"x","Statement":"y"}`:                 `Statement: there is no such field; did you mean "statement"?`,
		`{"order":1,"scenario":"harassment","statement":"x"}`:                                     "order: expected string",
		`{"order":"","scenario":"harassment","statement":"x"}`:                                    "order: expected length >= 1",
		`{"order":"o-1","scenario":"theft","statement":"x"}`:                                      "scenario: expected value to be one of",
		"{\"order\":\"o-1\",\"scenario\":\"harassment\",\"statement\":\"\xff\"}":                  "it is no UTF-8",
		`{"order":"o-1","scenario":"harassment","statement":""}`:                                  "statement is empty",
		`{"order":"o-1","scenario":"harassment","statement":"` + strings.Repeat("字", 4001) + `"}`: "4001 characters",
	} {
		refused(t, send(a, "seller", "POST", reports, body), http.StatusBadRequest, detail)
	}
	w := send(a, "reviewer", "PUT", "/v1/reports/rp_1/decision", `{"upheld":true,"grounds":{"txet":"x"}}`)
	refused(t, w, http.StatusBadRequest, `grounds.txet: there is no such field; did you mean "text"?`)
	w = send(a, "reviewer", "PUT", "/v1/reports/rp_1/decision", `{"upheld":true,"grounds":{"text":"x","text":"y"}}`)
	refused(t, w, http.StatusBadRequest, "grounds.text: the field stands there twice")
	for kind, status := range map[string]int{"": 200, "application/json; charset=UTF-8": 200, "text/json": 415, "application/json; charset=latin1": 415, "x": 415, ";": 415} {
		w := call(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", strings.NewReader(`{"level":"none","grounds":{"text":"x"}}`), "Content-Type", kind)
		require.Equal(t, status, w.Code, kind)
	}
}

// TestNoKindIsForgotten makes sure that each kind of problem has a name of its
// own, its words, and a line in the documents.
func TestNoKindIsForgotten(t *testing.T) {
	page, err := os.ReadFile("../docs/api.md")
	require.NoError(t, err)
	seen := map[string]bool{}
	for k := range kinds {
		about := kinds[k]
		require.False(t, seen[about.name] || about.name == "", about.name)
		seen[about.name] = true
		require.NotEmpty(t, about.title.En)
		require.NotEmpty(t, about.title.Zh)
		require.True(t, bytes.Contains(page, []byte("| `"+about.name+"` | "+fmt.Sprint(about.status)+" |")), "docs/api.md has no line on %s, %d", about.name, about.status)
	}
}

func TestLanguages(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.trade("s-1", "b-1", "o-1")
	body := goodBodies["POST /v1/shops/{shop}/reports"]
	send(a, "seller", "POST", reports, body)
	for accept, lang := range map[string]string{"": "en", "zh": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "zh-TW": "zh", "en-GB, zh;q=0.5": "en",
		"zh-TW,en;q=0.5": "zh", "zh-Hant-HK,en;q=0.3": "zh", "zh-TW;q=0.4,en;q=0.5": "en", "yue,en;q=0.9": "zh", "zh;q=0,fr": "en",
		"fr": "en", "fr, zh;q=0.1": "zh", ";;;": "en"} {
		w := send(a, "seller", "POST", reports, body, "Accept-Language", accept)
		p := refused(t, w, http.StatusConflict, "")
		require.Equal(t, lang, w.Header().Get("Content-Language"), accept)
		require.Contains(t, w.Header().Values("Vary"), "Accept-Language")
		require.Equal(t, map[string]string{"en": "The order was reported before", "zh": "该订单已举报过"}[lang], p.Title)
		require.Contains(t, p.Detail, map[string]string{"en": "see report", "zh": "请查看举报"}[lang])
	}
	// What only others than sellers meet is in English, and says so.
	w := call(a, "admin", "GET", "/v1/backup?since=x", nil, "Accept-Language", "zh")
	refused(t, w, http.StatusBadRequest, "no version")
	require.Equal(t, "en", w.Header().Get("Content-Language"))
}

func TestRequestIDs(t *testing.T) {
	var log bytes.Buffer
	f := newFake()
	a := newAPI(t, f, Options{Logger: logTo(&log)})
	for id, taken := range map[string]bool{"7f3c/a~1": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, "": false, "a b": false, "a\x7f": false, "店": false} {
		w := call(a, "seller", "GET", list, nil, requestID, id)
		got := w.Header().Get(requestID)
		require.Equal(t, taken, got == id, id)
		require.True(t, sane(got), "one is made: %q", got)
	}
	f.fail = errors.New("no")
	w := call(a, "seller", "GET", list, nil, requestID, "call/17")
	var p Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, "call%2F17", p.Instance)
	require.Contains(t, log.String(), "request=call/17")
	require.Equal(t, "there", call(a, "", "GET", "/nothing", nil, requestID, "there").Header().Get(requestID))
}

func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
