package detect

// isNoise says whether most letters of the text are in words that go along a
// keyboard, or whose letters stand together in no language, by a margin in tenths
// a letter.
func (r *reading) isNoise(letters, margin int) bool {
	if (r.count[formLatin]+r.count[formCyrillic])*10 < letters*9 {
		return false
	}
	var t noiseTally
	for i := 0; i < r.n; {
		end := r.wordEnd(i)
		if end == i {
			i++
			continue
		}
		t.words++
		r.weigh(i, end, &t)
		if i = end; t.plain*10 > letters*3 {
			return false
		}
	}
	if t.short == 0 && t.words > 1 && t.code > 0 { // beside noise, or alone
		t.noise, t.odd, t.other = t.noise+t.code, t.odd+100*t.code, t.other+100*t.code
	}
	switch {
	case t.walked >= 4 && (t.walked+t.noise)*10 >= (letters+r.count[formDigit])*7:
		return t.walked >= 6 || t.words > 1 || t.walked == letters
	case t.noise*10 < letters*7 || t.other < 20*t.noise:
		return t.words == 1 && r.isRandomCode()
	}
	from := oddFrom(t.noise, r.count[formCyrillic] > r.count[formLatin], r.capital*2 > letters)
	if r.capital > 0 && r.capital <= t.words && t.hands < 10*t.noise {
		from += 4 + 16*count(r.count[formCyrillic] > 0) // as names have
	}
	return t.odd > t.noise*(from+margin)
}

// noiseTally counts the letters of a text by what their words are.
type noiseTally struct {
	noise, plain, walked int
	odd, hands           int // how odd the noise is, and how much of that is what hands do
	other                int // how odd its letters would be in the other layout
	words, short         int // of which short ones have less than four letters and digits
	code                 int // letters of codes that nobody copies
}

// weigh adds the word [from, end) to a tally. Of a word with digits, which may be
// a model or a code, only long rows of letters count, and only if they are noise.
func (r *reading) weigh(from, end int, t *noiseTally) {
	word, cyrillic := r.sym[from:end], r.form[from] == formCyrillic
	if len(word) < 4 {
		t.short++
		return
	}
	if len(word) >= 10 && r.capital == 0 && r.turns(from, end) >= 5 {
		for _, f := range r.form[from:end] {
			t.code += count(f.isLetter())
		}
		return
	}
	if !hasDigit(word) {
		if sum := rarity(word, cyrillic); laughs(word) || r.mark&markScripts != 0 || r.mark&markRun != 0 && isDrawn(word) && sum <= 6*len(word) {
			t.plain += len(word)
			return
		}
	}
	switch {
	case isLayout(word):
		t.plain += len(word)
		return
	case walks(word, cyrillic) && r.turns(from, end)*3 < len(word) && r.form[from] != formDigit && r.form[end-1] != formDigit:
		t.walked += len(word)
		return
	}
	for i := from; i < end; {
		to := i
		for to < end && r.form[to] != formDigit {
			to++
		}
		if to-i >= 5 || to-i == len(word) {
			t.weighLetters(r.sym[i:to], cyrillic, to-i == len(word))
		}
		i = to + 1
	}
}

// weighLetters adds letters in a row, of which those that may be noise by their
// letters alone are looked at more closely.
func (t *noiseTally) weighLetters(word []uint16, cyrillic, whole bool) {
	sum, hands, odd := rarity(word, cyrillic), 0, 0
	if sum*2 > 3*len(word) {
		hands = oddness(word, cyrillic)
		odd = 10*sum + hands
	}
	switch n := len(word); {
	case odd > (25+13*count(cyrillic))*n || sum > (3+2*count(cyrillic))*n:
		t.noise += len(word)
		t.odd += odd
		t.hands += hands
		t.other += inOtherLayout(word, cyrillic)
	case whole:
		t.plain += len(word)
	}
}

// oddness says how much a word looks like what hands do on a keyboard, in tenths of
// rarity: they stay in a row, in the middle one above all, they do the same again,
// and they use few keys. The weights are those of a regression that told words of
// thirty languages from simulated noise.
func oddness(word []uint16, cyrillic bool) int {
	keys := latinKeys
	if cyrillic {
		keys = cyrillicKeys
	}
	row, home, again, distinct := 0, 0, 0, 0
	var seen uint64
	for i, c := range word {
		key := keys.place(c) >> 4
		home += count(key == 2)
		row += count(i > 0 && key == keys.place(word[max(i-1, 0)])>>4)
		distinct += count(seen>>(c&63)&1 == 0)
		seen |= 1 << (c & 63)
	}
	for period := 2; period <= 4; period++ {
		same := 0
		for i := period; i < len(word); i++ {
			same += count(word[i] == word[i-period])
		}
		again = max(again, same)
	}
	return 20*row*len(word)/max(len(word)-1, 1) + 20*home + 25*again - 40*distinct
}

// oddFrom is how odd, in tenths a letter, so long a noise is at least. Of the
// 60,000 most frequent words of thirty languages, names among them, three in ten
// thousand are above. Short capitals are codes.
func oddFrom(letters int, cyrillic, capitals bool) int {
	if letters < 4 || capitals && letters < 12 {
		return 1000
	}
	from := &oddLatin
	if cyrillic {
		from = &oddCyrillic
	}
	return int(from[min(letters, len(from)-1)])
}

var (
	oddLatin    = [...]uint8{4: 103, 70, 49, 36, 38, 32, 29, 28, 27}
	oddCyrillic = [...]uint8{4: 133, 100, 76, 65, 63, 58, 52, 48, 44}
)

// isLayout spares the names of keyboards, which are for sale.
func isLayout(word []uint16) bool {
	return len(word) == 6 && (word[5] == 'y' || word[5] == 'z') && (word[0] == 'q' || word[0] == 'a') && word[4] == 't' ||
		len(word) == 6 && word[0] == 'й' && word[5] == 'н'
}

// isDrawn says whether a word is drawn out, as in speech: "soooo", "xDDD".
func isDrawn(word []uint16) bool {
	longest, run, other := 1, 1, false
	for i := 1; i < len(word); i++ {
		if word[i] == word[i-1] {
			run++
			longest = max(longest, run)
		} else {
			run, other = 1, true
		}
	}
	return other && longest >= 3
}

func hasDigit(word []uint16) bool {
	for _, c := range word {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

// inOtherLayout returns how odd the letters of a word would be in the other
// layout of a Russian keyboard, in which people forget that they are.
func inOtherLayout(word []uint16, cyrillic bool) int {
	var other [32]uint16
	n := 0
	for _, c := range word[:min(len(word), len(other))] {
		if o := layoutToOther[c]; o != 0 {
			other[n] = o
			n++
		}
	}
	if n == 0 {
		return 150 * len(word)
	}
	return 10*rarity(other[:n], !cyrillic) + max(oddness(other[:n], !cyrillic), 0)
}
