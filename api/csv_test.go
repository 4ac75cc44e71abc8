package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// rowsOf reads a table: the names of its columns, and its rows by them.
func rowsOf(t testing.TB, w *httptest.ResponseRecorder) (columns []string, rows []map[string]string) {
	t.Helper()
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Equal(t, "text/csv; charset=utf-8; header=present", w.Header().Get("Content-Type"))
	require.True(t, strings.HasSuffix(w.Body.String(), "\r\n"))
	all, err := csv.NewReader(w.Body).ReadAll()
	require.NoError(t, err)
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

// next is the path that the header Link has of the next page.
func nextPage(w *httptest.ResponseRecorder) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	return path
}

func TestAlertsAsTable(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	shop := "/v1/shops/" + url.PathEscape("a/b 店") + "/alerts"
	for i := range 3 {
		f.put("a/b 店", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
		f.alerts[i].Buyer = []string{`=HYPERLINK("http://x","y")`, "买家\",\n2\r3\r\n4", "b-3"}[i]
		f.alerts[i].Reasons = []orderguard.Reason{{Text: "12 orders", TextZh: "12 笔订单"}, {Text: "@night", TextZh: "夜间"}}
	}
	w := call(a, "seller", "GET", shop+"?limit=2&status=open", nil, "Accept", "text/csv")
	text := w.Body.String()
	columns, rows := rowsOf(t, w)
	require.Equal(t, "alert", columns[0])
	require.Len(t, rows, 2)
	require.Equal(t, `'=HYPERLINK("http://x","y")`, rows[0]["buyer"], "no formula")
	require.Contains(t, text, "\"买家\"\",\n2\r3\r\n4\"", "the reader makes one line end of two")
	require.Equal(t, "12 orders; @night", rows[0]["reasons"])
	require.Equal(t, "12 笔订单；夜间", rows[0]["reasons_zh"])
	require.Equal(t, "2023-11-14T22:13:20.000Z", rows[0]["flagged_at"])
	require.Contains(t, w.Header().Get("Vary"), "Accept")
	require.Contains(t, nextPage(w), "status=open")

	w = call(a, "seller", "GET", nextPage(w), nil, "Accept", "text/csv")
	_, rows = rowsOf(t, w)
	require.Len(t, rows, 1)
	require.Empty(t, nextPage(w))

	// The two forms of a page have tags of their own.
	tag := w.Header().Get("Etag")
	require.NotEqual(t, tag, call(a, "seller", "GET", shop, nil).Header().Get("Etag"))
	require.Equal(t, http.StatusNotModified, call(a, "seller", "GET", shop, nil, "Accept", "text/csv", "If-None-Match", tag).Code)
	require.Len(t, pageOf(t, call(a, "seller", "GET", shop, nil, "If-None-Match", tag)).Alerts, 3)

	f.trade("a/b 店", "b-1", "o-al_0")
	answerOf[Judged](t, send(a, "seller", "PUT", shop+"/al_0/verdict", `{"verdict":"ignore","comment":"-1"}`), 200)
	_, rows = rowsOf(t, call(a, "seller", "GET", shop+"?status=ignored", nil, "Accept", "text/csv"))
	require.Equal(t, []string{"tk_seller", "'-1"}, []string{rows[0]["verdict_by"], rows[0]["comment"]})
}

func TestReportsAsTable(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	for i := range 3 {
		order := fmt.Sprintf("o-%d", i)
		f.trade("s-1", "b-1", order)
		answerOf[orderguard.Report](t, send(a, "seller", "POST", reports, `{"order":"`+order+`","scenario":"harassment","statement":"+x","evidence":["h1","h2"]}`), 201)
	}
	decision := "/v1/reports/" + f.filed[0] + "/decision"
	answerOf[orderguard.Report](t, send(a, "reviewer", "PUT", decision, `{"upheld":false,"grounds":{"text":"no","text_zh":"否"}}`), 200)
	answerOf[orderguard.Report](t, send(a, "seller", "POST", reports+"/"+f.filed[0]+"/appeal", `{"statement":"=but"}`), 200)
	w := call(a, "seller", "GET", reports+"?limit=2", nil, "Accept", "text/csv")
	_, rows := rowsOf(t, w)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"'+x", "h1 h2", "false", "no", "否", "'=but"},
		[]string{rows[0]["statement"], rows[0]["evidence"], rows[0]["upheld"], rows[0]["grounds"], rows[0]["grounds_zh"], rows[0]["appeal"]})
	require.Empty(t, rows[1]["upheld"], "not decided")
	require.NotEmpty(t, rows[1]["due"])
	_, rows = rowsOf(t, call(a, "seller", "GET", nextPage(w), nil, "Accept", "text/csv"))
	require.Equal(t, "o-2", rows[0]["order"])
}

func TestIndicatorsAsTable(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.trade("s-1", "b-1", "o-al_1")
	f.trade("s-1", "b-2", "o-2")
	answerOf[Judged](t, send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"abnormal"}`), 200)
	path := "/v1/shops/s-1/indicators"
	_, rows := rowsOf(t, call(a, "seller", "GET", path, nil, "Accept", "text/csv"))
	require.Equal(t, []string{"dispute_rate", "2", "1", "1"}, []string{rows[0]["indicator"], rows[0]["raw_numerator"], rows[0]["excluded_numerator"], rows[0]["cleansed_numerator"]})
	last := rows[len(rows)-1]
	require.Equal(t, []string{"disputes", "'=k-1", "2", "1", "1"}, []string{last["indicator"], last["sku"], last["raw"], last["excluded"], last["cleansed"]})

	w := call(a, "seller", "GET", path+"/deltas?limit=1&days=90", nil, "Accept", "text/csv")
	_, rows = rowsOf(t, w)
	require.Equal(t, []string{"o-al_1", "-1", "verdict/al_1"}, []string{rows[0]["order"], rows[0]["numerator"], rows[0]["cause"]}, "a number stays one")
	require.Contains(t, nextPage(w), "days=90")
	_, rest := rowsOf(t, call(a, "seller", "GET", nextPage(w), nil, "Accept", "text/csv"))
	require.Equal(t, "escalation_rate", rest[0]["indicator"], "the next one")
}

func TestFormulasAreText(t *testing.T) {
	for cell, want := range map[any]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\r=1": "'\r=1", "＝1": "'＝1", "a=1": "a=1", "": "", -1: "-1", -0.5: "-0.5"} {
		require.Equal(t, want, cellText(cell))
	}
}
