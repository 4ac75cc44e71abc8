package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatWasSilencedComesBack calls an alert normal, lets the buyer go on, and takes the
// verdict back, after a crash too.
func TestWhatWasSilencedComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir)
	token := newToken(t, dir, "admin")
	d.post(token, attackLines(0, 12)...)
	alerts, _ := d.alerts(token, burstShops)
	require.Len(t, alerts, 12)
	judge := func(verdict string) {
		path := "/v1/shops/s-0/alerts/" + alerts[0].ID + "/verdict"
		a := d.call(http.MethodPut, path, token, strings.NewReader(`{"verdict":"`+verdict+`"}`), "Content-Type", "application/json")
		require.Equal(t, http.StatusOK, a.status, a.body)
	}
	judge("normal")
	d.post(token, attackLines(12, 20)...)
	silenced, _ := d.alerts(token, burstShops)
	require.Len(t, silenced, 12)
	require.Equal(t, "8", d.metric("orderguard_quieted_total"))
	d.stop() // with a snapshot
	d = startDaemon(t, dir)
	d.post(token, attackLines(20, 22)...)
	require.Error(t, d.end(syscall.SIGKILL))
	d = startDaemon(t, dir)
	judge("abnormal")
	back, _ := d.alerts(token, burstShops)
	require.Len(t, back, 22)
	judge("normal")
	judge("abnormal")
	again, _ := d.alerts(token, burstShops)
	require.Len(t, again, 22)
	d.stop()
}
