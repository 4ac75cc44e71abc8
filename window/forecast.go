package window

import "math"

// begin makes a row that of a new key.
func (n *Normal) begin(c *crowd, r *normalRow, h int32) {
	*r = normalRow{first: h, last: h}
	n.forecast(c, r)
}

// roll closes the hours of a row up to h, which becomes the present one.
func (n *Normal) roll(c *crowd, r *normalRow, h int32) {
	n.closeHour(c, r)
	if gap := int(h - r.last); gap > longGap {
		n.skip(c, r, h)
	} else {
		for r.last < h {
			n.closeHour(c, r)
		}
	}
	n.forecast(c, r)
}

// closeHour learns from the present hour of a row, and goes on to the next.
func (n *Normal) closeHour(c *crowd, r *normalRow) {
	of := int(r.last % 24)
	mean, had := n.rate(c, r, of), float64(r.now)
	// An hour that is far too busy counts as one that is just that, so that an
	// attack does not become the rule. A young key is taken as it is.
	if r.last-r.first >= youngHours {
		had = min(had, mean+boldness*math.Sqrt(mean+priorWidth*mean*mean)+3)
	}
	r.day[of] = r.day[of]*dayFade + float32(had)
	off := had - mean
	r.off = r.off*hourFade + float32(off*off-mean)
	r.size = r.size*hourFade + float32(mean*mean)
	r.had = r.had*recentFade + float32(had)
	r.expected = r.expected*recentFade + float32(mean)
	c.add(of, had, 1)
	r.now = 0
	r.last++
}

// hourFade is dayFade by the hour.
const hourFade = 0.996917

// skip goes over many hours without events at once.
func (n *Normal) skip(c *crowd, r *normalRow, h int32) {
	gap := h - r.last
	for of := range int32(24) {
		// How often this hour of the day has passed.
		k := passed(r.last, h, of)
		r.day[of] *= float32(n.fade[min(k, maxFade-1)])
	}
	left := float32(math.Pow(dayFade, float64(gap)/24))
	r.off *= left
	r.size *= left
	r.had, r.expected = 0, 0
	c.add(0, 0, float64(gap))
	r.last = h
}

// passed returns how often an hour of the day is among the hours [from, to).
func passed(from, to, of int32) int32 {
	ahead := (of - from%24 + 24) % 24 // until it first comes
	if to-from <= ahead {
		return 0
	}
	return (to-from-ahead-1)/24 + 1
}

// level returns how many events an hour a key has: those it had, over the hours
// in which it could have had them, each as much as it counts for others; with
// a guess from all keys.
func (n *Normal) level(c *crowd, r *normalRow) float64 {
	had, hours := priorEvents, 0.0
	// An hour of the day has passed as often as days have, or once more if it is
	// among the rest.
	days, rest := int((r.last-r.first)/24), int((r.last-r.first)%24)
	less, more := n.seen[min(days, maxFade-1)], n.seen[min(days+1, maxFade-1)]
	of := int(r.first % 24)
	for i := range 24 {
		seen := less
		if i < rest {
			seen = more
		}
		had += float64(r.day[of])
		hours += seen * c.weight(of)
		if of++; of == 24 {
			of = 0
		}
	}
	hours = hours*c.scale() + priorEvents/c.rate(n.o.Rate)
	return had / hours
}

// rate returns how many events a key has in an hour of the day.
func (n *Normal) rate(c *crowd, r *normalRow, of int) float64 {
	guess := float64(r.level) * c.share(of)
	seen := n.seen[min(passed(r.first, r.last, int32(of)), maxFade-1)]
	return (float64(r.day[of]) + priorDays*guess) / (seen + priorDays)
}

// width returns the relative variance of what the key has in an hour, beyond
// that of chance.
func (r *normalRow) width() float64 {
	guess := priorHours * float64(r.level) * float64(r.level)
	return min(max((float64(r.off)+priorWidth*guess)/(float64(r.size)+guess), 0.01), 2)
}

// forecast sets what the present hour of a row should have, and the hour before it.
func (n *Normal) forecast(c *crowd, r *normalRow) {
	r.level = float32(n.level(c, r))
	width := r.width()
	// If the last hours were busier than they should have been, so is this one.
	calm := 4 + 4*width*float64(r.expected)
	busy := min(max((float64(r.had)+calm)/(float64(r.expected)+calm), 1), 4)
	r.present = float32(busy * n.rate(c, r, int(r.last%24)))
	r.before = float32(busy * n.rate(c, r, int((r.last+23)%24)))
	// Of how many hours the day knows is how sure its level is.
	r.shape = float32(1 / (1/(float64(r.level)*r.hours()+priorEvents) + width))
}

// hours returns how many hours are known of a row, at most two weeks.
func (r *normalRow) hours() float64 { return float64(min(r.last-r.first, 24*14)) }

// surprise returns how surprising it is that a key has more than so many
// events at a time.
func (n *Normal) surprise(r *normalRow, at, count int64) int64 {
	if count < 1 {
		return 0
	}
	in := min(max(at-int64(r.last)*hour, 0), n.o.Within) // of the window, in the present hour
	mean := (float64(r.present)*float64(in) + float64(r.before)*float64(n.o.Within-in)) / hour
	if float64(count) <= mean {
		return 0
	}
	hours := r.hours()
	d := decibans * boundNB(float64(count), mean, float64(r.shape)) * hours / (hours + youngHours)
	return int64(min(d, float64(n.o.Most)))
}

// boundNB returns -ln of Chernoff's bound of the chance that a negative
// binomial count of a mean and a shape is n or more, where n is above the mean. The bound is never below
// the chance, so nothing is made more surprising than it is.
func boundNB(n, mean, shape float64) float64 {
	return n*math.Log(n/mean) - (n+shape)*math.Log1p((n-mean)/(mean+shape))
}

// add takes in hours of a key that have passed, and how many events it had in
// the first of them. What is old counts less and less.
func (c *crowd) add(of int, events, hours float64) {
	c.hours += hours
	c.events += events
	c.day[of] += events
	if c.hours > 1<<18 {
		c.hours /= 2
		c.events /= 2
		for i := range c.day {
			c.day[i] /= 2
		}
	}
}

// rate returns how many events an hour a key has, in the mean.
func (c *crowd) rate(guess float64) float64 {
	return (c.events + guess*crowdHours) / (c.hours + crowdHours)
}

// share returns how many times as many events an hour of the day has as one has
// in the mean.
func (c *crowd) share(of int) float64 { return c.weight(of) * c.scale() }

func (c *crowd) weight(of int) float64 { return c.day[of] + crowdEvents }

func (c *crowd) scale() float64 { return 24 / (c.events + 24*crowdEvents) }
