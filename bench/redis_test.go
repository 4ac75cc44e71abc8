package bench

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The Redis design flags what the obvious program flags.
func TestRedis(t *testing.T) {
	var orders bytes.Buffer
	require.NoError(t, Load(&orders, nil, LoadOptions{Orders: 5000, Bursts: 5, Floods: 3}))
	want, got := map[string]bool{}, map[string]bool{}
	require.NoError(t, Obvious(bytes.NewReader(orders.Bytes()), func(order, _ string) { want[order] = true }))
	err := Redis(t.Context(), io.NopCloser(bytes.NewReader(orders.Bytes())), t.TempDir(), func(order, _ string) { got[order] = true })
	if errors.Is(err, ErrNoRedis) {
		t.Skip(err)
	}
	require.NoError(t, err)
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
}

// What is no answer of Redis is an error that shows it.
func TestRedisAnswers(t *testing.T) {
	redisAnswer := func(text string) (words []string, err error) {
		x := redisClient{in: bufio.NewReader(strings.NewReader(text))}
		err = x.reply(func(b []byte) { words = append(words, string(b)) })
		return words, err
	}
	words, err := redisAnswer("*2\r\n$3\r\no-1\r\n$0\r\n\r\n")
	require.NoError(t, err)
	require.Equal(t, []string{"o-1", ""}, words)
	words, err = redisAnswer("*0\r\n")
	require.NoError(t, err)
	require.Empty(t, words)
	for _, bad := range []string{"-ERR no script\r\n", "\n", "$x1\r\n"} {
		_, err = redisAnswer(bad)
		require.ErrorContains(t, err, "the server answers")
	}
	_, err = redisAnswer("$9\r\nshort\r\n")
	require.Error(t, err)
}
