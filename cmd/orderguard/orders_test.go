package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// TestOrdersAreIndexed looks up an order as the daemon keeps it.
func TestOrdersAreIndexed(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{Reserve: -1, Orders: ordersOf})
	require.NoError(t, err)
	defer s.Close()
	line := func(order string, n int) string {
		return fmt.Sprintf(`{"type":"order","id":"e-%s-%d","ts":"2026-11-11T00:00:0%dZ","shop":"s-1","buyer":"b-1","order":%q,"status":"created"}`, order, n, n, order)
	}
	for n := range 3 {
		raw := line("o-1", n) + "\nno event o-1\n" + line("o-2", n) + "\r\n\n"
		_, err := s.Append([]store.Record{{Kind: store.Lines, Feed: "tcp", Raw: []byte(raw)}})
		require.NoError(t, err)
	}
	found, err := s.Order("o-1")
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.Equal(t, line("o-1", 2), string(found[2]))
	found, err = s.Order("o-2")
	require.NoError(t, err)
	require.Len(t, found, 3)
}

// TestNamesAreThoseOfTheLines holds that the index gets the same orders from events as
// from their lines.
func TestNamesAreThoseOfTheLines(t *testing.T) {
	var text bytes.Buffer
	_, err := bench.Generate(&text, io.Discard, bench.GenOptions{Seed: 5, Orders: 30})
	require.NoError(t, err)
	text.Truncate(bytes.LastIndexByte(text.Bytes()[:100_000], '\n') + 1)
	text.WriteString("no event\n")
	var redecoder ingest.Redecoder
	batch, err := redecoder.Decode(text.Bytes(), "f", "f", 1, 0)
	require.NoError(t, err)
	require.NotEmpty(t, batch.Rejects)
	var want []string
	orderOf := ordersOf()
	for line := range bytes.Lines(text.Bytes()) {
		if order := orderOf(bytes.TrimRight(line, "\n")); order != "" {
			want = append(want, strings.Clone(order))
		}
	}
	var got []string
	for order := range namesIn(batch) {
		if order != "" {
			got = append(got, order)
		}
	}
	require.Equal(t, want, got)
}
