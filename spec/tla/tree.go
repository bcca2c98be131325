package tla

import "strconv"

// expr reads one node.
func (p *parser) expr(e *element) (Expr, error) {
	at := e.place()
	switch e.XMLName.Local {
	case "NumeralNode":
		n, err := strconv.Atoi(e.text("IntValue"))
		if err != nil {
			return nil, unread(e, "the numeral %q", e.text("IntValue"))
		}
		return &Number{at, n}, nil
	case "StringNode":
		return &String{at, e.text("StringValue")}, nil
	case "AtNode":
		return &Old{at}, nil
	case "LetInNode":
		return p.expr(&e.child("body").Children[0])
	case "OpApplNode":
		return p.application(e, at)
	case "OpArgNode": // an operator as an argument
		return p.applied(e, &e.child("argument").Children[0], at, nil)
	}
	return nil, unread(e, "<%s>", e.XMLName.Local)
}

func (p *parser) application(e *element, at Place) (Expr, error) {
	ref := &e.child("operator").Children[0]
	if ref.XMLName.Local == "BuiltInKindRef" {
		return p.builtin(e, at, p.entries[ref.text("UID")].text("uniquename"))
	}
	args, err := p.operands(e)
	if err != nil {
		return nil, err
	}
	return p.applied(e, ref, at, args)
}

// applied is what a reference stands for, with its arguments.
func (p *parser) applied(e, ref *element, at Place, args []Expr) (Expr, error) {
	uid := ref.text("UID")
	switch ref.XMLName.Local {
	case "FormalParamNodeRef":
		return &Bound{at, p.param(ref), args}, nil
	case "UserDefinedOpKindRef":
		return &Call{at, p.operators[uid], args}, nil
	case "OpDeclNodeRef":
		decl := p.entries[uid]
		return &Declared{at, decl.text("uniquename"), decl.text("kind") == kindVariable, args}, nil
	}
	return nil, unread(e, "an operator of the kind <%s>", ref.XMLName.Local)
}

func (p *parser) operands(e *element) ([]Expr, error) {
	operands := e.child("operands")
	if operands == nil {
		return nil, nil
	}
	var out []Expr
	for i := range operands.Children {
		x, err := p.expr(&operands.Children[i])
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// plain are the operators of the language that only take arguments, under the names of Builtin.
var plain = map[string]string{
	"$ConjList": `/\`, `\land`: `/\`, "$DisjList": `\/`, `\lor`: `\/`, `\lnot`: "~", "=>": "=>", `\equiv`: "<=>", "=": "=", "/=": "#",
	`\in`: `\in`, `\notin`: `\notin`, `\union`: `\cup`, `\intersect`: `\cap`, `\`: `\`, `\subseteq`: `\subseteq`,
	"SUBSET": "SUBSET", "UNION": "UNION", "DOMAIN": "DOMAIN", "'": "'", "UNCHANGED": "UNCHANGED", "[]": "[]", "<>": "<>",
	"$SquareAct": "[A]_v", "$WF": "WF_", "$SF": "SF_", "~>": "~>", "ENABLED": "ENABLED", "$AngleAct": "<A>_v",
}

var quantifiers = map[string]Quantifier{
	"$BoundedExists": Exists, "$BoundedForall": ForAll, "$BoundedChoose": Choose,
	"$SubsetOf": Filter, "$SetOfAll": Map, "$FcnConstructor": Function, "$RecursiveFcnSpec": Function, "$NonRecursiveFcnSpec": Function,
}

func (p *parser) builtin(e *element, at Place, op string) (Expr, error) {
	if kind, ok := quantifiers[op]; ok {
		return p.quantified(e, at, kind)
	}
	switch op {
	case "$Except":
		return p.except(e, at)
	case "$Case":
		return p.cases(e, at)
	case "$RcdConstructor", "$SetOfRcds":
		fields, err := p.fields(e)
		if op == "$SetOfRcds" {
			return &RecordSet{at, fields}, err
		}
		return &Record{at, fields}, err
	}
	args, err := p.operands(e)
	if err != nil {
		return nil, err
	}
	switch op {
	case "TRUE", "FALSE":
		return &Boolean{at, op == "TRUE"}, nil
	case "$FcnApply":
		return &Apply{at, args[0], args[1]}, nil
	case "$RcdSelect":
		return &Field{at, args[0], args[1].(*String).Value}, nil
	case "$SetEnumerate":
		return &SetOf{at, args}, nil
	case "$Tuple":
		return &Tuple{at, args}, nil
	case "$SetOfFcns":
		return &FunctionSet{at, args[0], args[1]}, nil
	case "$CartesianProd":
		return &Product{at, args}, nil
	case "$IfThenElse":
		return &If{at, args[0], args[1], args[2]}, nil
	case "BOOLEAN", "STRING":
		return &Builtin{at, op, nil}, nil
	}
	if name, ok := plain[op]; ok {
		return &Builtin{at, name, args}, nil
	}
	return nil, unread(e, "the operator %s", op)
}

func (p *parser) quantified(e *element, at Place, kind Quantifier) (Expr, error) {
	q := &Quantified{Place: at, Kind: kind}
	for _, b := range e.child("boundSymbols").Children {
		if b.XMLName.Local == "unbound" { // the name of a recursive function
			q.Self = p.param(b.child("FormalParamNodeRef"))
			continue
		}
		r := Range{Tuple: b.child("tuple") != nil}
		for i := range b.Children {
			switch c := &b.Children[i]; c.XMLName.Local {
			case "FormalParamNodeRef":
				r.Names = append(r.Names, p.param(c))
			case "tuple":
			default:
				set, err := p.expr(c)
				if err != nil {
					return nil, err
				}
				r.Set = set
			}
		}
		if r.Set == nil {
			return nil, unread(e, "a bound name without a set")
		}
		q.Ranges = append(q.Ranges, r)
	}
	body, err := p.operands(e)
	if err != nil {
		return nil, err
	}
	if len(body) != 1 || len(q.Ranges) == 0 {
		return nil, unread(e, "a quantifier over no set")
	}
	q.Body = body[0]
	return q, nil
}

// pairs are the two parts of each of SANY's pairs.
func (p *parser) pairs(e *element) [][]element {
	var out [][]element
	for _, pair := range e.child("operands").Children {
		if operands := pair.child("operands"); operands != nil && len(operands.Children) == 2 {
			out = append(out, operands.Children)
		}
	}
	return out
}

func (p *parser) fields(e *element) ([]Named, error) {
	var out []Named
	for _, pair := range p.pairs(e) {
		value, err := p.expr(&pair[1])
		if err != nil {
			return nil, err
		}
		out = append(out, Named{pair[0].text("StringValue"), value})
	}
	return out, nil
}

func (p *parser) except(e *element, at Place) (Expr, error) {
	function, err := p.expr(&e.child("operands").Children[0])
	if err != nil {
		return nil, err
	}
	x := &Except{Place: at, Function: function}
	for _, pair := range p.pairs(&element{Children: []element{{XMLName: e.child("operands").XMLName, Children: e.child("operands").Children[1:]}}}) {
		path, err := p.operands(&pair[0])
		if err != nil {
			return nil, err
		}
		value, err := p.expr(&pair[1])
		if err != nil {
			return nil, err
		}
		x.Changes = append(x.Changes, Change{path, value})
	}
	return x, nil
}

func (p *parser) cases(e *element, at Place) (Expr, error) {
	c := &Case{Place: at}
	for _, pair := range p.pairs(e) {
		value, err := p.expr(&pair[1])
		if err != nil {
			return nil, err
		}
		if pair[0].XMLName.Local == "StringNode" && pair[0].Content == "$Other" {
			c.Other = value
			continue
		}
		guard, err := p.expr(&pair[0])
		if err != nil {
			return nil, err
		}
		c.Arms = append(c.Arms, Arm{guard, value})
	}
	return c, nil
}
