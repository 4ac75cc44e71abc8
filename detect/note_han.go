package detect

import "strings"

// homeKeys holds of each common Han character the key that its pinyin begins
// with, if that is one of the middle or the upper row (see tools/letters.py).
var homeKeys = makeHomeKeys()

func makeHomeKeys() *[hanLast - hanFirst + 1]uint8 {
	var t [hanLast - hanFirst + 1]uint8
	for line := range strings.Lines(string(mustRead("home.txt"))) {
		for _, c := range strings.TrimSpace(line[1:]) {
			t[c-hanFirst] = latinKeys[line[0]]
		}
	}
	return &t
}

// isHanWalk says whether a text is what a Chinese keyboard makes of hands that go
// along its middle or its upper row: most of the next characters begin with the next key.
// Of a hundred thousand rows of random words, 24 do, nearly all along the middle one.
func (r *reading) isHanWalk() bool {
	n := r.count[formHan]
	if n < 5 || n < r.letters() || r.count[formDigit] > 0 {
		return false
	}
	near, last := 0, 0
	for i := range r.n {
		if r.form[i] != formHan {
			continue
		}
		key := int(homeKeys[r.sym[i]-hanFirst])
		if key == 0 || last > 0 && key>>4 != last>>4 {
			return false
		}
		near += count(last > 0 && (key == last+1 || key == last-1))
		last = key
	}
	return near*10 >= (n-1)*6
}
