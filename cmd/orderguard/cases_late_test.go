package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// What comes too late is refused over HTTP: another verdict on a case that is closed, an appeal after its
// time, and a decision on what is final. The folder was last written a month ago, by a daemon to which time
// has passed since.
func TestServeRefusesWhatComesTooLate(t *testing.T) {
	t.Parallel()
	dir, then := t.TempDir(), orderguard.Millis(time.Now().Add(-30*24*time.Hour-time.Hour).UnixMilli())
	var lines strings.Builder
	for i := range 10 {
		fmt.Fprintf(&lines, `{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-%d"}`+"\n", i, int64(then)+int64(i), i)
	}
	o := casework.Order{Order: "o-1", Shop: "s-1", Buyer: "b-1", Created: then, Known: true}
	alert, report := detect.AlertID("o-1", orderguard.MaliciousOrder), casework.ReportID("o-1", orderguard.Harassment)
	acts, err := json.Marshal([]casework.Act{
		{At: then + 20, By: "tk_1", Judge: &casework.Judge{Shop: "s-1", Answer: orderguard.AnswerAbnormal, Flags: []casework.Flag{{
			Alert: alert, Attack: "at_1", Scenario: orderguard.MaliciousOrder, Severity: orderguard.High, Order: o}}}},
		{At: then + 21, By: "tk_1", File: &casework.File{Shop: "s-1", Scenario: orderguard.Harassment, Statement: "insults", Evidence: []string{}, Order: o}},
		{At: then + 22, By: "tk_2", Decide: &casework.Decide{Report: report, Grounds: orderguard.Wording{En: "nothing shows it"}, Order: o}},
	})
	require.NoError(t, err)
	s, err := store.Open(dir, store.Options{Reserve: -1, Orders: ordersOf})
	require.NoError(t, err)
	_, err = s.Append([]store.Record{
		{Kind: store.Lines, Feed: "till", Source: "till", Wall: int64(then) + 10, Raw: []byte(lines.String())},
		{Kind: store.Acts, Wall: int64(then) + 22, Raw: acts},
	})
	require.NoError(t, err)
	require.NoError(t, s.Close())

	admin := newToken(t, dir, "admin")
	d := startDaemon(t, dir, "--rules", writeRules(t, burstRule))
	is := func(method, path, body string, status int, kind, detail string) {
		t.Helper()
		w := d.call(method, path, admin, strings.NewReader(body))
		require.Equal(t, status, w.status, w.body)
		require.Contains(t, w.body, kind)
		require.Contains(t, w.body, detail)
	}
	await(t, "the alert", func() bool { return len(d.page(admin, "s-1", "", "status=abnormal").Alerts) == 1 })
	await(t, "the time for an appeal to be over", func() bool {
		return strings.Contains(d.call("GET", "/v1/reports/"+report, admin, nil).body, `"state":"final"`)
	})
	is("PUT", "/v1/shops/s-1/alerts/"+alert+"/verdict", `{"verdict":"normal"}`, http.StatusConflict, "problem:too-late", "is closed")
	is("POST", "/v1/shops/s-1/reports/"+report+"/appeal", `{"statement":"a recording"}`, http.StatusConflict, "problem:too-late", "the time for an appeal is over")
	is("PUT", "/v1/reports/"+report+"/decision", `{"upheld":true,"grounds":{"text":"a recording"}}`, http.StatusConflict, "problem:state-conflict", "is final")
	other := detect.AlertID("o-2", orderguard.MaliciousOrder)
	is("PUT", "/v1/shops/s-1/alerts/"+other+"/verdict", `{"verdict":"normal"}`, http.StatusOK, `"status":"normal"`, "") // its case is not closed
}
