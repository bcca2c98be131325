// Goal: messages that differ in anything are two, also where both wait for one write.
// Method: every field of a message, by reflection, so that a new one is not forgotten.

package protocol

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessagesThatDifferInOneFieldWaitBoth(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Message]()) {
		t.Run(field.Name, func(t *testing.T) {
			var plain, other Message
			setField(t, reflect.ValueOf(&other).Elem().FieldByIndex(field.Index))
			var w write
			for range 2 {
				w.hold(&plain)
				w.hold(&other)
			}
			require.Equal(t, []Message{plain, other}, w.out)
		})
	}
}

// setField makes a field other than zero.
func setField(t *testing.T, field reflect.Value) {
	switch {
	case field.Type() == reflect.TypeFor[Entries]():
		field.Set(reflect.ValueOf(EntriesOf(Entry{Term: 1})))
	case field.Type() == reflect.TypeFor[Configuration]():
		field.Set(reflect.ValueOf(Configuration{Voters: Nodes(1)}))
	case field.CanUint():
		field.SetUint(1)
	default:
		require.Equal(t, reflect.Bool, field.Kind())
		field.SetBool(true)
	}
}
