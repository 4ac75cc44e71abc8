package detect

// isDoubled says whether letters stand twice so often that somebody wrote them so on purpose: two at least, and one of seven. Words
// have one of thirty.
func (r *reading) isDoubled() bool {
	pairs := 0
	for i := 1; i < r.n; i++ {
		pairs += count(r.sym[i] == r.sym[i-1] && r.form[i].isLetter())
	}
	return pairs > 1 && pairs*7 >= r.letters()
}

// abusiveOnce looks at the text with each letter once where it stands twice and more. Words that
// have a double letter are found all the same (loose).
//
//go:noinline
func (r *reading) abusiveOnce(words *lexicon) bool {
	var once reading
	var h hits
	for i := range r.n {
		if f := r.form[i]; i == 0 || r.sym[i] != r.sym[i-1] || !f.isLetter() {
			once.put(r.sym[i], f)
			once.count[f]++
		}
	}
	once.loose = true
	words.find(&once, &h)
	return once.abusive(&h)
}
