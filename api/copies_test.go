package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeCopies is the part Copies. A copy says what was asked for.
type fakeCopies struct {
	faults []string
	fail   error // after text
	text   string
}

func (f *fakeCopies) Backup(_ context.Context, w io.Writer, store string, since uint64) error {
	if f.text == "" && f.fail != nil {
		return f.fail
	}
	if _, err := fmt.Fprintf(w, "%s of %q since %d", f.text, store, since); err != nil {
		return err
	}
	return f.fail
}

func (f *fakeCopies) Check(context.Context) (CheckResult, error) {
	return CheckResult{Faults: f.faults}, f.fail
}

func TestBackup(t *testing.T) {
	f := newFake()
	f.copies = fakeCopies{text: "all"}
	a := newAPI(t, f, Options{})
	require.Equal(t, `all of "" since 0`, call(a, "admin", "GET", "/v1/backup", nil).Body.String())
	w := call(a, "admin", "GET", "/v1/backup?store=ab&since=17", nil)
	require.Equal(t, `all of "ab" since 17`, w.Body.String())
	require.Equal(t, "application/octet-stream", w.Header().Get("Content-Type"))
	refused(t, call(a, "admin", "GET", "/v1/backup?since=x", nil), http.StatusBadRequest, "no version")
	f.copies = fakeCopies{fail: fmt.Errorf("%w: %w", ErrInvalid, errors.New("of another store"))}
	p := refused(t, call(a, "admin", "GET", "/v1/backup?store=ab&since=17", nil), http.StatusBadRequest, "")
	require.Equal(t, "Of another store.", p.Detail)
	f.copies = fakeCopies{fail: ErrDamaged}
	refused(t, call(a, "admin", "GET", "/v1/backup", nil), http.StatusServiceUnavailable, "damaged")
}

// TestBackupThatBreaksOff holds that a client does not take half a copy for one.
func TestBackupThatBreaksOff(t *testing.T) {
	f := newFake()
	f.copies = fakeCopies{text: string(bytes.Repeat([]byte("x"), 100_000)), fail: errors.New("the disk is gone")}
	srv := httptest.NewServer(newAPI(t, f, Options{}).handler)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/backup", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer og_admin")
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer w.Body.Close()
	_, err = io.ReadAll(w.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestCheck(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	require.JSONEq(t, `{"faults":[],"lost":[]}`, call(a, "admin", "GET", "/v1/check", nil).Body.String())
	f.copies = fakeCopies{faults: []string{"a record is missing"}}
	require.JSONEq(t, `{"faults":["a record is missing"],"lost":[]}`, call(a, "admin", "GET", "/v1/check", nil).Body.String())
	f.copies = fakeCopies{fail: errors.New("cannot")}
	refused(t, call(a, "admin", "GET", "/v1/check", nil), http.StatusInternalServerError, "inside")
}
