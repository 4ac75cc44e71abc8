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

// TestSteadyClockGoesOn begins where the store's last record was written.
func TestSteadyClockGoesOn(t *testing.T) {
	const last, aDay = 1_800_000_000_000, 24 * 3600_000
	for _, c := range []struct {
		what string
		wall int64
		held bool
	}{
		{"restarted", last + 1000, false},
		{"slewed back", last - 1000, false},
		{"stopped for a week", last + 7*aDay, false},
		{"dead battery", 1000, true},
		{"set back an hour", last - 3600_000, true},
		{"a year ahead", last + 365*aDay, true},
	} {
		var clock steadyClock
		clock.goOn(last, c.wall)
		want := c.wall + 1000
		if c.held {
			want = last + 1000
		}
		require.Equal(t, want, clock.at(time.Second, c.wall+1000), c.what)
		later := time.Second + jumpLasts
		require.Equal(t, c.wall+later.Milliseconds(), clock.at(later, c.wall+later.Milliseconds()), "%s: it has stayed", c.what)
	}
}
