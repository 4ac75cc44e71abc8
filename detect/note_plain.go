package detect

// isPlainRow says whether a short text is nothing but what fingers do first: one
// letter or digit again and again ("xxxx", "aaa bbb ccc", "a a a a"), the alphabet
// or the digits in a row ("abcd", "1234567"), or digits over and over ("121212").
//
// Some rows mean something: sizes and batteries are capitals, xxx, mmm and www
// are kisses, a taste and laughter, 666 and 888 are praise and luck, and four to
// six digits, though 1234, may be a code.
func (r *reading) isPlainRow() bool {
	if r.capital > 1 {
		return false
	}
	var all [40]uint16
	n, words, long, pure := 0, 0, 0, true // long: letters of the longest word; pure: each word is one letter
	for i := 0; i < r.n; {
		end := r.rowEnd(i)
		if end == i {
			i++
			continue
		}
		if words, long = words+1, max(long, end-i); n+end-i > len(all) || words > 1 && long > 1 && !pure {
			return false
		}
		for j := i; j < end; j++ {
			pure = pure && r.sym[j] == r.sym[i]
		}
		n += copy(all[n:], r.sym[i:end])
		i = end
	}
	row := all[:n]
	switch {
	case n < 3 || words > 1 && long > 1 && !pure:
		return false
	case r.letters() == 0:
		return isDigitRow(row, words)
	case r.count[formDigit] > 0:
		return false
	case words > 1 && long > 1:
		return words > 2 && n >= 3*words || n >= 8
	case pure && isUniform(row):
		return (!meansMore(row[0]) || row[0] == 'x' && words > 3) && n > count(r.count[formHan] > 0)+2*count(words > 1)+2
	case words > 1:
		cyrillic, ours := r.form[0] == formCyrillic, r.count[formLatin]+r.count[formCyrillic] == r.letters()
		return n >= 5 && (isSteps(row) || walks(row, cyrillic) || ours && isNoiseWord(row, cyrillic))
	}
	return n >= 4 && isSteps(row) && r.count[formHan] == 0
}

// rowEnd returns where the letters and digits that begin at i end.
func (r *reading) rowEnd(i int) int {
	for i < r.n && r.form[i].isWord() {
		i++
	}
	return i
}

func isNoiseWord(word []uint16, cyrillic bool) bool {
	return 10*rarity(word, cyrillic)+oddness(word, cyrillic) > len(word)*oddFrom(len(word), cyrillic, false)
}

func isUniform(row []uint16) bool {
	for _, c := range row {
		if c != row[0] {
			return false
		}
	}
	return true
}

// meansMore says of a letter whether people write rows of it to each other.
func meansMore(c uint16) bool {
	switch c {
	case 'x', 'm', 'k', 'w', 'h', 'z', 'o', 'i', 'х', 'м', '哈', '呵', '嘻', '嘿', '谢', '快', '急', '冲', '赞', '棒', '好', '买', '求', '嗯', '哦',
		'ㅋ', 'ㅎ', 'ㅠ', 'ㅜ', 'ه', 'ｗ':
		return true
	}
	return false
}

// isSteps says whether each symbol of a row is the next one of the alphabet or of
// the digits, or each is the one before.
func isSteps(row []uint16) bool {
	for _, step := range [2]uint16{1, 0xffff} {
		i := 1
		for i < len(row) && (row[i] == row[i-1]+step || row[i] == '0' && row[i-1] == '9' && step == 1) {
			i++
		}
		if i == len(row) {
			return true
		}
	}
	return false
}

// isDigitRow says whether digits, of so many numbers, are no number that anybody
// would copy.
func isDigitRow(row []uint16, numbers int) bool {
	switch {
	case numbers > 1:
		return len(row) == numbers && len(row) >= 5 && (isUniform(row) || isSteps(row))
	case isUniform(row):
		c := row[0]
		return len(row) > 6 || c != '5' && c != '6' && c != '8' && c != '9'
	case isSteps(row):
		return len(row) < 4 || len(row) > 6
	}
	return len(row) >= 6 && (recurs(row, 2) == len(row) || recurs(row, 3) == len(row))
}

// recurs returns up to where each symbol of a row, which is not shorter than the period, is the one that stands a period before.
func recurs(row []uint16, period int) int {
	i := period
	for i < len(row) && row[i] == row[i-period] {
		i++
	}
	return i
}
