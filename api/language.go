package api

import "golang.org/x/text/language"

// The languages of what people read.
const (
	english = "en"
	chinese = "zh"
)

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// languageOf returns the language that a client prefers, English unless it
// says otherwise.
func languageOf(accept string) string {
	if accept == "" {
		return english
	}
	if _, i := language.MatchStrings(languages, accept); i == 1 {
		return chinese
	}
	return english
}
