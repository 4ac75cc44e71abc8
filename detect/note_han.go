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

// usedHan has a bit for each Han character that GB 2312 holds, which are those that
// texts of today are written with (see tools/letters.py).
var usedHan = mustRead("han.bin")

// isRareHan says whether a text is characters that hardly anybody writes: five at least, six of
// ten of all, and no words beside them. A rare name is one or two, and stands among others.
func (r *reading) isRareHan() bool {
	n, rare := r.count[formHan], 0
	if n < 5 || n < r.letters() || r.count[formDigit] > 0 {
		return false
	}
	for i := range r.n {
		if r.form[i] == formHan {
			at := r.sym[i] - hanFirst
			rare += count(usedHan[at/8]>>(at%8)&1 == 0)
		}
	}
	return rare >= 5 && rare*10 >= n*6
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
