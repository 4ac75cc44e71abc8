package orderguard

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEventBinary fills every field of an event with something of its own, by
// reflection, so that none that is added later is forgotten.
func TestEventBinary(t *testing.T) {
	var e Event
	n := 1
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch v.Kind() {
		case reflect.Uint8:
			v.SetUint(uint64(n % Kinds))
		case reflect.Int64:
			v.SetInt(int64(n) << 31)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString(string(make([]byte, n)) + "é")
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"one", "", "three"}))
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		default:
			t.Fatalf("a field of kind %s: say how it is written", v.Kind())
		}
	}
	fill(reflect.ValueOf(&e).Elem())
	b, err := e.AppendBinary([]byte("before"))
	require.NoError(t, err)
	var got Event
	require.NoError(t, got.UnmarshalBinary(b[len("before"):]))
	require.Equal(t, e, got)
	for cut := len("before"); cut < len(b); cut++ {
		require.Error(t, got.UnmarshalBinary(b[len("before"):cut]))
	}
	require.Error(t, got.UnmarshalBinary(append(b[len("before"):], 0)))
}

// FuzzEventBinary holds that what is read is written as it was.
func FuzzEventBinary(f *testing.F) {
	for _, e := range []Event{{Kind: OrderCreated, ID: "e", Custom: true}, {Kind: DisputeOpened, Evidence: []string{"x", "y"}, Time: 5, Clock: 6}} {
		b, err := e.AppendBinary(nil)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, again Event
		if e.UnmarshalBinary(b) != nil {
			return
		}
		c, err := e.AppendBinary(nil)
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalBinary(c))
		require.Equal(t, e, again)
	})
}
