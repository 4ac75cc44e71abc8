package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

func TestDeadLettersRoundTrip(t *testing.T) {
	src, _, rejects := messy(rand.New(rand.NewPCG(3, 3)), 2000)
	r := NewReader(bytes.NewReader(src), ReaderOptions{Source: "feed <1>", Workers: 1, BlockSize: minBlock})
	defer r.Close()
	var out bytes.Buffer
	d := NewDeadLetters(&out)
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			break
		}
		require.NoError(t, d.Write(b))
		r.Recycle(b)
	}
	require.NoError(t, d.Flush())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, len(rejects))
	for i, line := range lines {
		var x deadLetter
		require.NoError(t, json.Unmarshal([]byte(line), &x))
		require.Equal(t, "feed <1>", x.Source)
		require.Equal(t, rejects[i].Line, x.Line)
		require.Equal(t, rejects[i].Offset, x.Offset)
		require.NotZero(t, x.Reason)
		require.NotEmpty(t, x.Error)
		raw := x.RawBase64
		if x.Raw != nil {
			require.Nil(t, raw)
			raw = []byte(*x.Raw)
		}
		require.Equal(t, string(rejects[i].Raw), string(raw))
		require.Equal(t, string(rejects[i].Raw), string(src[x.Offset:x.Offset+int64(len(raw))]), "the offset leads back to the line")
	}
}

func TestDeadLettersForm(t *testing.T) {
	var out bytes.Buffer
	d := NewDeadLetters(&out)
	require.NoError(t, d.Write(&orderguard.Batch{Source: "s", Rejects: []orderguard.Reject{
		{Line: 3, Offset: 70, Reason: orderguard.NotJSON, Detail: "bad", Raw: []byte("<\u5e97>\x00")},
		{Line: 4, Offset: 80, Reason: orderguard.LineTooLong, Detail: "long", Raw: []byte{0xff}, Cut: true},
		{Line: 5, Offset: 90, Reason: orderguard.NotJSON, Detail: "empty"},
	}}))
	require.Empty(t, out.String(), "it is buffered")
	require.NoError(t, d.Flush())
	require.Equal(t, `{"source":"s","line":3,"offset":70,"reason":"not_json","error":"bad","raw":"<店>\u0000"}
{"source":"s","line":4,"offset":80,"reason":"line_too_long","error":"long","raw_base64":"/w==","cut":true}
{"source":"s","line":5,"offset":90,"reason":"not_json","error":"empty","raw":""}
`, out.String())
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestDeadLettersErrors(t *testing.T) {
	d := NewDeadLetters(full{})
	require.NoError(t, d.Write(&orderguard.Batch{Rejects: make([]orderguard.Reject, 1)}))
	require.EqualError(t, d.Flush(), "ingest: write dead letters: no space left")
	require.Error(t, d.Write(&orderguard.Batch{Rejects: make([]orderguard.Reject, 1)}))
}
