package casework

import (
	"fmt"
	"time"

	"github.com/orderguard/orderguard"
)

// How numbers are said to people.

// some says how many things there are, in English: "1 order", "3 orders".
func some(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// lasting says a length of time.
func lasting(m orderguard.Millis) orderguard.Wording {
	v := int64(m)
	switch {
	case v != 0 && v%day == 0:
		return orderguard.Wording{En: some(v/day, "day"), Zh: fmt.Sprintf("%d 天", v/day)}
	case v%hour == 0:
		return orderguard.Wording{En: some(v/hour, "hour"), Zh: fmt.Sprintf("%d 小时", v/hour)}
	case v%minute == 0:
		return orderguard.Wording{En: some(v/minute, "minute"), Zh: fmt.Sprintf("%d 分钟", v/minute)}
	}
	text := (time.Duration(v) * time.Millisecond).String()
	return orderguard.Wording{En: text, Zh: text}
}
