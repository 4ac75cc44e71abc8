package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that options write as text: "90s", "36h", and
// also whole or broken days, "7d", "1.5d".
type Duration time.Duration

// Day is 24 hours.
const Day = Duration(24 * time.Hour)

// maxDays is how many days a Duration may hold, some 290 years.
const maxDays = 106_000

// Days returns n days, whole or broken. It fails where a Duration cannot hold
// them.
func Days(n float64) (Duration, error) {
	if !(n >= -maxDays && n <= maxDays) { // NaN too
		return 0, fmt.Errorf("%v days: want at most %d", n, maxDays)
	}
	return Duration(n * float64(Day)), nil
}

// UnmarshalText reads the forms that the type's comment gives.
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		f, err := strconv.ParseFloat(days, 64)
		if err != nil {
			return fmt.Errorf("duration %q: want a form like 90s, 36h or 7d", s)
		}
		if *d, err = Days(f); err != nil {
			return fmt.Errorf("duration %q: %w", s, err)
		}
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("duration %q: want a form like 90s, 36h or 7d", s)
	}
	*d = Duration(v)
	return nil
}

// String writes whole days as days and the rest as time.Duration does.
func (d Duration) String() string {
	if d != 0 && d%Day == 0 {
		return strconv.FormatInt(int64(d/Day), 10) + "d"
	}
	return time.Duration(d).String()
}

// MarshalText returns the text of String. It never fails.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// ms returns the duration in milliseconds.
func (d Duration) ms() int64 { return time.Duration(d).Milliseconds() }

// Range is a closed interval from which each instance draws its own value. The
// zero Range stands for the default.
type Range[T int | Duration] struct {
	Min T `json:"min" yaml:"min"`
	Max T `json:"max" yaml:"max"`
}

// pick draws a value of the range. In a wide one each doubling is as likely as
// the next, so that small values are as common as large ones.
func (r Range[T]) pick(rnd *rand.Rand) T {
	if r.Max <= r.Min {
		return r.Min
	}
	if r.Min > 0 && r.Max/r.Min >= 6 {
		return min(r.Max, T(logBetween(rnd, float64(r.Min), float64(r.Max)+.5)))
	}
	return r.Min + T(rnd.Int64N(int64(r.Max-r.Min)+1))
}

// zero says whether the range was not given.
func (r Range[T]) zero() bool { return r == Range[T]{} }
