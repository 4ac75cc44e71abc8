package detect

// Fact is a group of conditions with a name and what it says of them: true or false at each
// event. A rule's Expr that names it means what it would with the conditions and the
// expression written out; see Rule.Given.
type Fact struct {
	Name string
	// Conditions are those of all:, then those of optional:. None has a bound.
	Conditions []Condition
	// Expr says by the conditions' values, in their order, whether the fact is true.
	Expr *Expr
	said string // Expr as it stands in the expression of a rule
}

// names are the names of the fact's conditions in the expressions of rules: "sends_on_trust.past".
func (f *Fact) names() []string {
	names := make([]string, len(f.Conditions))
	for i := range f.Conditions {
		names[i] = f.Name + "." + f.Conditions[i].Name
	}
	return names
}

// given returns the fact's conditions as those of a rule that names it.
func (f *Fact) given() []Condition {
	list := make([]Condition, len(f.Conditions))
	for i, name := range f.names() {
		list[i] = f.Conditions[i]
		list[i].Name = name
	}
	return list
}
