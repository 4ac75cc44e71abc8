package api

import "golang.org/x/text/language"

// The languages of what people read.
const (
	english = "en"
	chinese = "zh"
)

// languageOf returns the language that a client prefers, English unless it says otherwise. Any
// Chinese will do where one is asked for, of whatever region and script: its reader reads the other
// script sooner than English.
func languageOf(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return english
	}
	for _, t := range tags { // the most wanted first
		switch base, _ := t.Base(); base.String() {
		case "zh", "yue", "cmn":
			return chinese
		case "en":
			return english
		}
	}
	return english
}
