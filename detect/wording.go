package detect

import "github.com/orderguard/orderguard"

// Texts that were made from one template share most of their runs of letters,
// texts about the same thing share few. A text has listRows keys, each of the
// two runs that come first in an order of its own (MinHash with bands of two): of
// two texts that share the part j of their runs a key is shared with the chance
// 1-(1-j²)⁸. That is 0.98 for j = 0.64, one word of ten changed, and 0.003 for
// j = 0.02, which is what reviews of different people have in common.
const (
	wordingBands = listRows
	wordingRun   = 5 // letters of an alphabet to a run
	wordingHan   = 3 // characters of scripts that write syllables or words
	wordingLeast = 12
)

// bands writes the keys of a text's wording and returns how many there are: none
// if the text is too short to tell. Two texts of which a word or some letters
// differ share a key nearly always. Only letters count, as a reading understands
// them: no capitals, accents, widths, signs, spaces and digits. Of a long text
// the first 380 letters and signs count.
func bands(text string, out *[listRows]uint64) (n int) {
	if len(text) < wordingLeast {
		return 0
	}
	var r reading
	r.read(text)
	letters, weight := 0, 0
	for i := range r.n {
		if r.form[i].isLetter() {
			r.sym[letters], r.form[letters] = r.sym[i], r.form[i]
			letters++
			weight++
			if r.dense(letters - 1) {
				weight++
			}
		}
	}
	if weight < wordingLeast {
		return 0
	}
	var least [2 * wordingBands]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for i := range letters {
		run := wordingRun
		if r.dense(i) {
			run = wordingHan
		}
		if i+run > letters {
			break
		}
		h := uint64(run)
		for _, sym := range r.sym[i : i+run] {
			h = (h ^ uint64(sym)) * 0x9e3779b97f4a7c15
			h ^= h >> 29
		}
		h = mix(h, uint64(run))
		for j := range least {
			least[j] = min(least[j], h*wordingSeeds[j])
		}
	}
	if least[0] == ^uint64(0) {
		return 0
	}
	for j := range wordingBands {
		n = addHash(out, n, mix(mix(least[2*j], least[2*j+1]), uint64(j)))
	}
	return n
}

// fieldHash returns the hash of what a field holds. Reviews that differ in signs, spaces, emoji
// and capitals have one text: who hands texts out has these changed. Of telephone numbers
// the last digits count, see phoneHash.
func fieldHash(f Field, e *orderguard.Event) uint64 {
	if f == FieldPhone {
		return phoneHash(&e.ShipTo)
	}
	text := f.Text(e)
	if f != FieldText || e.Kind != orderguard.ReviewGiven || len(text) < wordingLeast {
		return hashOf(text)
	}
	var r reading
	if r.read(text) < len(text) || r.letters() < wordingLeast/2 {
		return hashOf(text)
	}
	h := uint64(1)
	for i := range r.n {
		if r.form[i].isWord() {
			h = mix(h, uint64(r.sym[i]))
		}
	}
	return h
}

// dense says whether symbol i is of a script that writes a syllable or a word
// with each.
func (r *reading) dense(i int) bool {
	return r.form[i] == formHan || r.form[i] == formOther && r.sym[i] >= 0x3040
}

// wordingSeeds are odd: multiplied by one, the hashes of runs have an order of
// its own.
var wordingSeeds = func() (s [2 * wordingBands]uint64) {
	for i := range s {
		s[i] = mix(uint64(i)+1, 0x2545f4914f6cdd1d) | 1
	}
	return s
}()
