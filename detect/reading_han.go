package detect

import "unicode/utf8"

// The common Han characters.
const (
	hanFirst = 0x4e00
	hanLast  = 0x9fff
)

// simplified holds what each common Han character is read as: the simplified
// form of a traditional one, else itself. The pairs are those of OpenCC
// (TSCharacters, Apache-2.0), and 妳 for 你.
var simplified = makeSimplified()

func makeSimplified() *[hanLast - hanFirst + 1]uint16 {
	var t [hanLast - hanFirst + 1]uint16
	for i := range t {
		t[i] = uint16(hanFirst + i)
	}
	pairs, err := lexiconFiles.ReadFile("lexicon/simplified.txt")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for len(pairs) > 0 {
		from, n := utf8.DecodeRune(pairs)
		to, m := utf8.DecodeRune(pairs[n:])
		t[from-hanFirst] = uint16(to)
		pairs = pairs[n+m:]
	}
	return &t
}

// vietnamese holds the plain letters of U+1E00 to U+1EFF.
const vietnamese = "" +
	"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" +
	"wwwwwwwwwwxxxxyyzzzzzzhtwyyssssyaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy"
