package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeRivalPosts sends two posts of one stream at once: the older is told what came of it, or
// that the newer one has taken its place, at whatever moment that comes.
func TestServeRivalPosts(t *testing.T) {
	t.Parallel()
	rules, dir := writeRules(t, burstRule), t.TempDir()
	admin := newToken(t, dir, "admin")
	d := startDaemon(t, dir, "--rules", rules)
	for round := range 30 {
		var body bytes.Buffer
		for i := range 3000 {
			fmt.Fprintf(&body, `{"type":"message","id":"e-%d-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-1","from":"buyer","text":"x"}`+"\n", round, i, 1_770_000_000_000+i)
		}
		var both sync.WaitGroup
		var answers [2]answer
		for i := range answers {
			both.Go(func() {
				time.Sleep(time.Duration(i*(round+1)) * time.Millisecond)
				var post io.Reader = bytes.NewReader(body.Bytes())
				if round%2 == 1 {
					post = io.MultiReader(post) // of no known length: sent in chunks
				}
				answers[i] = d.call("POST", "/v1/events", admin, post, "X-Orderguard-Stream", fmt.Sprint("s", round), "X-Orderguard-Offset", "0")
			})
		}
		both.Wait()
		taken := 0
		for _, a := range answers { // on a busy machine the second may come first
			require.Contains(t, []int{http.StatusOK, http.StatusConflict}, a.status, a.body)
			if a.status == http.StatusOK {
				taken++
			}
		}
		require.Positive(t, taken, "the newer one")
	}
}
