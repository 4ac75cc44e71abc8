package detect

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxExprCost bounds the work of one evaluation, in CEL's units: about one for
// each operation, which takes a tenth of a microsecond. It allows an expression
// of some hundred letters over the longest line, and stops loops after some
// tenths of a second. An event must not hold the others up for longer.
const maxExprCost = 2_000_000

// maxPattern is the longest program of a regular expression, in steps: about
// one for each letter, and as many again for each time that {n} repeats it. It
// bounds a single match, which nothing stops once it has begun.
const maxPattern = 500

// patternShare is how many steps of a regular expression's program, taken at a
// letter, cost as much as an operation.
const patternShare = 12

// patternCost says what the regular expressions of an expression cost, by their
// texts. CEL goes by the length of the text, of which (a{50}){9} has little and
// its program much.
type patternCost map[string]int // steps

// CallCost implements CEL's ActualCostEstimator. It leaves other functions to
// CEL.
func (p patternCost) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	if function != "matches" || len(args) != 2 {
		return nil
	}
	text, isText := args[0].(types.String)
	pattern, isPattern := args[1].(types.String)
	if !isText || !isPattern {
		return nil
	}
	cost := uint64(1 + len(text)*p[string(pattern)]/patternShare)
	return &cost
}

// patternsOf measures the regular expressions of an expression. It refuses one
// that is too long, and one that the event has a part in, which may be any.
func patternsOf(tree *cel.Ast) (patternCost, error) {
	costs := patternCost{}
	for _, call := range ast.MatchDescendants(ast.NavigateAST(tree.NativeRep()), ast.FunctionMatcher("matches")) {
		args := call.AsCall().Args()
		last := args[len(args)-1]
		if last.Kind() != ast.LiteralKind {
			return nil, errors.New("the regular expression of matches must be one text in quotes; contains(…) looks for a text that the event has")
		}
		pattern, _ := last.AsLiteral().(types.String)
		steps, err := types.RegexProgramSize(string(pattern))
		if err == nil && steps > maxPattern {
			err = fmt.Errorf("it takes %d steps, at most %d are allowed; use fewer alternatives and smaller repetitions {n}, or several matches joined by ||; for many words, a test contains: […]", steps, maxPattern)
		}
		if err != nil {
			return nil, fmt.Errorf("the regular expression %q: %w", pattern, err)
		}
		costs[string(pattern)] = steps
	}
	return costs, nil
}
