package detect

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"github.com/orderguard/orderguard"
)

// variable is a name that expressions may use.
type variable struct {
	typ *cel.Type
	get func(*orderguard.Event) any
}

// variables are those of the event; values and the names of conditions come
// from the rule.
var variables = makeVariables()

var variableNames = append(slices.Sorted(maps.Keys(variables)), "values")

func makeVariables() map[string]variable {
	vars := map[string]variable{
		"kind": {cel.StringType, func(e *orderguard.Event) any { return e.Kind.String() }},
		"type": {cel.StringType, func(e *orderguard.Event) any {
			t, _, _ := strings.Cut(e.Kind.String(), ".")
			return t
		}},
		"status": {cel.StringType, func(e *orderguard.Event) any {
			_, s, _ := strings.Cut(e.Kind.String(), ".")
			return s
		}},
		"custom":    {cel.BoolType, func(e *orderguard.Event) any { return types.Bool(e.Custom) }},
		"ts":        {cel.TimestampType, func(e *orderguard.Event) any { return e.Time.Time() }},
		"buyer_age": {cel.DoubleType, ageInDays},
		"evidence":  {cel.ListType(cel.StringType), func(e *orderguard.Event) any { return e.Evidence }},
		"ship_to":   {cel.MapType(cel.StringType, cel.StringType), shipTo},
	}
	for f := Field(1); int(f) < Fields; f++ {
		if _, own := vars[f.String()]; own || !f.inEvents() {
			continue
		}
		if f.isText() {
			vars[f.String()] = variable{cel.StringType, func(e *orderguard.Event) any { return types.String(f.Text(e)) }}
		} else {
			vars[f.String()] = variable{cel.IntType, func(e *orderguard.Event) any { return types.Int(f.Number(e)) }}
		}
	}
	return vars
}

// ageInDays returns the age of the buyer's account in days and parts of them,
// -1 if it is unknown.
func ageInDays(e *orderguard.Event) any {
	return types.Double(float64(buyerAge(e)) / millisPerDay)
}

// shipTo returns the delivery address; a part that is missing is empty.
func shipTo(e *orderguard.Event) any {
	s := &e.ShipTo
	return map[string]string{
		"name": s.Name, "phone": s.Phone, "country": s.Country, "region": s.Region,
		"city": s.City, "line1": s.Line1, "postcode": s.Postcode,
	}
}

// reserved are words that CEL keeps for itself.
var reserved = strings.Fields(`as bool break bytes const continue double dyn else false for function has
	if import in int let list loop map namespace null null_type package return string true type uint
	var void while`)

// functionNames are the functions of CEL that rules have use for.
var functionNames = strings.Fields(`all contains double endsWith exists exists_one getFullYear getHours has int
	matches size startsWith string`)

// isVariable says whether a name has a meaning in expressions already.
func isVariable(name string) bool {
	_, known := variables[name]
	return known || name == "values" || slices.Contains(reserved, name)
}

// baseEnv is the environment of expressions without names of conditions. It is
// made once, for making it takes milliseconds.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{cel.Variable("values", cel.ListType(cel.IntType))}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		options = append(options, cel.Variable(name, variables[name].typ))
	}
	return cel.NewEnv(options...)
})

// exprEnv returns the environment of a rule's expression: the names of conditions and of facts.
func exprEnv(names, facts []string) (*cel.Env, error) {
	env, err := baseEnv()
	if err != nil {
		return nil, err
	}
	var options []cel.EnvOption
	for _, name := range names {
		if name != "" {
			options = append(options, cel.Variable(name, cel.IntType))
		}
	}
	for _, name := range facts {
		options = append(options, cel.Variable(name, cel.BoolType))
	}
	if options == nil {
		return env, nil
	}
	return env.Extend(options...)
}
