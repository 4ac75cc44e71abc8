package detect

import "unicode/utf8"

// read reads as much of text as there is room for, and returns where it
// stopped. The reading is to be new.
func (r *reading) read(text string) int {
	r.text = text
	var pending symbol // what stands between the last symbol and the next
	prev := formDrop
	for i := 0; i < len(text); {
		var s symbol
		size := 1
		if c := text[i]; c < utf8.RuneSelf {
			s = lowSymbols[c]
			if s.form == formLatin && prev == formLatin && pending.form == formDrop {
				i = r.latin(text, i) // most letters come so
				if i < len(text) && r.n+2 > maxReading {
					return i
				}
				continue
			}
		} else {
			var c rune
			c, size = utf8.DecodeRuneInString(text[i:])
			s = symbolOf(c)
			if s.form == formEmoji && prev == formHan {
				s = animal(c, s)
			}
			if c == 0x20e3 || s.form == formDigit && (c < 0xff10 || c > 0xff19) {
				r.mark |= markOddDigit
			}
		}
		i += size
		if s.form.isWord() {
			if r.n+2 > maxReading {
				return i - size
			}
			r.count[s.form]++
			r.word(s, pending, prev)
			pending, prev = symbol{}, s.form
			continue
		}
		r.count[s.form]++
		if s.as == '@' && pending.form == formDrop && prev.isLetter() && prev != formHan && r.n+2 <= maxReading && !partOfWord(text[i:]) {
			r.mark |= markLeet // put@
			r.put('@', formSoft)
			continue
		}
		if s.as == '@' && (pending.form != formDrop || prev == formDrop) {
			r.mark |= markAt
		}
		switch {
		case s.form == formDrop:
		case pending.form == formDrop || pending == s:
			pending = s
		default:
			pending = symbol{as: ' ', form: max(pending.form, s.form)}
		}
		if s.as == ' ' || s.as == '\n' {
			r.spaces++
		}
	}
	return len(text)
}

// partOfWord says whether a text begins with what may go on with a word.
func partOfWord(text string) bool {
	if text == "" {
		return false
	}
	c := text[0]
	return c >= utf8.RuneSelf || lowSymbols[c].form.isWord() || c == '@'
}

// animal is the symbol of an emoji after a Han character: a beast that is written
// for the word that sounds so, or for an insult, is its character.
func animal(c rune, s symbol) symbol {
	switch c {
	case '🐴', '🐎':
		return symbol{as: '马', form: formHan}
	case '🐷', '🐖':
		return symbol{as: '猪', form: formHan}
	case '🐶', '🐕':
		return symbol{as: '狗', form: formHan}
	}
	return s
}

// latin puts the plain Latin letters from text[i] on, which go on with a word,
// and returns where they end.
func (r *reading) latin(text string, i int) int {
	n, first := r.n, r.n
	for i < len(text) && n+2 <= maxReading {
		c := text[i]
		if c |= 0x20; c < 'a' || c > 'z' {
			break
		}
		if uint16(c) == r.sym[n-1] && n > 1 && uint16(c) == r.sym[n-2] {
			r.mark |= markRun
		}
		r.capital += int(text[i]>>5&1 ^ 1)
		r.sym[n], r.form[n] = uint16(c), formLatin
		n++
		i++
	}
	r.count[formLatin] += n - first
	r.length += n - first
	r.n = n
	return i
}

// word puts a letter or digit, and before it what parts it from the last one.
// Soft signs between Han characters part nothing.
func (r *reading) word(s, pending symbol, prev letterForm) {
	if s.up {
		r.capital++
	}
	switch {
	case r.n == 0:
	case pending.form != formDrop:
		if s.form != formHan || prev != formHan || pending.form != formSoft {
			r.part(pending, s, prev)
		}
	case s.form != prev:
		if prev == formDigit && s.form.isLetter() || s.form == formDigit && prev != formHan {
			r.mark |= markLeet
		} else if s.form <= formCyrillic && prev <= formCyrillic || s.form == formOther && toLatin[s.as] != 0 || prev == formOther && toLatin[r.sym[r.n-1]] != 0 {
			r.mark |= markScripts
		}
	case r.n > 1 && s.as == r.sym[r.n-1] && s.as == r.sym[r.n-2]:
		r.mark |= markRun
	}
	r.length++
	r.put(s.as, s.form)
}

// part puts what stands between two words, or between the letters of one.
func (r *reading) part(pending, s symbol, prev letterForm) {
	switch pending.as {
	case '.':
		r.mark |= markDot
	case '@', '$', '*', '!', '#':
		if prev.isLetter() && s.form.isLetter() {
			r.mark |= markLeet
		}
	}
	if r.length == 1 && prev.isLetter() && prev != formHan {
		if r.single++; r.single >= 2 {
			r.mark |= markSpread
		}
	} else {
		r.single = 0
	}
	r.length = 0
	r.put(pending.as, pending.form)
}

func (r *reading) put(as uint16, form letterForm) {
	r.sym[r.n], r.form[r.n] = as, form
	r.n++
}

// letters returns how many letters there are.
func (r *reading) letters() int {
	return r.count[formLatin] + r.count[formCyrillic] + r.count[formHan] + r.count[formOther]
}

// wordEnd returns where the word that begins at i ends: at the next symbol that
// is neither a Latin or Cyrillic letter nor a digit.
func (r *reading) wordEnd(i int) int {
	for i < r.n && (r.form[i] <= formCyrillic || r.form[i] == formDigit) {
		i++
	}
	return i
}
