package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// What reflection cannot see of the field's own types, which write themselves as
// text.

// word is a type whose values have names.
type word interface {
	~uint8
	String() string
}

// namesFrom lists the names of all values of a type.
func namesFrom[T word]() (list []string) {
	for v := range 64 {
		if name := T(v).String(); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// oneOf is a text that is one of some names.
func oneOf(names ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, name := range names {
		s.Enum = append(s.Enum, name)
	}
	return s
}

// wordText, instantText and dayText stand in for the types whose schemas they
// have.
type (
	wordText[T word] struct{}
	instantText      struct{}
	dayText          struct{}
)

// Schema returns that of a name of T.
func (wordText[T]) Schema(huma.Registry) *huma.Schema { return oneOf(namesFrom[T]()...) }

// Schema returns that of a time.
func (instantText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// Schema returns that of a day.
func (dayText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date"}
}

func registerWord[T word](schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[T](), reflect.TypeFor[wordText[T]]())
}

// registerWords says of the types that write themselves as text what they write.
func registerWords(schemas huma.Registry) {
	registerWord[orderguard.Status](schemas)
	registerWord[orderguard.Scenario](schemas)
	registerWord[orderguard.Severity](schemas)
	registerWord[orderguard.Answer](schemas)
	registerWord[orderguard.ReportState](schemas)
	registerWord[orderguard.Finding](schemas)
	registerWord[orderguard.DecisionKind](schemas)
	registerWord[orderguard.Level](schemas)
	registerWord[orderguard.Indicator](schemas)
	registerWord[orderguard.DisputeReason](schemas)
	registerWord[casework.Action](schemas)
	schemas.RegisterTypeAlias(reflect.TypeFor[orderguard.Millis](), reflect.TypeFor[instantText]())
	schemas.RegisterTypeAlias(reflect.TypeFor[orderguard.Day](), reflect.TypeFor[dayText]())
}

// Schemas of parameters.

func text(s string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: s} }

// someText is a text that is not empty.
func someText() *huma.Schema {
	least := 1
	return &huma.Schema{Type: huma.TypeString, MinLength: &least}
}

func numberFrom(least float64, def int) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Default: def}
}

// idSchema is that of the name of a shop, an alert, a report …
func idSchema() *huma.Schema {
	s, most := someText(), orderguard.MaxID
	s.MaxLength = &most
	return s
}

// listOf is a parameter of several names of a kind, as a,b.
func listOf(param string) *huma.Param {
	commas := false
	return &huma.Param{Name: param, In: "query", Description: "Only these; with commas or repeated",
		Schema: &huma.Schema{Type: huma.TypeArray, Items: oneOf(namesOf[param]...)}, Explode: &commas}
}

// pageParams are those of every list that is read page by page.
func pageParams(of string) []*huma.Param {
	return []*huma.Param{
		{Name: "after", In: "query", Description: "Cursor; without it, from the first", Schema: text("")},
		{Name: "limit", In: "query", Description: "Most " + of + " to give; more than 500 is held to 500", Schema: numberFrom(1, defaultLimit)},
	}
}

// waitParam is how long to hold a call.
func waitParam() *huma.Param {
	return &huma.Param{Name: "wait", In: "query", Description: "How long to wait for one: `20s`, or seconds; held to 60s", Schema: text(""), Example: "20s"}
}

func header(name, description string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: description, Schema: text("")}
}
