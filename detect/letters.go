package detect

// How rare letters are in a row, of words that are letters alone: for each three
// of them, the edges of the word counting as one, half a byte from 0, common, by
// halves of frequency to 14; 15 was never met in any language that was counted
// (see tools/letters.py).
var (
	latinRare    = mustRead("latin.bin")
	cyrillicRare = mustRead("cyrillic.bin")
)

func mustRead(name string) []byte {
	b, err := lexiconFiles.ReadFile("lexicon/" + name)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return b
}

// letterNumber numbers a letter of an alphabet from 1; 0 is any other.
func letterNumber(sym uint16, cyrillic bool) int {
	if cyrillic {
		if sym >= 'а' && sym <= 'я' {
			return int(sym-'а') + 1
		}
		switch sym { // Ukrainian letters, counted with the Russian ones nearest to them
		case 'і', 'ї':
			return 'и' - 'а' + 1
		case 'є':
			return 'е' - 'а' + 1
		case 'ґ':
			return 'г' - 'а' + 1
		}
	} else if sym >= 'a' && sym <= 'z' {
		return int(sym-'a') + 1
	}
	return 0
}

// rarity sums how rare the letters of a word are in a row.
func rarity(word []uint16, cyrillic bool) int {
	table, size := latinRare, 27
	if cyrillic {
		table, size = cyrillicRare, 33
	}
	a, b, sum := 0, letterNumber(word[0], cyrillic), 0
	for i := 1; i <= len(word); i++ {
		c := 0
		if i < len(word) {
			c = letterNumber(word[i], cyrillic)
		}
		at := (a*size+b)*size + c
		sum += int(table[at/2] >> (at % 2 * 4) & 15)
		a, b = b, c
	}
	return sum
}

// The rows of keyboards, and, key by key, what the Russian layout has where the
// Latin one has that letter.
var (
	latinRows     = []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"}
	cyrillicRows  = []string{"1234567890", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"}
	latinKeys     = keysOf(latinRows)
	cyrillicKeys  = keysOf(cyrillicRows)
	layoutToOther = otherLayout()
)

// keyboard gives each of its symbols its place: 16 places to a row, 1 for the first.
type keyboard [lowRoots]uint8

func keysOf(rows []string) *keyboard {
	var keys keyboard
	for y, row := range rows {
		for x, c := range []rune(row) {
			keys[c] = uint8(y*16 + x + 1)
		}
	}
	return &keys
}

// place returns where a symbol is; 0 for those that it does not have.
func (k *keyboard) place(sym uint16) int {
	if sym >= lowRoots {
		return 0
	}
	return int(k[sym])
}

func otherLayout() map[uint16]uint16 {
	other := map[uint16]uint16{}
	for y, row := range latinRows[1:] {
		cyrillic := []rune(cyrillicRows[y+1])
		for x, c := range []rune(row) {
			other[uint16(c)], other[uint16(cyrillic[x])] = uint16(cyrillic[x]), uint16(c)
		}
	}
	return other
}

// walks says whether a word goes along the rows of a keyboard: three of four
// steps at most to the next key, or, if it is short, all of them one way.
func walks(word []uint16, cyrillic bool) bool {
	keys := latinKeys
	if cyrillic {
		keys = cyrillicKeys
	}
	if len(word) < 4 {
		return false
	}
	near, right, left := 0, 0, 0
	for i := 1; i < len(word); i++ {
		a, b := keys.place(word[i-1]), keys.place(word[i])
		if a == 0 || b == 0 {
			continue
		}
		switch b - a {
		case 1:
			right++
			near++
		case -1:
			left++
			near++
		case 0:
			near++
		}
	}
	steps := len(word) - 1
	if len(word) < 6 {
		return right == steps || left == steps
	}
	return near*4 >= steps*3 && max(right, left)*2 >= steps
}
