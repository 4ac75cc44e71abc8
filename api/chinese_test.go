package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// reader is a seller who reads Chinese, and holds what the API refuses against that.
type reader struct {
	t *testing.T
	f *fake
	a *API
	// names are the fields, parameters and values of the API.
	names map[string]bool
	met   map[kind]bool
}

// plain are the words of the trade that Chinese borrows.
var plain = []string{"GET", "PATCH", "POST", "PUT", "HEAD", "JSON", "UTF-8", "Content-Type", "Content-Encoding", "Authorization", "Bearer", "TOKEN", "KiB", "MiB",
	"null", "true", "false"}

var (
	// given is what a caller gave, times, paths, media types and ids.
	given = regexp.MustCompile(`"[^"]*"|\b\d+s\b|/[\w.]+|application/json|\b(?:rp|al|at|o)[-_]\w+|\$\w+`)
	latin = regexp.MustCompile(`[A-Za-z][\w.-]*`)
)

func newReader(t *testing.T, o Options) *reader {
	f := newFake()
	r := &reader{t: t, f: f, a: newAPI(t, f, o), names: map[string]bool{}, met: map[kind]bool{}}
	doc, _, err := openAPI(r.a.routes(), "")
	require.NoError(t, err)
	var tree any
	require.NoError(t, json.Unmarshal(doc, &tree))
	r.learn(tree)
	for _, name := range plain {
		r.names[name] = true
	}
	return r
}

// learn takes the names from the OpenAPI document: of properties, of parameters,
// and the values of lists.
func (r *reader) learn(tree any) {
	switch tree := tree.(type) {
	case []any:
		for _, e := range tree {
			r.learn(e)
		}
	case map[string]any:
		if name, ok := tree["name"].(string); ok {
			r.names[name] = true
		}
		values, _ := tree["enum"].([]any)
		for _, v := range values {
			r.names[fmt.Sprint(v)] = true
		}
		if properties, ok := tree["properties"].(map[string]any); ok {
			for name := range properties {
				r.names[name] = true
			}
		}
		for _, e := range tree {
			r.learn(e)
		}
	}
}

// send makes a call of a role, and holds a refusal of it against the language.
func (r *reader) send(role, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	w := send(r.a, role, method, path, body, append([]string{"Accept-Language", "zh"}, headers...)...)
	if w.Code >= 400 {
		r.check(method+" "+path+" "+body[:min(len(body), 200)], w)
	}
	return w
}

func (r *reader) refused(method, path, body string, headers ...string) {
	r.t.Helper()
	require.GreaterOrEqual(r.t, r.send("seller", method, path, body, headers...).Code, 400, "%s %s %s", method, path, body)
}

func (r *reader) check(of string, w *httptest.ResponseRecorder) {
	r.t.Helper()
	p := refused(r.t, w, w.Code, "")
	require.Equal(r.t, "zh", w.Header().Get("Content-Language"), "%s: %s", of, w.Body)
	for _, text := range []string{p.Title, p.Detail, p.Cure} {
		require.Regexp(r.t, `\p{Han}`, text, "%s: %s", of, w.Body)
		for _, word := range latin.FindAllString(given.ReplaceAllString(text, ""), -1) {
			require.True(r.t, r.names[word], "%s: %q is no name of the API: %s", of, word, w.Body)
		}
	}
	for k := range kinds {
		if kind(k).typeOf() == p.Type {
			r.met[kind(k)] = true
		}
	}
}

// TestSellersReadChinese makes every refusal that a seller's calls can meet, and
// looks for words that are not Chinese.
func TestSellersReadChinese(t *testing.T) {
	r := newReader(t, Options{MaxHeld: 1, MaxWaits: 2})
	r.f.put("s-1", "al_1", orderguard.Harassment)
	r.f.trade("s-1", "b-1", "o-al_1")
	for i := range 300 {
		r.f.trade("s-1", "b-1", fmt.Sprint("o-", i))
	}
	require.Equal(t, 201, r.send("seller", "POST", reports, goodBodies["POST /v1/shops/{shop}/reports"]).Code)
	for _, rt := range r.a.routes() {
		if slices.Contains(rt.roles, "seller") {
			r.query(rt)
			r.body(rt)
			r.fail(rt)
		}
	}
	r.access()
	r.state()
	for k := range kinds {
		// What only reviewers, feeders and operators meet.
		if !slices.Contains([]kind{badHeader, otherReviewer, streamGap, superseding, otherBody, notReady}, kind(k)) {
			require.True(t, r.met[kind(k)], "no refusal of kind %s was made", kinds[k].name)
		}
	}
}

// query gives a call parameters that are wrong, and ids that are none.
func (r *reader) query(rt *route) {
	path, body := pathOf(rt), goodBodies[rt.String()]
	for _, q := range []string{"x=1", "x=%zz", "a;b"} {
		r.refused(rt.method, path+"?"+q, body)
	}
	for _, id := range []string{strings.Repeat("x", orderguard.MaxID+1), "%ff"} {
		if strings.Contains(path, "s-1") {
			r.refused(rt.method, strings.Replace(path, "s-1", id, 1), body)
		}
	}
	r.refused("PATCH", path, "")
	for name, values := range map[string][]string{
		"limit": {"x", "0", "-1"}, "wait": {"x", "-1s"}, "status": {"x"}, "scenario": {"x", "harassment,x"}, "days": {"8", ""},
		"after": {"x", cursor("s-1", 9999)},
	} {
		if !slices.ContainsFunc(rt.doc.params, func(p *huma.Param) bool { return p.Name == name }) {
			continue
		}
		for _, v := range values {
			if name != "after" || v == "x" || strings.HasSuffix(path, "/alerts") {
				r.refused(rt.method, path+"?"+name+"="+v, body)
			}
		}
		if !slices.Contains(manyParams, name) {
			r.refused(rt.method, path+"?"+name+"=1&"+name+"=2", body)
		}
	}
}

// body gives a call bodies that are not what it takes: as a whole, and in each
// of their fields.
func (r *reader) body(rt *route) {
	if rt.doc.bodyOf == nil {
		return
	}
	path, good := pathOf(rt), goodBodies[rt.String()]
	for _, body := range []string{" ", "{", `{"x`, "x", "[]", `"x"`, "null", "{}", "\xff", `{"nosuch":1}`, `{"Verdict":"normal"}`, `{"statements":"x"}`, good[:len(good)-1] + `,"x":{}}`,
		strings.Repeat(" ", maxJSON+1)} {
		r.refused(rt.method, path, body)
	}
	r.refused(rt.method, path, good, "Content-Type", "x/y")
	r.refused(rt.method, path, good, "Content-Encoding", "gzip")
	r.check("slow", call(r.a, "seller", rt.method, path, slowReader{}, "Accept-Language", "zh"))
	r.check("broken off", call(r.a, "seller", rt.method, path, brokenReader{}, "Accept-Language", "zh"))
	for field, schema := range r.a.forms.byRoute[rt.String()].Properties {
		wrong := []string{"null", "1", "1.5", "true", "{}", "[1]", "[null]"}
		if schema.Type == huma.TypeInteger {
			wrong[1] = "0"
		}
		for _, v := range append(wrong, `""`, `"x"`, `"`+strings.Repeat("x", orderguard.MaxID+1)+`"`) {
			var form map[string]json.RawMessage
			require.NoError(r.t, json.Unmarshal([]byte(good), &form))
			form[field] = json.RawMessage(v)
			text, err := json.Marshal(form)
			require.NoError(r.t, err)
			if w := r.send("seller", rt.method, path, string(text)); slices.Contains(wrong, v) {
				require.Equal(r.t, 400, w.Code, "%s", text)
			}
		}
	}
}

// fail makes the server fail under a call.
func (r *reader) fail(rt *route) {
	for err, status := range map[error]int{errors.New("no"): 500, fmt.Errorf("x: %w", ErrBusy): 503, fmt.Errorf("x: %w", ErrLost): 409, fmt.Errorf("x: %w", ErrFull): 507, fmt.Errorf("x: %w", ErrNotFound): 404} {
		if !slices.Contains(rt.refusals(), status) {
			continue
		}
		if r.f.fail = err; rt.path == "/v1/me" { // it asks nobody else
			r.f.guard = errors.New("no")
		}
		r.refused(rt.method, pathOf(rt), goodBodies[rt.String()])
	}
	r.f.fail, r.f.guard = nil, nil
}

// access calls as nobody, as somebody else, too often, and for what is not there.
func (r *reader) access() {
	r.check("no token", call(r.a, "", "GET", list, nil, "Accept-Language", "zh"))
	r.check("bad token", call(r.a, "nobody", "GET", list, nil, "Accept-Language", "zh"))
	for _, path := range []string{"/v1/reports", "/v1/decisions", "/v1/rules", "/v1/buyers/b-1", "/v1/audit", "/v1/tokens",
		"/v1/shops/s-2/alerts", "/v1/x", "/page/x", list + "/al_9", list + "/%ff", list + "/" + strings.Repeat("x", orderguard.MaxID+1), reports + "/rp_9"} {
		r.refused("GET", path, "")
	}
	slow := newAPI(r.t, r.f, Options{Rate: 1e-9, Burst: 1})
	call(slow, "seller", "GET", list, nil)
	r.check("too often", call(slow, "seller", "GET", list, nil, "Accept-Language", "zh"))
	// All that may wait does: of this token, and then of all.
	waiting := list + "?wait=1s&after=" + pageOf(r.t, call(r.a, "seller", "GET", list, nil)).Next
	for _, holders := range [][]string{{"tk_seller"}, {"tk_one", "tk_two"}} {
		var releases []func()
		for _, id := range holders {
			release, err := r.a.hold(Token{ID: id}, r.a.waits, "calls")
			require.NoError(r.t, err)
			releases = append(releases, release)
		}
		r.refused("GET", waiting, "")
		for _, release := range releases {
			release()
		}
	}
}

// content says what no report, appeal or verdict can say.
func (r *reader) content(path, form string) {
	hashes := func(list ...string) string {
		text, err := json.Marshal(list)
		require.NoError(r.t, err)
		return string(text)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprint("sha256:", i)
	}
	for body, zh := range map[string][2]string{
		`"statement":"` + strings.Repeat("店", 4001) + `"`:                     {"情况说明有 4001 字，最多 4000 字。", "请缩短情况说明。"},
		`"statement":"x","evidence":` + hashes(many...):                       {"证据有 21 个哈希值，最多 20 个。", "请保留最有力的证据。"},
		`"statement":"x","evidence":` + hashes(" "):                           {"有证据的哈希值为空，或超过 160 字节。", "请填写文件的哈希值。"},
		`"statement":"x","evidence":` + hashes("a;\n b; c", "x", "a;\n b; c"): {`证据的哈希值 "a;\n b; c" 重复。`, "每个文件只需提供一次。"},
	} {
		p := refused(r.t, r.send("seller", "POST", path, "{"+form+body+"}"), 400, zh[0])
		require.Equal(r.t, zh, [2]string{p.Detail, p.Cure})
	}
}

// state asks for what cannot be done as things stand.
func (r *reader) state() {
	const day = orderguard.Millis(24 * 60 * 60 * 1000)
	report := func(order, statement string) *httptest.ResponseRecorder {
		return r.send("seller", "POST", reports, fmt.Sprintf(`{"order":%q,"scenario":"harassment","statement":%q}`, order, statement))
	}
	r.content(reports, `"order":"o-2","scenario":"harassment",`)
	refused(r.t, report("o-2", " "), 400, "情况说明为空。")
	refused(r.t, report("none", "x"), 404, "本店没有该订单。")
	filed := [2]orderguard.Report{answerOf[orderguard.Report](r.t, report("o-3", "x"), 201), answerOf[orderguard.Report](r.t, report("o-4", "x"), 201)}
	refused(r.t, report("o-3", "x"), 409, "请查看举报 "+filed[0].ID)
	appeal := reports + "/" + filed[0].ID + "/appeal"
	refused(r.t, r.send("seller", "POST", appeal, `{"statement":"x"}`), 409, "只有被驳回的举报可以申诉。")
	for _, f := range filed {
		require.Equal(r.t, 200, r.send("reviewer", "PUT", "/v1/reports/"+f.ID+"/decision", `{"upheld":false,"grounds":{"text":"x"}}`).Code)
	}
	r.content(appeal, "")
	refused(r.t, r.send("seller", "POST", appeal, `{"statement":""}`), 400, "申诉没有补充任何内容。")
	require.Equal(r.t, 200, r.send("seller", "POST", appeal, `{"statement":"x"}`).Code)
	refused(r.t, r.send("seller", "POST", appeal, `{"statement":"y"}`), 409, "只能申诉一次")

	for i := 5; ; i++ {
		w := report(fmt.Sprint("o-", i), "x")
		if w.Code == 409 {
			refused(r.t, w, 409, "本店待处理的举报已达上限")
			break
		}
		require.Equal(r.t, 201, w.Code, w.Body)
	}
	verdict := list + "/al_1/verdict"
	require.Equal(r.t, 200, r.send("seller", "PUT", verdict, `{"verdict":"normal"}`).Code)
	refused(r.t, r.send("seller", "PUT", verdict, `{"verdict":"normal","comment":"`+strings.Repeat("店", 4001)+`"}`), 400, "备注有 4001 字，最多 4000 字。")
	r.f.now += 40 * day
	refused(r.t, r.send("seller", "PUT", verdict, `{"verdict":"abnormal"}`), 409, "核实结果不能再修改")
	refused(r.t, r.send("seller", "POST", reports+"/"+filed[1].ID+"/appeal", `{"statement":"x"}`), 409, "申诉期已过")
	r.f.now += 160 * day
	refused(r.t, report("o-299", "x"), 409, "该订单已超过可举报期限（183 天）")
}
