package detect

import (
	"math/bits"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/orderguard/orderguard"
)

// Most expressions do no more than compare whole numbers: what conditions
// measured, and the numbers of an event. Such a one is compiled to closures,
// which take a tenth of CEL's time and allocate nothing. What they cannot say
// they leave to CEL: other expressions, and at an event where a number outgrows
// 64 bits, which CEL treats as a failure. So there is one meaning, CEL's.

// logical is a part of an expression that is true or false; not ok if CEL must
// say which.
type logical func(e *orderguard.Event, values []int64) (holds, ok bool)

// numeric is a part of an expression that is a whole number; not ok if CEL must
// say which.
type numeric func(e *orderguard.Event, values []int64) (n int64, ok bool)

// native compiles expressions; names are those of the conditions.
type native struct{ names []string }

// nativeExpr returns a checked expression as closures, nil if it needs CEL.
func nativeExpr(tree *cel.Ast, names []string) logical {
	return native{names}.logical(tree.NativeRep().Expr())
}

// term is a part of an expression without which the whole is not true.
type term struct {
	native logical
	reads  []int // the conditions whose values it needs
}

// termsOf returns the terms of a checked expression that do not need CEL, and says
// whether there are no others. One that is false makes the expression false, whatever
// the others are, or fail to be: so CEL has it too.
func termsOf(tree *cel.Ast, names []string) (terms []term, all bool) {
	c, all := native{names}, true
	var each func(x ast.Expr)
	each = func(x ast.Expr) {
		if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == operators.LogicalAnd {
			for _, arg := range x.AsCall().Args() {
				each(arg)
			}
			return
		}
		if f := c.logical(x); f != nil {
			terms = append(terms, term{f, c.reads(x)})
			return
		}
		all = false
	}
	each(tree.NativeRep().Expr())
	return terms, all
}

// reads returns the conditions that a part of an expression names.
func (c native) reads(x ast.Expr) (list []int) {
	visit := ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		if at := slices.Index(c.names, e.AsIdent()); at >= 0 && !slices.Contains(list, at) {
			list = append(list, at)
		}
	})
	ast.PostOrderVisit(x, visit)
	return list
}

func (c native) logical(x ast.Expr) logical {
	if x.Kind() != ast.CallKind {
		return nil
	}
	f, args := x.AsCall().FunctionName(), x.AsCall().Args()
	switch {
	case f == operators.LogicalNot:
		return not(c.logical(args[0]))
	case f == operators.LogicalAnd && len(args) == 2:
		return either(c.logical(args[0]), c.logical(args[1]), false)
	case f == operators.LogicalOr && len(args) == 2:
		return either(c.logical(args[0]), c.logical(args[1]), true)
	case f == operators.Conditional:
		return branch(c.logical(args[0]), c.logical(args[1]), c.logical(args[2]))
	case comparisons[f] != nil:
		return compared(comparisons[f], c.numeric(args[0]), c.numeric(args[1]))
	}
	return nil
}

func (c native) numeric(x ast.Expr) numeric {
	switch x.Kind() {
	case ast.LiteralKind:
		if n, ok := x.AsLiteral().(types.Int); ok {
			return func(*orderguard.Event, []int64) (int64, bool) { return int64(n), true }
		}
	case ast.IdentKind:
		return c.variable(x.AsIdent())
	case ast.CallKind:
		f, args := x.AsCall().FunctionName(), x.AsCall().Args()
		switch {
		case f == operators.Conditional:
			return choice(c.logical(args[0]), c.numeric(args[1]), c.numeric(args[2]))
		case calculations[f] != nil:
			return calculated(calculations[f], c.numeric(args[0]), c.numeric(args[1]))
		}
	}
	return nil
}

// variable reads a number of the event, or what a condition measured.
func (c native) variable(name string) numeric {
	if v, of := variables[name]; of {
		f, known := ParseField(name)
		if !known || v.typ != cel.IntType {
			return nil
		}
		return func(e *orderguard.Event, _ []int64) (int64, bool) { return f.Number(e), true }
	}
	at := slices.Index(c.names, name)
	if at < 0 {
		return nil
	}
	return func(_ *orderguard.Event, values []int64) (int64, bool) {
		if at >= len(values) {
			return 0, false
		}
		return values[at], true
	}
}

// not is true where x is false.
func not(x logical) logical {
	if x == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (bool, bool) {
		holds, ok := x(e, values)
		return !holds, ok
	}
}

// either joins two parts, one of which is enough if it is what is given: true
// for "or", false for "and".
func either(x, y logical, enough bool) logical {
	if x == nil || y == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (bool, bool) {
		if holds, ok := x(e, values); !ok || holds == enough {
			return holds, ok
		}
		return y(e, values)
	}
}

// comparisons are those of whole numbers.
var comparisons = map[string]func(a, b int64) bool{
	operators.Equals:        func(a, b int64) bool { return a == b },
	operators.NotEquals:     func(a, b int64) bool { return a != b },
	operators.Less:          func(a, b int64) bool { return a < b },
	operators.LessEquals:    func(a, b int64) bool { return a <= b },
	operators.Greater:       func(a, b int64) bool { return a > b },
	operators.GreaterEquals: func(a, b int64) bool { return a >= b },
}

func compared(compare func(a, b int64) bool, x, y numeric) logical {
	if x == nil || y == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (bool, bool) {
		a, ok := x(e, values)
		if !ok {
			return false, false
		}
		b, ok := y(e, values)
		return ok && compare(a, b), ok
	}
}

// calculations are those of whole numbers; not ok where the result has more
// than 64 bits.
var calculations = map[string]func(a, b int64) (int64, bool){
	operators.Add:      func(a, b int64) (int64, bool) { return a + b, (a+b < a) == (b < 0) },
	operators.Subtract: func(a, b int64) (int64, bool) { return a - b, (a-b > a) == (b < 0) },
	operators.Multiply: times,
}

// times multiplies. The product fits if its upper half is but the sign of the
// lower one.
func times(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	upper := int64(hi) - a>>63&b - b>>63&a // of the signed product
	return int64(lo), upper == int64(lo)>>63
}

func calculated(calculate func(a, b int64) (int64, bool), x, y numeric) numeric {
	if x == nil || y == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (int64, bool) {
		a, ok := x(e, values)
		if !ok {
			return 0, false
		}
		b, ok := y(e, values)
		if !ok {
			return 0, false
		}
		return calculate(a, b)
	}
}

// branch is x ? y : z of what is true or false.
func branch(x, y, z logical) logical {
	if x == nil || y == nil || z == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (bool, bool) {
		switch holds, ok := x(e, values); {
		case !ok:
			return false, false
		case holds:
			return y(e, values)
		}
		return z(e, values)
	}
}

// choice is x ? y : z of whole numbers.
func choice(x logical, y, z numeric) numeric {
	if x == nil || y == nil || z == nil {
		return nil
	}
	return func(e *orderguard.Event, values []int64) (int64, bool) {
		switch holds, ok := x(e, values); {
		case !ok:
			return 0, false
		case holds:
			return y(e, values)
		}
		return z(e, values)
	}
}
