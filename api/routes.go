package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orderguard/orderguard"
)

// handler answers a call, or returns why not. It returns no error once it has
// begun to answer.
type handler func(w http.ResponseWriter, r *http.Request, t Token) error

// route is one line of the table that says what there is and who may.
type route struct {
	method, path string
	// roles may make the call, besides admin; nil with open is everyone.
	roles []string
	open  bool
	do    handler
	doc   *doc // in the OpenAPI document; nil leaves it out
	// without says that the part behind it is missing, and so is the route.
	without bool
	names   []string // of the path's parameters
}

func (rt *route) String() string { return rt.method + " " + rt.path }

// who lists the roles that may make the call.
func (rt *route) who() []string { return append(slices.Clone(rt.roles), admin) }

// check refuses names in the path that nothing can have, and a query where none
// is asked for. Where one is, its handler reads it.
func (rt *route) check(r *http.Request) error {
	for _, name := range rt.names {
		v, what := r.PathValue(name), pathWord(name)
		switch {
		case !utf8.ValidString(v):
			return problem(badParameter, fmt.Sprintf("The id of the %s in the path is not UTF-8.", what.En), "Escape its bytes in UTF-8.").
				zh("路径中的"+what.Zh+"编号不是 UTF-8。", "请按 UTF-8 转义编号。")
		case len(v) > orderguard.MaxID:
			return problem(badParameter, fmt.Sprintf("The id of the %s in the path has %d bytes.", what.En, len(v)), fmt.Sprintf("An id has at most %d bytes.", orderguard.MaxID)).
				zh(fmt.Sprintf("路径中的%s编号有 %d 字节。", what.Zh, len(v)), fmt.Sprintf("编号最多 %d 字节。", orderguard.MaxID))
		}
	}
	if r.URL.RawQuery == "" || rt.doc.queried() {
		return nil
	}
	_, err := parseQuery(r)
	return err
}

// pathWords says what the names in paths stand for.
var pathWords = map[string]orderguard.Wording{
	"shop":   {En: "shop", Zh: "店铺"},
	"alert":  {En: "alert", Zh: "预警"},
	"attack": {En: "attack", Zh: "攻击"},
	"report": {En: "report", Zh: "举报"},
	"order":  {En: "order", Zh: "订单"},
	"buyer":  {En: "buyer", Zh: "买家"},
	"id":     {En: "token", Zh: "令牌"},
}

// pathWord returns what a name in a path stands for.
func pathWord(name string) orderguard.Wording {
	if w, ok := pathWords[name]; ok {
		return w
	}
	return orderguard.Wording{En: name, Zh: name}
}

// notFound says that what a call's path names last is not there.
func (rt *route) notFound(r *http.Request) *Problem {
	last := rt.names[len(rt.names)-1]
	what, id := pathWord(last), r.PathValue(last)
	en, zh := fmt.Sprintf("There is no %s %q", what.En, id), fmt.Sprintf("没有%s %q", what.Zh, id)
	if shop := r.PathValue("shop"); shop != "" {
		en, zh = en+fmt.Sprintf(" at shop %q", shop), fmt.Sprintf("店铺 %q ", shop)+zh
	}
	return problem(notFound, en+".", "Check its id.").zh(zh+"。", "请核对编号。")
}

// routes is the one place that says who may do what.
func (a *API) routes() []*route {
	list := []*route{
		{method: "GET", path: "/v1/shops/{shop}/alerts", roles: []string{seller}, do: a.listAlerts, doc: docListAlerts},
		{method: "GET", path: "/v1/shops/{shop}/alerts/{alert}", roles: []string{seller}, do: a.getAlert, doc: docGetAlert},
		{method: "POST", path: "/v1/events", roles: []string{feeder}, do: a.postEvents, doc: docPostEvents},
		{method: "GET", path: "/v1/orders/{order}", roles: []string{reviewer, engineer}, do: a.getOrder, doc: docGetOrder},
		{method: "POST", path: "/v1/tokens", do: a.createToken, doc: docCreateToken},
		{method: "GET", path: "/v1/me", roles: []string{seller, reviewer, engineer, enforcer, feeder}, do: a.getMe, doc: docMe},
		{method: "GET", path: "/v1/tokens", do: a.listTokens, doc: docListTokens},
		{method: "DELETE", path: "/v1/tokens/{id}", do: a.revokeToken, doc: docRevokeToken},
		{method: "GET", path: "/v1/backup", do: a.getBackup, doc: docBackup},
		{method: "GET", path: "/v1/check", do: a.getCheck, doc: docCheck},
		{method: "GET", path: "/healthz", open: true, do: a.healthz, doc: docHealthz},
		{method: "GET", path: "/readyz", open: true, do: a.readyz, doc: docReadyz},
		{method: "GET", path: "/{$}", open: true, do: servePage("index.html", "text/html; charset=utf-8")},
		{method: "GET", path: "/page/{file}", open: true, do: servePart},
		{method: "GET", path: "/page.css", open: true, do: servePage("page.css", "text/css; charset=utf-8")},
		{method: "GET", path: "/docs", open: true, do: servePage("docs.html", "text/html; charset=utf-8")},
		{method: "GET", path: "/docs.js", open: true, do: servePage("docs.js", "text/javascript; charset=utf-8")},
		{method: "GET", path: "/docs.css", open: true, do: servePage("docs.css", "text/css; charset=utf-8")},
	}
	list = append(list, a.caseRoutes()...)
	if a.opts.Metrics != nil {
		list = append(list, &route{method: "GET", path: "/metrics", open: true, doc: docMetrics,
			do: func(w http.ResponseWriter, r *http.Request, _ Token) error {
				a.opts.Metrics.ServeHTTP(w, r)
				return nil
			}})
	}
	return list
}

// caseRoutes is the part of the table that is about casework.
func (a *API) caseRoutes() []*route {
	p := &a.parts
	list := []*route{
		{method: "PUT", path: "/v1/shops/{shop}/alerts/{alert}/verdict", roles: []string{seller}, do: a.judgeAlert, doc: docJudgeAlert, without: p.Verdicts == nil},
		{method: "PUT", path: "/v1/shops/{shop}/attacks/{attack}/verdict", roles: []string{seller}, do: a.judgeAttack, doc: docJudgeAttack, without: p.Verdicts == nil},
		{method: "POST", path: "/v1/shops/{shop}/reports", roles: []string{seller}, do: a.fileReport, doc: docFileReport, without: p.Reports == nil},
		{method: "GET", path: "/v1/shops/{shop}/reports", roles: []string{seller}, do: a.listReports, doc: docListReports, without: p.ReportRecords == nil},
		{method: "GET", path: "/v1/shops/{shop}/reports/{report}", roles: []string{seller}, do: a.getReport, doc: docGetReport, without: p.ReportRecords == nil},
		{method: "POST", path: "/v1/shops/{shop}/reports/{report}/appeal", roles: []string{seller}, do: a.appealReport, doc: docAppeal, without: p.Reports == nil},
		{method: "GET", path: "/v1/reports", roles: []string{reviewer}, do: a.listQueue, doc: docQueue, without: p.ReportRecords == nil},
		{method: "GET", path: "/v1/reports/{report}", roles: []string{reviewer}, do: a.readReport, doc: docReadReport, without: p.Reviews == nil},
		{method: "GET", path: "/v1/sellers/{shop}", roles: []string{reviewer}, do: a.getSeller, doc: docGetSeller, without: p.Reviews == nil},
		{method: "PUT", path: "/v1/reports/{report}/decision", roles: []string{reviewer}, do: a.decideReport, doc: docDecide, without: p.Reports == nil},
		{method: "GET", path: "/v1/decisions", roles: []string{enforcer}, do: a.listDecisions, doc: docListDecisions, without: p.Decisions == nil},
		{method: "GET", path: "/v1/shops/{shop}/indicators", roles: []string{seller}, do: a.getIndicators, doc: docIndicators, without: p.Indicators == nil},
		{method: "GET", path: "/v1/shops/{shop}/indicators/deltas", roles: []string{seller}, do: a.listDeltas, doc: docDeltas, without: p.Indicators == nil},
		{method: "GET", path: "/v1/buyers/{buyer}", roles: []string{reviewer, engineer}, do: a.getBuyer, doc: docGetBuyer, without: p.Buyers == nil},
		{method: "PUT", path: "/v1/buyers/{buyer}/sanction", roles: []string{reviewer}, do: a.sanctionBuyer, doc: docSanction, without: p.Buyers == nil},
		{method: "GET", path: "/v1/rules", roles: []string{reviewer, engineer}, do: a.listRules, doc: docListRules, without: p.RuleBook == nil},
		{method: "POST", path: "/v1/screen", roles: []string{feeder}, do: a.screen, doc: docScreen, without: p.Screener == nil},
		{method: "GET", path: "/v1/audit", do: a.listAudit, doc: docAudit, without: p.Audit == nil},
	}
	return slices.DeleteFunc(list, func(rt *route) bool { return rt.without })
}

// newHandler builds the handler of everything.
func (a *API) newHandler() (http.Handler, error) {
	mux := http.NewServeMux()
	routes := a.routes()
	spec, forms, err := openAPI(routes, a.opts.Version)
	if err != nil {
		return nil, fmt.Errorf("api: write the OpenAPI document: %w", err)
	}
	a.forms = forms
	routes = append(routes, &route{method: "GET", path: "/openapi.json", open: true, do: serveBytes("application/openapi+json", spec)})
	for _, rt := range routes {
		rt.names = namesIn(rt.path)
		mux.Handle(rt.String(), a.serve(rt))
	}
	unknown := a.serve(&route{method: "other", open: true, do: func(_ http.ResponseWriter, r *http.Request, _ Token) error {
		return noRoute(mux, r)
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = keepDots(r)
		// The mux would send a path with an empty part elsewhere, in HTML.
		if _, pattern := mux.Handler(r); pattern == "" || strings.Contains(r.URL.EscapedPath(), "//") {
			unknown.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// keepDots escapes the parts "." and ".." of a call's path, which name a shop or
// an alert like any others here: the mux would take them for folders, and clean
// them away.
func keepDots(r *http.Request) *http.Request {
	path := r.URL.EscapedPath()
	if !strings.Contains(path, "/.") {
		return r
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "." || part == ".." {
			parts[i] = strings.ReplaceAll(part, ".", "%2E")
		}
	}
	whole, kept := *r.URL, *r
	whole.RawPath = strings.Join(parts, "/")
	kept.URL = &whole
	return &kept
}

// noRoute says why the mux has nothing for a call: no such path, or not with
// this method.
func noRoute(mux *http.ServeMux, r *http.Request) error {
	answer := headerOnly{header: http.Header{}}
	mux.ServeHTTP(&answer, r)
	r.Pattern = "" // that of where it would have been sent
	if answer.status == http.StatusMethodNotAllowed {
		allow := answer.header.Get("Allow")
		return problem(noSuchMethod, "The method "+r.Method+" does nothing here.", "Use "+allow+".").
			zh("此处不支持方法 "+r.Method+"。", "请使用 "+strings.ReplaceAll(allow, ", ", "、")+"。").with("Allow", allow)
	}
	return problem(noSuchPath, "There is nothing at this path.", "GET /openapi.json lists what there is.").
		zh("该路径不存在。", "可用的路径见 GET /openapi.json。")
}

// headerOnly is an answer of which only the header is of interest.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
func (h *headerOnly) Write(b []byte) (int, error) { return len(b), nil }

// serve wraps a route: access before, problems and measures after.
func (a *API) serve(rt *route) http.Handler {
	name := rt.String()
	if rt.path == "" {
		name = rt.method
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w := &recorder{ResponseWriter: rw}
		id := requestIDOf(r)
		w.Header()[requestID] = []string{id}
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				a.log.Error("a call panicked", "route", name, "request", id, "panic", p, "stack", string(debug.Stack()))
				if w.status != 0 {
					panic(http.ErrAbortHandler) // an answer that was begun must not look whole
				}
				pb, _ := asProblem(fmt.Errorf("panic"))
				writeProblem(w, r, pb)
			} else if p != nil {
				panic(p)
			}
			a.opts.Observe(name, w.status, time.Since(start))
		}()
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Body != nil && r.Body != http.NoBody {
			// Who announces a body and does not send it is told so, which takes time
			// beyond that for reading.
			rc := http.NewResponseController(w)
			_ = rc.SetReadDeadline(start.Add(a.opts.ReadTimeout))
			_ = rc.SetWriteDeadline(start.Add(a.opts.ReadTimeout + a.opts.WriteTimeout))
		}
		err := a.call(rt, w, r)
		if err == nil {
			return
		}
		p, log := asProblem(err)
		if n := len(rt.names); errors.Is(err, ErrNotFound) && n > 0 && rt.names[n-1] != "shop" {
			p = rt.notFound(r)
		}
		if log {
			level := slog.LevelError
			if p.kind == overloaded { // as while the daemon starts
				level = slog.LevelInfo
			}
			a.log.Log(r.Context(), level, "a call failed", "route", name, "request", id, "error", err)
		}
		writeProblem(w, r, p)
	})
}

func (a *API) call(rt *route, w http.ResponseWriter, r *http.Request) error {
	if rt.open {
		return rt.do(w, r, Token{})
	}
	t, err := a.authorize(rt, r)
	if err != nil {
		return err
	}
	if err := rt.check(r); err != nil {
		return err
	}
	return rt.do(w, r, t)
}

// recorder remembers the status that was sent.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func serveBytes(contentType string, body []byte) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ Token) error {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(body)
		return nil
	}
}

func (a *API) healthz(w http.ResponseWriter, _ *http.Request, _ Token) error {
	return writeJSON(w, http.StatusOK, health{"ok"})
}

func (a *API) readyz(w http.ResponseWriter, _ *http.Request, _ Token) error {
	if err := a.opts.Ready(); err != nil {
		return problem(notReady, "Not ready: "+err.Error(), "").with("Retry-After", "1")
	}
	return writeJSON(w, http.StatusOK, health{"ready"})
}

type health struct {
	Status string `json:"status"`
}
