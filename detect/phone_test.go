package detect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

func TestPhoneHash(t *testing.T) {
	hash := func(phone string) uint64 { return phoneHash(&orderguard.ShipTo{Phone: phone}) }
	same := hash("+86 138-0013-8002")
	require.NotZero(t, same)
	for _, phone := range []string{"13800138002", "0086 13800138002", "(138) 0013.8002", "+8613800138002"} {
		require.Equal(t, same, hash(phone), phone)
	}
	require.Equal(t, hash("06 12 34 56 70"), hash("+33 612345670"))
	require.NotEqual(t, same, hash("13800138003"))
	require.NotEqual(t, hash("2345670"), hash("02345671"))
	for _, phone := range []string{"", "12", "234567", "138****8002", "138xxxx8002", "2345670 x12", "00000000", "12345678", "٠٥٠١٢٣٤٥٦٧"} {
		require.Zero(t, hash(phone), phone)
	}
}
