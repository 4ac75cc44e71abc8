package casework

import "github.com/orderguard/orderguard"

// streamClock is how far the stream has come in event time, for deadlines and for the
// days of the indicators. The stream's own clock, which windows let go of old events by,
// waits for thousands of events before it believes a jump of more than an hour: a night
// without an order would stop the indicators for as long. So an event's time is believed
// here if it lies within a day before the wall clock, and otherwise, as in a history that
// is read again, when so many in a row agree on it. One wrong clock among the senders
// moves nothing.
type streamClock struct {
	now   orderguard.Millis
	ahead int               // events in a row, each more than an hour ahead
	least orderguard.Millis // the earliest of those
}

const (
	aheadInARow = 16
	livesWithin = day
)

// see takes in the time of an event that came at wall, 0 if that is not known. One that
// comes from no stream, and so without its clock, is believed.
func (c *streamClock) see(e *orderguard.Event, wall orderguard.Millis) {
	if e.Clock == 0 {
		c.now = max(c.now, e.Time)
		return
	}
	c.now = max(c.now, e.Clock)
	switch {
	case e.Time <= c.now+hour:
		c.now, c.ahead = max(c.now, e.Time), 0
	case wall > 0 && e.Time > wall+hour: // nobody can know of it yet
	case wall > 0 && e.Time >= wall-livesWithin:
		c.now, c.ahead = e.Time, 0
	default:
		if c.ahead == 0 || e.Time < c.least {
			c.least = e.Time
		}
		if c.ahead++; c.ahead == aheadInARow {
			c.now, c.ahead = c.least, 0
		}
	}
}
