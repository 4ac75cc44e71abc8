package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSteadyClock(t *testing.T) {
	var c steadyClock
	const at, aDay = 1_800_000_000_000, 24 * 3600_000
	is := func(passed time.Duration, wall, want int64) {
		t.Helper()
		require.Equal(t, want-at, c.at(passed, wall)-at)
	}
	is(0, at, at)
	is(time.Second, at+1500, at+1500) // slewed
	is(2*time.Second, at+2000, at+2000)
	is(3*time.Second, at+aDay, at+3000) // one wrong reading
	is(4*time.Second, at+4000, at+4000)
	is(5*time.Second, at+5000-aDay, at+5000) // it is set back by a day, and stays
	is(5*time.Second+jumpLasts/2, at-aDay+5000+jumpLasts.Milliseconds()/2, at+5000+jumpLasts.Milliseconds()/2)
	is(6*time.Second+jumpLasts, at-aDay+6000+jumpLasts.Milliseconds(), at-aDay+6000+jumpLasts.Milliseconds())
	is(7*time.Second+jumpLasts, at-aDay+7000+jumpLasts.Milliseconds(), at-aDay+7000+jumpLasts.Milliseconds())
	// Readings that differ from one another are never believed.
	for i := range int64(100) {
		passed := 8*time.Second + jumpLasts + time.Duration(i)*time.Minute
		is(passed, at+i*aDay, at-aDay+passed.Milliseconds())
	}
}
