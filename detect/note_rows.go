package detect

import "strings"

// isOtherRows says whether a text of letters that are neither Latin nor Cyrillic is what fists make of their keyboards: rows of the same letter, or of
// neighbouring Arabic keys.
func (r *reading) isOtherRows(letters int) bool {
	if letters < 7 || r.count[formDigit] > 0 || r.count[formHan] < letters && r.count[formOther] < letters {
		return false
	}
	return r.isRuns(letters) || r.count[formOther] == letters && (r.walksArabic(letters) || letters >= 10 && r.rareArabic()*4 >= letters*3)
}

// isRuns says whether all letters of a text stand in rows of three and more of one, three rows at least or seven Han characters, and not half of them are what
// people write rows of: "あああうううんんん", but no "哈哈哈嘿嘿嘿".
func (r *reading) isRuns(letters int) bool {
	runs, run, meant, last := 0, 0, 0, uint16(0)
	for i := range r.n {
		switch c := r.sym[i]; {
		case !r.form[i].isWord():
			continue
		case c == last:
			run++
		case last != 0 && run < 3:
			return false
		default:
			runs, run, last = runs+1, 1, c
		}
		meant += count(meansMore(last))
	}
	return run >= 3 && meant*2 < letters && (runs >= 3 || runs == 2 && (letters >= 9 || r.count[formHan] > 0))
}

// arabicRows are the rows of an Arabic keyboard. Of the middle one runs count alone that have its first keys: the rest of it has the letters of half of all words.
var arabicRows = [...]string{"ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤر"}

// walksArabic says whether two of three letters of an Arabic text stand in runs along a row of the keyboard, of three keys and more.
func (r *reading) walksArabic(letters int) bool {
	if r.n == 0 || r.sym[0] < 0x600 || r.sym[0] > 0x6ff {
		return false
	}
	covered, from := 0, 0
	for i := 1; i <= r.n; i++ {
		if i < r.n && arabicStep(r.sym[i-1], r.sym[i]) {
			continue
		}
		if i-from >= 3 && !strings.ContainsRune(arabicRows[1][4:], rune(r.sym[from])) {
			covered += i - from
		}
		from = i
	}
	return letters >= 8 && covered*3 >= letters*2
}

// arabicStep says whether b is the key to the left of a.
func arabicStep(a, b uint16) bool {
	for _, row := range arabicRows {
		if at := strings.IndexRune(row, rune(a)); at >= 0 {
			return strings.HasPrefix(row[at+2:], string(rune(b)))
		}
	}
	return false
}
