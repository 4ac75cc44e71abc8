package bench

import (
	"embed"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// textFiles hold what people write, a file for each language. A line "= name"
// begins the texts of an occasion, and "--" the half of them that everyday seeds
// never see. In a text, {name} stands for a text of that occasion, # for a digit
// and ~ for a letter.
//
//go:embed texts/*.txt
var textFiles embed.FS

// occasion is the texts of one occasion in one language.
type occasion struct {
	all      []string
	everyday int // how many of them everyday seeds may draw
}

// lexicon is all texts, by language and occasion.
var lexicon = readTexts()

func readTexts() map[string]map[string]*occasion {
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	all := map[string]map[string]*occasion{}
	for _, f := range files {
		data, err := textFiles.ReadFile("texts/" + f.Name())
		if err != nil {
			panic("BUG: " + err.Error())
		}
		all[strings.TrimSuffix(f.Name(), ".txt")] = readOccasions(string(data))
	}
	return all
}

// readOccasions reads the texts of one language.
func readOccasions(data string) map[string]*occasion {
	all := map[string]*occasion{}
	var o *occasion
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		name, begins := strings.CutPrefix(line, "= ")
		switch {
		case begins:
			o = &occasion{}
			all[name] = o
		case line == "--":
			o.everyday = len(o.all)
		case line != "":
			o.all = append(o.all, line)
		}
	}
	for _, o := range all {
		if o.everyday == 0 {
			o.everyday = len(o.all)
		}
	}
	return all
}

// fallback is the language of what a language has no texts for.
const fallback = "en"

// occasion returns the texts of an occasion that the marketplace draws from.
func (m *market) occasion(lang, name string) []string {
	o := lexicon[lang][name]
	if o == nil {
		if o = lexicon[fallback][name]; o == nil {
			panic("BUG: no texts for " + name)
		}
	}
	if m.heldOut {
		return o.all
	}
	return o.all[:o.everyday]
}

// say draws what somebody writes on an occasion, with his slips.
func (m *market) say(r *rand.Rand, lang, name string) string {
	return m.slip(r, m.compose(r, lang, draw(r, m.occasion(lang, name))))
}

// compose fills the places of a text.
func (m *market) compose(r *rand.Rand, lang, text string) string {
	if !strings.ContainsAny(text, "{#~") {
		return text
	}
	return string(m.appendText(make([]byte, 0, 2*len(text)), r, lang, text))
}

func (m *market) appendText(b []byte, r *rand.Rand, lang, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '#':
			b = append(b, byte('0'+r.IntN(10)))
		case '~':
			b = append(b, byte('a'+r.IntN(26)))
		case '{':
			end := i + strings.IndexByte(text[i:], '}')
			if end < i {
				panic("BUG: a text with an open brace: " + text)
			}
			b = m.appendText(b, r, lang, draw(r, m.occasion(lang, text[i+1:end])))
			i = end
		default:
			b = append(b, c)
		}
	}
	return b
}

var emoji = []string{"😊", "🙏", "👍", "❤️", "🎁", "😅", "🙂", "✨", "😍", "🎉"}

// slip makes a text look typed, now and then: a letter too few or twice, all in
// small letters, a picture at its end.
func (m *market) slip(r *rand.Rand, text string) string {
	u := r.Float64()
	switch {
	case u < m.emoji:
		return text + draw(r, emoji)
	case u < m.emoji+m.typos/2:
		return strings.ToLower(text)
	case u < m.emoji+m.typos && len(text) > 8:
		at := 1 + r.IntN(len(text)-4)
		for !utf8.RuneStart(text[at]) {
			at++
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		if r.IntN(2) == 0 {
			return text[:at] + text[at+size:]
		}
		return text[:at+size] + text[at:]
	}
	return text
}

// lang returns the language that a buyer writes: mostly his country's.
func (m *market) lang(buyer *account) string {
	own := countries[buyer.country].lang
	if d := dice(buyer.code ^ saltPlan); float64(d.n(1000)) < 1000*m.guests {
		return countries[d.n(len(countries))].lang
	}
	return own
}

// say draws what the buyer, or the seller to him, writes on an occasion. It takes
// one number from r, whether or not the text is needed.
func (o *order) say(r *rand.Rand, name string) string {
	seed := r.Uint64()
	if o.mute {
		return "…"
	}
	o.m.pen.Seed(seed, saltPlan)
	return o.m.say(o.m.penRand, o.m.lang(&o.buyer), name)
}

// opinion draws what the buyer writes of what he got: one sentence, or up to
// most of them.
func (o *order) opinion(r *rand.Rand, rating uint8, most int) string {
	text := o.say(r, ratingWords(rating))
	for range r.IntN(most) {
		text += draw(r, []string{". ", ", ", " - ", "\n", "... "}) + o.say(r, ratingWords(rating))
	}
	return text
}

// ratingWords is the occasion of a rating.
func ratingWords(rating uint8) string {
	switch {
	case rating >= 4:
		return "good"
	case rating == 3:
		return "middling"
	}
	return "bad"
}
