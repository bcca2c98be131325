package tla

import (
	"fmt"
	"strconv"
	"strings"
)

// Text writes x in one line, in brackets wherever an operator of the language takes arguments: to show a reader which conjunct it
// was, not to be read by SANY again.
func Text(x Expr) string {
	var b strings.Builder
	write(&b, x)
	return b.String()
}

func write(b *strings.Builder, x Expr) {
	switch x := x.(type) {
	case *Number:
		b.WriteString(strconv.Itoa(x.Value))
	case *String:
		b.WriteString(strconv.Quote(x.Value))
	case *Boolean:
		b.WriteString(strings.ToUpper(strconv.FormatBool(x.Value)))
	case *Declared:
		writeCall(b, x.Name, x.Args)
	case *Bound:
		writeCall(b, x.Param.Name, x.Args)
	case *Call:
		if len(x.Args) == 2 && x.Operator.Standard && !isWord(x.Operator.Name) {
			writeJoined(b, "(", x.Args, " "+x.Operator.Name+" ", ")")
			return
		}
		writeCall(b, x.Operator.Name, x.Args)
	default:
		writeConstruct(b, x)
	}
}

func writeConstruct(b *strings.Builder, x Expr) {
	switch x := x.(type) {
	case *Builtin:
		writeBuiltin(b, x)
	case *Quantified:
		writeQuantified(b, x)
	case *Apply:
		write(b, x.Function)
		writeJoined(b, "[", []Expr{x.Argument}, ", ", "]")
	case *Field:
		write(b, x.Record)
		b.WriteString("." + x.Name)
	case *Record:
		writeFields(b, x.Fields, " |-> ")
	case *RecordSet:
		writeFields(b, x.Fields, " : ")
	case *SetOf:
		writeJoined(b, "{", x.Elements, ", ", "}")
	case *Tuple:
		writeJoined(b, "<<", x.Elements, ", ", ">>")
	case *FunctionSet:
		writeJoined(b, "[", []Expr{x.From, x.To}, " -> ", "]")
	case *Product:
		writeJoined(b, "(", x.Factors, ` \X `, ")")
	case *Except:
		writeExcept(b, x)
	case *Old:
		b.WriteString("@")
	case *If:
		writeJoined(b, "(IF ", []Expr{x.Condition, x.Then}, " THEN ", "")
		writeJoined(b, " ELSE ", []Expr{x.Else}, "", ")")
	case *Case:
		writeCase(b, x)
	default:
		fmt.Fprintf(b, "<%T>", x)
	}
}

func isWord(name string) bool {
	return name != "" && (name[0] >= 'A' && name[0] <= 'Z' || name[0] >= 'a' && name[0] <= 'z')
}

func writeCall(b *strings.Builder, name string, args []Expr) {
	b.WriteString(name)
	if len(args) > 0 {
		writeJoined(b, "(", args, ", ", ")")
	}
}

func writeJoined(b *strings.Builder, open string, list []Expr, between, end string) {
	b.WriteString(open)
	for i, x := range list {
		if i > 0 {
			b.WriteString(between)
		}
		write(b, x)
	}
	b.WriteString(end)
}

func writeBuiltin(b *strings.Builder, x *Builtin) {
	switch {
	case x.Op == "'":
		write(b, x.Args[0])
		b.WriteString("'")
	case x.Op == "[A]_v":
		writeJoined(b, "[][", x.Args[:1], "", "]_")
		write(b, x.Args[1])
	case len(x.Args) == 0:
		b.WriteString(x.Op)
	case len(x.Args) == 1:
		writeJoined(b, x.Op+" ", x.Args, "", "")
	default:
		writeJoined(b, "(", x.Args, " "+x.Op+" ", ")")
	}
}

func writeQuantified(b *strings.Builder, x *Quantified) {
	var ranges []string
	for _, r := range x.Ranges {
		var names []string
		for _, n := range r.Names {
			names = append(names, n.Name)
		}
		list := strings.Join(names, ", ")
		if r.Tuple {
			list = "<<" + list + ">>"
		}
		ranges = append(ranges, list+` \in `+Text(r.Set))
	}
	over, body := strings.Join(ranges, ", "), Text(x.Body)
	switch x.Kind {
	case Exists:
		b.WriteString(`(\E ` + over + " : " + body + ")")
	case ForAll:
		b.WriteString(`(\A ` + over + " : " + body + ")")
	case Choose:
		b.WriteString("(CHOOSE " + over + " : " + body + ")")
	case Filter:
		b.WriteString("{" + over + " : " + body + "}")
	case Map:
		b.WriteString("{" + body + " : " + over + "}")
	case Function:
		b.WriteString("[" + over + " |-> " + body + "]")
	}
}

func writeFields(b *strings.Builder, fields []Named, between string) {
	b.WriteString("[")
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Name + between)
		write(b, f.Value)
	}
	b.WriteString("]")
}

func writeExcept(b *strings.Builder, x *Except) {
	b.WriteString("[")
	write(b, x.Function)
	b.WriteString(" EXCEPT ")
	for i, c := range x.Changes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("!")
		for _, step := range c.Path {
			if field, ok := step.(*String); ok {
				b.WriteString("." + field.Value)
				continue
			}
			writeJoined(b, "[", []Expr{step}, "", "]")
		}
		b.WriteString(" = ")
		write(b, c.Value)
	}
	b.WriteString("]")
}

func writeCase(b *strings.Builder, x *Case) {
	b.WriteString("(CASE ")
	for i, a := range x.Arms {
		if i > 0 {
			b.WriteString(" [] ")
		}
		writeJoined(b, "", []Expr{a.Guard, a.Value}, " -> ", "")
	}
	if x.Other != nil {
		writeJoined(b, " [] OTHER -> ", []Expr{x.Other}, "", "")
	}
	b.WriteString(")")
}
