package detect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// written is an expression as it was written, checked but not yet compiled: it may name facts.
type written struct {
	source string
	env    *cel.Env
	tree   *cel.Ast
	idents []ident
	loops  []string // the variables of loops
}

// ident is a name in an expression and where it begins, in runes.
type ident struct {
	name string
	at   int
}

// readExpr checks an expression over the values of conditions, by their names, and over facts. Its error says what
// is wrong and how to mend it, without the source.
func readExpr(source string, names, facts []string) (*written, error) {
	if len(source) > maxExprSource {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read; make several rules of it", len(source), maxExprSource)
	}
	if strings.TrimSpace(source) == "" {
		return nil, errors.New("it is empty; remove it, or say what must be true")
	}
	for _, m := range valueIndex.FindAllStringSubmatch(source, -1) {
		if i, err := strconv.Atoi(m[1]); err != nil || i >= len(names) {
			return nil, fmt.Errorf("%s is beyond the rule's %d conditions, which count from 0 over all: and then any:", m[0], len(names))
		}
	}
	env, err := exprEnv(names, facts)
	if err != nil {
		return nil, err
	}
	tree, issues := env.Compile(source)
	if issues.Err() != nil {
		return nil, compileError(issues, source, slices.Concat(names, facts))
	}
	if !tree.OutputType().IsExactType(cel.BoolType) {
		return nil, fmt.Errorf("its result is %s, want true or false: compare it with something", tree.OutputType())
	}
	w := &written{source: source, env: env, tree: tree}
	w.find()
	for _, name := range w.loops {
		if slices.Contains(names, name) || slices.Contains(facts, name) {
			return nil, fmt.Errorf("the variable of a loop has the name %q, which is that of a condition or a fact; choose another", name)
		}
	}
	return w, nil
}

// find finds the names in the expression.
func (w *written) find() {
	info := w.tree.NativeRep().SourceInfo()
	ast.PostOrderVisit(w.tree.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		switch x.Kind() {
		case ast.ComprehensionKind:
			w.loops = append(w.loops, x.AsComprehension().IterVar())
		case ast.IdentKind:
			if r, ok := info.GetOffsetRange(x.ID()); ok {
				w.idents = append(w.idents, ident{x.AsIdent(), int(r.Start)})
			}
		}
	}))
	slices.SortFunc(w.idents, func(a, b ident) int { return a.at - b.at })
}

// names says whether the expression names a variable.
func (w *written) names(name string) bool {
	return slices.ContainsFunc(w.idents, func(i ident) bool { return i.name == name })
}

// replaced returns the source with other texts in place of names; by gives the text for a name,
// empty to leave it.
func (w *written) replaced(by func(name string) string) string {
	runes, from := []rune(w.source), 0
	var b strings.Builder
	for _, i := range w.idents {
		text := by(i.name)
		if end := i.at + len(i.name); text != "" && i.at >= from && end <= len(runes) && string(runes[i.at:end]) == i.name {
			b.WriteString(string(runes[from:i.at]) + text)
			from = end
		}
	}
	return b.String() + string(runes[from:])
}

// compileWithFacts compiles the expression of a rule; names are those of the rule's conditions. It
// returns the facts that the expression names, in the order of facts, whose conditions' values
// follow those of the rule's own; none of anything if one of them has a fault.
func compileWithFacts(source string, names []string, facts []*Fact) (x *Expr, used []*Fact, err error) {
	known := make([]string, len(facts))
	for i, f := range facts {
		known[i] = f.Name
	}
	w, err := readExpr(source, names, known)
	if err != nil {
		return nil, nil, err
	}
	said, own := map[string]string{}, len(names)
	for _, f := range facts {
		if !w.names(f.Name) {
			continue
		}
		if f.Expr == nil {
			return nil, nil, nil
		}
		said[f.Name] = f.said
		names, used = append(names[:len(names):len(names)], f.names()...), append(used, f)
	}
	if used == nil {
		x, err = w.compile(names)
		return x, nil, err
	}
	for _, name := range w.loops {
		if isVariable(name) {
			return nil, nil, fmt.Errorf("the variable of a loop has the name %q, which a fact may mean otherwise; choose another", name)
		}
	}
	if x, err = compileExpr(w.replaced(func(name string) string { return said[name] }), names); err != nil {
		return nil, nil, fmt.Errorf("with the facts that it names written out: %w", err)
	}
	x.Source, x.own = source, own
	return x, used, nil
}
