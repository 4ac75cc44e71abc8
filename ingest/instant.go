package ingest

import "github.com/orderguard/orderguard"

// parseInstant reads an RFC 3339 time, with 't' and 'z' in either case, and
// cuts off what is finer than a millisecond. It is false for anything else,
// and for times before 1970 or after 9999.
func parseInstant(s string) (orderguard.Millis, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") ||
		s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year, month, day := two(s, 0)*100+two(s, 2), two(s, 5), two(s, 8)
	hour, minute, second := two(s, 11), two(s, 14), two(s, 17)
	if two(s, 0) > 99 || two(s, 2) > 99 || month < 1 || month > 12 ||
		day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := ((daysTo(year, month, day)*24+int64(hour))*60+int64(minute))*60 + int64(second)
	ms, s := fraction(s[19:])
	if ms < 0 {
		return 0, false
	}
	offset, ok := zone(s)
	t = (t-offset)*1000 + ms
	return orderguard.Millis(t), ok && t >= 0 && t <= int64(orderguard.MaxTime)
}

// two returns the number of two digits at s[i:], or more than 99.
func two(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return 1000
	}
	return int(a)*10 + int(b)
}

// fraction reads the milliseconds of a fraction, if s begins with one, and
// returns the rest of s. It returns -1 for a point without digits.
func fraction(s string) (ms int64, rest string) {
	if s == "" || s[0] != '.' {
		return 0, s
	}
	i, scale := 1, int64(100)
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		ms += int64(s[i]-'0') * scale
		scale /= 10
	}
	if i == 1 {
		return -1, s
	}
	return ms, s[i:]
}

// zone reads a zone as seconds east of UTC.
func zone(s string) (seconds int64, ok bool) {
	if len(s) == 1 {
		return 0, s[0]|0x20 == 'z'
	}
	if len(s) != len("+07:00") || s[3] != ':' || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hour, minute := two(s, 1), two(s, 4)
	seconds = int64(hour*60+minute) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, hour <= 23 && minute <= 59
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysTo returns the days from the beginning of 1970 to a date. Years are
// counted from March, so that the leap day is a year's last.
func daysTo(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	ofYear := (153*((month+9)%12)+2)/5 + day - 1
	return int64(year*365 + year/4 - year/100 + year/400 + ofYear - 719468)
}
