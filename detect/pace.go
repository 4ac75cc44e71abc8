package detect

import "github.com/orderguard/orderguard"

// pace is how far the stream is by the times of its events. One that is more
// than jumpLimit ahead is believed when jumpEvents in a row are, so that one wrong
// clock moves nothing.
type pace struct {
	now   orderguard.Millis // how far the stream is
	ahead int               // how many events in a row are far ahead
	low   orderguard.Millis // the earliest of them, and the latest
	high  orderguard.Millis
}

const (
	jumpLimit  = 3_600_000
	jumpEvents = 16
)

// observe notes the time of an event.
func (p *pace) observe(at orderguard.Millis) {
	if p.now == 0 || at <= p.now+jumpLimit {
		p.now, p.ahead = max(p.now, at), 0
		return
	}
	if p.ahead++; p.ahead == 1 || at < p.low {
		p.low = at
	}
	if p.ahead == 1 || at > p.high {
		p.high = at
	}
	if p.ahead == jumpEvents {
		p.now, p.ahead = p.low, 0
	}
}
