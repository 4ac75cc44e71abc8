package detect

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"github.com/orderguard/orderguard"
)

// maxExprSource is the longest expression, in bytes.
const maxExprSource = 16 << 10

// valueIndex finds the places where an expression reads a value by its number.
var valueIndex = regexp.MustCompile(`\bvalues\[(\d+)\]`)

// Expr is a compiled expression over an event and a rule's values. It may be
// used by several goroutines at once.
type Expr struct {
	// Source is the expression as it was written, expanded the same with facts written out.
	Source, expanded string
	// canonical is the expression without its formatting.
	canonical string
	program   cel.Program
	native    logical  // the same without CEL; nil if it needs CEL
	names     []string // the conditions' names; empty for those without
	own       int      // how many of them are the rule's own; the others are those of facts
	// terms are those that must all be true, as far as they do not need CEL, and split
	// says that there are no others.
	terms []term
	split bool
}

// Eval says whether the expression is true for e and the values of the rule's
// conditions, in the order All, then Any. It fails where the expression does,
// on a map's missing key or a division by zero, and at maxExprCost; a rule
// whose expression fails does not fire.
func (x *Expr) Eval(e *orderguard.Event, values []int64) (bool, error) {
	if x.native != nil {
		if holds, ok := x.native(e, values); ok {
			return holds, nil
		}
	}
	return x.interpret(e, values)
}

// interpret is Eval by CEL.
func (x *Expr) interpret(e *orderguard.Event, values []int64) (bool, error) {
	a := activations.Get().(*activation)
	a.event, a.values, a.names, a.own = e, values, x.names, x.own
	out, _, err := x.program.Eval(a)
	*a = activation{}
	activations.Put(a)
	if err != nil {
		return false, fmt.Errorf("evaluate expr: %w", err)
	}
	return out == types.True, nil
}

// reads says whether the expression names a field.
func (x *Expr) reads(f Field) bool {
	return regexp.MustCompile(`\b` + f.String() + `\b`).MatchString(x.expanded)
}

// activation gives an expression its variables.
type activation struct {
	event  *orderguard.Event
	values []int64
	names  []string
	own    int
}

var activations = sync.Pool{New: func() any { return new(activation) }}

// Parent returns nil: there is no outer scope.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName returns the value of a variable.
func (a *activation) ResolveName(name string) (any, bool) {
	if v, ok := variables[name]; ok {
		return v.get(a.event), true
	}
	if name == "values" {
		return a.values[:min(a.own, len(a.values))], true
	}
	for i, n := range a.names {
		if n == name && i < len(a.values) {
			return types.Int(a.values[i]), true
		}
	}
	return nil, false
}

// compileExpr compiles an expression; names are those of the rule's conditions.
// Its error says what is wrong and how to mend it, without the source.
func compileExpr(source string, names []string) (*Expr, error) {
	w, err := readExpr(source, names, nil)
	if err != nil {
		return nil, err
	}
	return w.compile(names)
}

// compile compiles an expression that names no fact.
func (w *written) compile(names []string) (*Expr, error) {
	tree, source := w.tree, w.source
	patterns, err := patternsOf(tree)
	if err != nil {
		return nil, err
	}
	if value, constant := constantOf(w.env, tree); constant {
		if value {
			return nil, errors.New("it is always true, so that it says nothing; remove it")
		}
		return nil, errors.New("it is always false, so that the rule never fires; mend it")
	}
	program, err := w.env.Program(tree, cel.EvalOptions(cel.OptOptimize), cel.CostTracking(patterns), cel.CostLimit(maxExprCost))
	if err != nil {
		return nil, fmt.Errorf("it cannot be run: %w", err)
	}
	x := &Expr{
		Source: source, expanded: source, canonical: strings.TrimSpace(source), program: program, native: nativeExpr(tree, names),
		names: names, own: len(names),
	}
	x.terms, x.split = termsOf(tree, names)
	if s, err := cel.AstToString(tree); err == nil {
		x.canonical = s
	}
	return x, nil
}

// constantOf says whether an expression has the same value for all events. It
// passes over expressions with loops, which no limit would stop here.
func constantOf(env *cel.Env, tree *cel.Ast) (value, constant bool) {
	loops := ast.KindMatcher(ast.ComprehensionKind)
	if len(ast.MatchDescendants(ast.NavigateAST(tree.NativeRep()), loops)) > 0 {
		return false, false
	}
	folder, err := cel.NewConstantFoldingOptimizer()
	if err != nil {
		return false, false
	}
	optimizer, err := cel.NewStaticOptimizer(folder)
	if err != nil {
		return false, false
	}
	folded, issues := optimizer.Optimize(env, tree)
	if issues.Err() != nil || folded.NativeRep().Expr().Kind() != ast.LiteralKind {
		return false, false
	}
	return folded.NativeRep().Expr().AsLiteral() == types.True, true
}

// compileError says what the compiler found, one finding after the other.
func compileError(issues *cel.Issues, source string, names []string) error {
	known := variableNames
	for _, n := range names {
		if n != "" {
			known = append(known[:len(known):len(known)], n)
		}
	}
	var parts []string
	for _, e := range issues.Errors() {
		message := e.Message
		if name, found := strings.CutPrefix(message, "undeclared reference to '"); found {
			name, _, _ = strings.Cut(name, "'")
			message = fmt.Sprintf("unknown variable %q; %s", name, suggest(name, known))
			if _, behind := around(source, e.Location); strings.HasPrefix(behind, "(") {
				message = fmt.Sprintf("unknown function %q; %s", name, suggest(name, functionNames))
			}
		}
		parts = append(parts, fmt.Sprintf("%s (line %d, column %d of it)", cured(message, source, e.Location), e.Location.Line(), e.Location.Column()+1))
		if strings.HasPrefix(e.Message, syntaxError) {
			break // The others follow from the first.
		}
	}
	return errors.New(strings.Join(parts, "; "))
}

// expression reads expr:.
func (p *parser) expression(d *draft) {
	n := d.keys["expr"]
	if n == nil {
		return
	}
	source, ok := p.text(n, "expr")
	if !ok {
		return
	}
	names := conditionNames(d.conds)
	facts := make([]*Fact, len(p.facts))
	for i, f := range p.facts {
		facts[i] = &f.Fact
	}
	x, used, err := compileWithFacts(source, names, facts)
	if err != nil && p.mayNameRefused(source) {
		return
	}
	if err != nil {
		p.at(n, "expr: %v", err)
		return
	}
	d.Expr = x
	p.give(d, used)
}
