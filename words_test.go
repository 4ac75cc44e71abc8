package orderguard

import (
	"encoding"
	"testing"

	"github.com/stretchr/testify/require"
)

// word is a name of the field that is written as text.
type word interface {
	comparable
	encoding.TextMarshaler
	String() string
}

// readsBack holds that each value from first on is read from what it writes,
// and that no two are written alike.
func readsBack[T word, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, values []T) {
	seen := map[string]bool{}
	for _, v := range values {
		text, err := v.MarshalText()
		require.NoError(t, err)
		require.NotEmpty(t, text)
		require.Equal(t, v.String(), string(text))
		require.False(t, seen[string(text)], "%s stands for two values", text)
		seen[string(text)] = true
		var back T
		require.NoError(t, P(&back).UnmarshalText(text))
		require.Equal(t, v, back)
	}
	var none T
	require.Error(t, P(&none).UnmarshalText([]byte("no such word")))
}

func upTo[T ~uint8](first, last T) (all []T) {
	for v := first; v <= last; v++ {
		all = append(all, v)
	}
	return all
}

func TestWordsReadBack(t *testing.T) {
	readsBack(t, upTo(AnswerNormal, AnswerIgnore))
	readsBack(t, upTo(CloseOrder, BindSeller))
	readsBack(t, upTo(Unrestricted, Frozen))
	readsBack(t, upTo(Submitted, Final))
	readsBack(t, upTo(NothingFound, Malicious))
	readsBack(t, upTo(DisputeRate, Disputes))
	readsBack(t, upTo(NotReceived, OtherReason))
	readsBack(t, []Day{0, 1, 20_000, MaxTime.Day()})
}

// An alert's status follows its verdict, and a decision its level.
func TestWordsFollow(t *testing.T) {
	require.Equal(t, []Status{Open, Normal, Abnormal, Ignored},
		[]Status{Answer(0).Status(), AnswerNormal.Status(), AnswerAbnormal.Status(), AnswerIgnore.Status()})
	for level, kind := range map[Level]DecisionKind{Unrestricted: LiftSanction, Warned: WarnBuyer, Restricted: RestrictBuyer, Frozen: FreezeBuyer} {
		require.Equal(t, kind, level.Decision())
	}
}

func TestRulePrecision(t *testing.T) {
	_, ok := RuleRecord{}.Precision()
	require.False(t, ok)
	p, ok := RuleRecord{Abnormal: 3, Normal: 1}.Precision()
	require.True(t, ok)
	require.Equal(t, 0.75, p)
}

func TestReportOverdue(t *testing.T) {
	r := Report{Due: 10}
	require.False(t, r.Overdue(10))
	require.True(t, r.Overdue(11))
	r.Due = 0
	require.False(t, r.Overdue(11))
}
