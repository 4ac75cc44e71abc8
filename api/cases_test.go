package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

const (
	reports   = "/v1/shops/s-1/reports"
	decisions = "/v1/decisions"
)

// send sends a body with a token of that role.
func send(a *API, role, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return call(a, role, method, target, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, headers...)...)
}

// answerOf decodes a good answer.
func answerOf[T any](t tester, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v))
	return v
}

func TestVerdicts(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	for i := range 3 {
		f.put("s-1", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
		f.trade("s-1", "b-1", fmt.Sprintf("o-al_%d", i))
	}
	one := answerOf[Judged](t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"abnormal","comment":"twelve at once"}`), 200)
	require.Len(t, one.Alerts, 1)
	require.Equal(t, orderguard.Abnormal, one.Alerts[0].Status)
	require.Equal(t, "tk_seller", one.Alerts[0].Verdict.By)

	detail := answerOf[AlertDetail](t, call(a, "seller", "GET", list+"/al_1", nil), 200)
	require.Len(t, detail.Timeline, 2)
	require.Equal(t, Step{At: f.now, Kind: "verdict", Revision: 2, Seq: 4, Rules: []string{}, Verdict: orderguard.AnswerAbnormal, By: "tk_seller", Comment: "twelve at once"}, detail.Timeline[1])

	all := answerOf[Judged](t, send(a, "seller", "PUT", "/v1/shops/s-1/attacks/at_1/verdict", `{"verdict":"normal"}`), 200)
	require.Len(t, all.Alerts, 3)
	require.Equal(t, 3, all.Total)
	for _, al := range all.Alerts {
		require.Equal(t, orderguard.Normal, al.Status)
	}
	refused(t, send(a, "seller", "PUT", list+"/al_9/verdict", `{"verdict":"normal"}`), http.StatusNotFound, "")
	f.now += 60 * 24 * 3600 * 1000
	p := refused(t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"ignore"}`), http.StatusConflict, "The case of alert")
	require.Equal(t, tooLate.typeOf(), p.Type)
	refused(t, send(a, "seller", "PUT", "/v1/shops/s-1/attacks/at_1/verdict", `{"verdict":"ignore"}`), http.StatusConflict, "The case of alert")
}

// The longest words that any policy allows fit into a body, also where each character is written as a
// pair of escapes: what the policy in force says of them is told, not how long the body is.
func TestTheLongestWordsFit(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.trade("s-1", "b-1", "o-1")
	long := strings.Repeat(`\ud83d\ude00`, casework.MaxText)
	hashes := make([]string, casework.MaxEvidence)
	for i := range hashes {
		hashes[i] = fmt.Sprintf("%03d", i) + strings.Repeat(`\u0061`, casework.MaxHash-3)
	}
	said := fmt.Sprintf("has %d characters", casework.MaxText)
	statement := `"statement":"` + long + `","evidence":["` + strings.Join(hashes, `","`) + `"]}`
	refused(t, send(a, "seller", "POST", reports, `{"order":"o-1","scenario":"harassment",`+statement), http.StatusBadRequest, said)
	refused(t, send(a, "seller", "POST", reports+"/rp_1/appeal", "{"+statement), http.StatusBadRequest, said)
	grounds := `"grounds":{"text":"` + long + `","text_zh":"` + long + `"}}`
	refused(t, send(a, "reviewer", "PUT", "/v1/reports/rp_1/decision", `{"upheld":true,`+grounds), http.StatusBadRequest, said)
	refused(t, send(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", `{"level":"none",`+grounds), http.StatusBadRequest, said)
}

func TestReports(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.trade("s-1", "b-1", "o-1")
	f.trade("s-2", "b-1", "o-2")
	body := `{"order":"o-1","scenario":"malicious_dispute","statement":"收到后换货再退","evidence":["sha256:ab"]}`
	w := send(a, "seller", "POST", reports, body)
	filed := answerOf[orderguard.Report](t, w, 201)
	require.Equal(t, reports+"/"+filed.ID, w.Header().Get("Location"))
	require.Equal(t, filed, answerOf[orderguard.Report](t, call(a, "seller", "GET", w.Header().Get("Location"), nil), 200))
	seen := answerOf[ReviewedReport](t, call(a, "reviewer", "GET", "/v1/reports/"+filed.ID, nil), 200)
	require.Equal(t, filed, seen.Report)
	require.Equal(t, casework.SellerRecord{Shop: "s-1", Open: 1, Weight: 100}, seen.Seller)
	require.Equal(t, BuyerRecord{Days: 100, Orders: 2, Shops: 2, Disputed: 2, Contested: 2}, seen.Record)

	p := refused(t, send(a, "seller", "POST", reports, body), http.StatusConflict, "see report")
	require.Equal(t, filed.ID, p.Report)
	require.Equal(t, reportExists.typeOf(), p.Type)
	refused(t, send(a, "seller", "POST", reports, strings.Replace(body, "o-1", "o-2", 1)), http.StatusNotFound, "no order")
	refused(t, call(a, "admin", "GET", "/v1/shops/s-2/reports/"+filed.ID, nil), http.StatusNotFound, "")
	refused(t, send(a, "seller", "POST", reports+"/"+filed.ID+"/appeal", `{"statement":"but"}`), http.StatusConflict, "only a rejected one")

	queue := answerOf[ReportQueue](t, call(a, "reviewer", "GET", "/v1/reports?queue=due", nil), 200)
	require.Contains(t, call(a, "reviewer", "GET", "/v1/reports?queue=due&limit=0", nil).Body.String(), "the default is 500")
	require.Len(t, queue.Reports, 1)
	require.False(t, queue.Reports[0].Overdue)
	require.Equal(t, 1, queue.Reports[0].Seller.Open)
	for n := range 3 {
		f.trade("s-1", "b-1", fmt.Sprint("o-q", n))
		f.now += 60_000
		answerOf[orderguard.Report](t, send(a, "seller", "POST", reports, strings.Replace(body, "o-1", fmt.Sprint("o-q", n), 1)), 201)
	}
	var orders []string
	for next, more := "", true; more; {
		page := answerOf[ReportQueue](t, call(a, "reviewer", "GET", "/v1/reports?limit=2&after="+next, nil), 200)
		require.Len(t, page.Reports, 2)
		orders = append(orders, page.Reports[0].Order, page.Reports[1].Order)
		next, more = page.Next, page.More
	}
	require.Equal(t, []string{"o-1", "o-q0", "o-q1", "o-q2"}, orders)
	refused(t, call(a, "reviewer", "GET", "/v1/reports?after=x", nil), http.StatusBadRequest, "cursor")
	f.now += 49 * 3600 * 1000
	require.True(t, answerOf[ReportQueue](t, call(a, "reviewer", "GET", "/v1/reports", nil), 200).Reports[0].Overdue)

	decision := "/v1/reports/" + filed.ID + "/decision"
	refused(t, send(a, "reviewer", "PUT", decision, `{"upheld":true,"revision":7,"grounds":{"text":"seen"}}`), http.StatusConflict, "the decision was made on revision 7")
	no := answerOf[orderguard.Report](t, send(a, "reviewer", "PUT", decision, `{"upheld":false,"grounds":{"text_zh":"证据不足"}}`), 200)
	require.Equal(t, orderguard.Rejected, no.State)
	require.Equal(t, "证据不足", no.Rulings[0].Grounds.Zh)
	record := answerOf[casework.SellerRecord](t, call(a, "reviewer", "GET", "/v1/sellers/s-1", nil), 200)
	require.Equal(t, casework.SellerRecord{Shop: "s-1", Open: 3, Rejected: 1, Weight: 100}, record)
	require.Equal(t, record, answerOf[ReviewedReport](t, call(a, "reviewer", "GET", "/v1/reports/"+filed.ID, nil), 200).Seller, "though it is not open")
	require.EqualValues(t, 100, answerOf[casework.SellerRecord](t, call(a, "reviewer", "GET", "/v1/sellers/nobody", nil), 200).Weight)
	again := answerOf[orderguard.Report](t, send(a, "seller", "POST", reports+"/"+filed.ID+"/appeal", `{"statement":"a film of it","evidence":["sha256:cd"]}`), 200)
	require.Equal(t, orderguard.Appealed, again.State)
	p = refused(t, send(a, "reviewer", "PUT", decision, `{"upheld":true,"grounds":{"text":"seen"}}`), http.StatusForbidden, "another reviewer has to")
	require.Equal(t, otherReviewer.typeOf(), p.Type)
	yes := answerOf[orderguard.Report](t, send(a, "admin", "PUT", decision, `{"upheld":true,"severity":"critical","grounds":{"text":"seen"}}`), 200)
	require.Equal(t, orderguard.Final, yes.State)
	require.True(t, yes.Upheld())
	f.tokens["og_third"] = Token{ID: "tk_third", Role: reviewer}
	p = refused(t, send(a, "third", "PUT", decision, `{"upheld":true,"grounds":{"text":"seen, too"}}`), http.StatusConflict, "is final")
	require.Equal(t, stateConflict.typeOf(), p.Type)

	audit := answerOf[AuditPage](t, call(a, "admin", "GET", "/v1/audit?limit=2", nil), 200)
	require.True(t, audit.More)
	require.Equal(t, "report", audit.Entries[0].Kind)
	rest := answerOf[AuditPage](t, call(a, "admin", "GET", "/v1/audit?after="+audit.Next, nil), 200)
	require.False(t, rest.More)
	require.Len(t, append(audit.Entries, rest.Entries...), len(f.trail))
	require.Equal(t, rest.Next, answerOf[AuditPage](t, call(a, "admin", "GET", "/v1/audit?after="+rest.Next, nil), 200).Next)
}

func TestReportsPageByPage(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	require.Equal(t, []orderguard.Report{}, answerOf[ReportPage](t, call(a, "seller", "GET", reports, nil), 200).Reports)
	for i := range 5 {
		order := fmt.Sprintf("o-%d", i)
		f.trade("s-1", "b-1", order)
		answerOf[orderguard.Report](t, send(a, "seller", "POST", reports, `{"order":"`+order+`","scenario":"harassment","statement":"x"}`), 201)
	}
	var orders []string
	for next, more := "", true; more; {
		page := answerOf[ReportPage](t, call(a, "seller", "GET", reports+"?limit=2&after="+next, nil), 200)
		for _, r := range page.Reports {
			orders = append(orders, r.Order)
		}
		next, more = page.Next, page.More
	}
	require.Equal(t, []string{"o-0", "o-1", "o-2", "o-3", "o-4"}, orders)
	last := answerOf[ReportPage](t, call(a, "seller", "GET", reports+"?limit=500", nil), 200).Next
	require.Equal(t, last, answerOf[ReportPage](t, call(a, "seller", "GET", reports+"?after="+last, nil), 200).Next, "the place stays")
	refused(t, call(a, "seller", "GET", reports+"?after="+cursor("s-1", 1), nil), http.StatusBadRequest, "not one that this list")
	refused(t, call(a, "seller", "GET", reports+"?wait=1s", nil), http.StatusBadRequest, `no parameter "wait"`)
}

func TestDecisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := newAPI(t, f, Options{})
		empty := answerOf[DecisionPage](t, call(a, "enforcer", "GET", decisions, nil), 200)
		require.Equal(t, []orderguard.Decision{}, empty.Decisions)

		start := time.Now()
		done := make(chan *httptest.ResponseRecorder, 1)
		go func() { done <- call(a, "enforcer", "GET", decisions+"?wait=20s&after="+empty.Next, nil) }()
		synctest.Wait()
		time.Sleep(3 * time.Second)
		f.put("s-1", "al_1", orderguard.MaliciousOrder)
		f.trade("s-1", "b-1", "o-al_1")
		answerOf[Judged](t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"abnormal"}`), 200)
		synctest.Wait()
		require.Empty(t, done, "not before they are published")
		a.PublishDecisions()
		page := answerOf[DecisionPage](t, <-done, 200)
		require.Equal(t, 3*time.Second, time.Since(start), "woken at once")
		require.NotEmpty(t, page.Decisions)
		require.Equal(t, orderguard.CloseOrder, page.Decisions[0].Kind)

		one := answerOf[DecisionPage](t, call(a, "enforcer", "GET", decisions+"?limit=1", nil), 200)
		require.True(t, one.More)
		rest := answerOf[DecisionPage](t, call(a, "enforcer", "GET", decisions+"?after="+one.Next, nil), 200)
		require.Equal(t, page.Decisions, append(one.Decisions, rest.Decisions...))
		start = time.Now()
		none := answerOf[DecisionPage](t, call(a, "enforcer", "GET", decisions+"?wait=2&after="+rest.Next, nil), 200)
		require.Empty(t, none.Decisions)
		require.Equal(t, rest.Next, none.Next)
		require.Equal(t, 2*time.Second, time.Since(start))
		refused(t, call(a, "enforcer", "GET", decisions+"?after="+cursor(decisionScope, 99), nil), http.StatusBadRequest, "ahead of this list")
		require.Empty(t, a.waits)
		require.Empty(t, a.decided.byShop)
	})
}

func TestIndicators(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.trade("s-1", "b-1", "o-al_1")
	f.trade("s-1", "b-2", "o-9")
	path := "/v1/shops/s-1/indicators"
	in := answerOf[casework.Indicators](t, call(a, "seller", "GET", path+"?days=7", nil), 200)
	require.Equal(t, orderguard.DisputeRate, in.Rates[0].Indicator)
	require.EqualValues(t, 2, in.Rates[0].Cleansed.Numerator)
	require.Equal(t, in.To-29, answerOf[casework.Indicators](t, call(a, "seller", "GET", path, nil), 200).From)
	require.Empty(t, answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas", nil), 200).Deltas)

	answerOf[Judged](t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"abnormal"}`), 200)
	in = answerOf[casework.Indicators](t, call(a, "seller", "GET", path, nil), 200)
	require.EqualValues(t, 1, in.Rates[0].Cleansed.Numerator)
	one := answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?limit=1&days=90", nil), 200)
	require.True(t, one.More)
	rest := answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?after="+one.Next, nil), 200)
	require.Equal(t, f.deltas, append(one.Deltas, rest.Deltas...))
	require.Equal(t, rest.Next, answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?after="+rest.Next, nil), 200).Next, "the place stays")
	refused(t, call(a, "seller", "GET", path+"?days=8", nil), http.StatusBadRequest, `days may not be "8"`)
	refused(t, call(a, "seller", "GET", path+"/deltas?after=x"+one.Next, nil), http.StatusBadRequest, "not one that this list")
	told := answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?order=told&limit=1", nil), 200)
	require.True(t, told.More)
	behind := answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?order=told&after="+told.Next, nil), 200)
	require.Equal(t, f.deltas, append(told.Deltas, behind.Deltas...))
	require.Equal(t, behind.Next, answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?order=told&after="+behind.Next, nil), 200).Next, "the place stays")
	require.Empty(t, answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?order=told&days=7&after="+behind.Next, nil), 200).Deltas)
	refused(t, call(a, "seller", "GET", path+"/deltas?order=told&after="+rest.Next, nil), http.StatusBadRequest, "not one that this list")
	refused(t, call(a, "seller", "GET", path+"/deltas?order=told&days=8", nil), http.StatusBadRequest, `days may not be "8"`)
	refused(t, call(a, "seller", "GET", path+"/deltas?order=seq", nil), http.StatusBadRequest, `order may not be "seq"`)
	f.deltas, f.desk = nil, casework.NewDesk(casework.DefaultPolicy())
	require.Equal(t, []orderguard.Delta{}, answerOf[DeltaPage](t, call(a, "seller", "GET", path+"/deltas?after="+rest.Next, nil), 200).Deltas)
}

func TestBuyersAndRules(t *testing.T) {
	f := newFake()
	share := 0.5
	f.rules = []Rule{{ID: "order-burst", Version: "9f2c41d0", Scenario: orderguard.MaliciousOrder, Fired: 12, Abnormal: 1, Normal: 1, Precision: &share}, {ID: "new", Version: "1", Scenario: orderguard.Harassment, Shadow: true}}
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.trade("s-1", "b-1", "o-al_1")
	b := answerOf[Buyer](t, call(a, "engineer", "GET", "/v1/buyers/b-1", nil), 200)
	require.Equal(t, 1, b.Record.Orders)
	require.Equal(t, "al_1", b.Alerts[0].Alert)
	require.Equal(t, orderguard.Unrestricted, b.Sanction.Level)
	refused(t, call(a, "reviewer", "GET", "/v1/buyers/b-9", nil), http.StatusNotFound, "")

	s := answerOf[orderguard.Sanction](t, send(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", `{"level":"warn","until":"2026-11-11T00:00:00Z","grounds":{"text":"a talk"}}`), 200)
	require.Equal(t, orderguard.Warned, s.Level)
	require.Equal(t, orderguard.Warned, answerOf[Buyer](t, call(a, "reviewer", "GET", "/v1/buyers/b-1", nil), 200).Sanction.Level)
	refused(t, send(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", `{"level":"warn","grounds":{"text":"a talk"}}`), http.StatusBadRequest, "has no end")
	refused(t, send(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", `{"level":"warn","until":"2020-11-11T00:00:00Z","grounds":{"text":"a talk"}}`), http.StatusBadRequest, "ends before it begins")
	s = answerOf[orderguard.Sanction](t, send(a, "reviewer", "PUT", "/v1/buyers/b-1/sanction", `{"level":"none","grounds":{"text":"heard"}}`), 200)
	require.Equal(t, orderguard.Unrestricted, s.Level)

	require.Equal(t, f.rules, answerOf[RuleList](t, call(a, "engineer", "GET", "/v1/rules", nil), 200).Rules)
}

func TestScreen(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	order := "{\n  " + goodBodies["POST /v1/screen"][1:]
	w := send(a, "feeder", "POST", "/v1/screen", order)
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"action":"allow","score":0,"reasons":[]}`, w.Body.String())
	require.Equal(t, []string{goodBodies["POST /v1/screen"]}, f.screened, "one line")
	f.screening = casework.Screening{Action: casework.BlockOrder, Score: 100, Reasons: []orderguard.Reason{{Rule: "sanction-freeze", Text: "frozen", TextZh: "已冻结"}}}
	require.Contains(t, send(a, "feeder", "POST", "/v1/screen", order).Body.String(), `"action":"block"`)
	refused(t, send(a, "feeder", "POST", "/v1/screen", `{"type":"order"}`), http.StatusBadRequest, "no new order")
	refused(t, send(a, "feeder", "POST", "/v1/screen", `{`), http.StatusBadRequest, "no JSON")
}

func TestStreamOfDecisions(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	url := serve(t, a) + decisions
	w := get(t, url, "enforcer", "Accept", "text/event-stream")
	require.Equal(t, "text/event-stream", w.Header.Get("Content-Type"))
	stream := bufio.NewReader(w.Body)
	readEvent(t, stream)
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.trade("s-1", "b-1", "o-al_1")
	answerOf[Judged](t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"abnormal"}`), 200)
	a.PublishDecisions()
	var first, second orderguard.Decision
	e := readEvent(t, stream)
	require.Equal(t, "decision", e.kind)
	require.NoError(t, json.Unmarshal([]byte(e.data), &first))
	require.NoError(t, json.Unmarshal([]byte(readEvent(t, stream).data), &second))
	require.Equal(t, f.decisions[:2], []orderguard.Decision{first, second})

	again := bufio.NewReader(get(t, url, "enforcer", "Accept", "text/event-stream", "Last-Event-ID", e.id).Body)
	readEvent(t, again)
	var next orderguard.Decision
	require.NoError(t, json.Unmarshal([]byte(readEvent(t, again).data), &next))
	require.Equal(t, second, next, "goes on where it broke")
	for _, after := range []string{"x", cursor(decisionScope, 99)} {
		require.Equal(t, http.StatusBadRequest, get(t, url, "enforcer", "Accept", "text/event-stream", "Last-Event-ID", after).StatusCode)
	}
}
