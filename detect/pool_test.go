package detect

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPool holds that each part of each job is done once and before do returns,
// whoever does it, also while workers do something else meanwhile.
func TestPool(t *testing.T) {
	for workers := range 6 {
		p := newPool(workers)
		var little atomic.Int64
		spare := func() bool { return little.Add(1)%50 != 0 }
		for job := range 2000 {
			switch job {
			case 500:
				p.meanwhile.Store(&spare)
			case 1500:
				p.meanwhile.Store(nil)
			}
			parts := job % 12
			done := make([]int, parts)
			p.do(parts, func(part int) { done[part]++ })
			for part, n := range done {
				require.Equal(t, 1, n, "part %d of job %d, of %d workers", part, job, workers)
			}
		}
		p.close()
	}
}
