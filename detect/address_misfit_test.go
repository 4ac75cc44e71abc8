package detect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestMisfits holds street lines that are how somebody is reached, or the name of his city once more, and beside them lockers with
// numbers, villages without streets, forms that were mixed up and links to maps.
func TestMisfits(t *testing.T) {
	for want, all := range map[addressFault][]orderguard.ShipTo{
		faultContact: {
			{Country: "TH", City: "ภูเก็ต", Line1: "0960830955"}, {Country: "CN", City: "广州", Line1: "13812345678", Postcode: "510000"}, {Country: "BR", City: "Curitiba", Line1: "+55 41 98888-1234", Postcode: "80534-755"},
			{Country: "US", City: "Austin", Line1: "someone@mail.com", Postcode: "73301"}, {Country: "ID", City: "Jakarta", Line1: "@instagram_me", Postcode: "34715"}, {Country: "CN", City: "武汉", Line1: "http://short.ly/x9"},
			{Country: "MX", City: "Puebla", Line1: "www.bet88.vip", Postcode: "72000"}, {Country: "PL", City: "Radom", Line1: "t.me/kasa24", Postcode: "26-600"}, {Country: "CN", City: "成都", Line1: "电话13812345678"},
			{Country: "ES", City: "Vigo", Line1: "Tel: 0034 612 345 678", Postcode: "36201"}, {Country: "DE", City: "Bonn", Line1: "+49 151 23456789", Postcode: "53111"},
		},
		faultCity: {
			{Country: "CN", City: "上海", Line1: "上海"}, {Country: "CN", City: "上海市", Region: "上海", Line1: "上海市"}, {Country: "CN", City: "杭州", Region: "浙江", Line1: "浙江省"}, {Country: "CN", City: "杭州", Line1: "浙江省杭州市"},
			{Country: "MX", City: "Monterrey", Line1: "monterrey"}, {Country: "PL", City: "Łódź", Line1: "Łódź"}, {Country: "RU", City: "Москва", Line1: "г. Москва"}, {Country: "DE", City: "München", Line1: "München", Postcode: "00000"},
			{Country: "TH", City: "กรุงเทพฯ", Line1: "กรุงเทพฯ"}, {Country: "BR", Line1: "São Paulo"},
		},
		faultNone: {
			{Country: "DE", City: "Packstation 145 Bonn", Line1: "1012345678", Postcode: "53111"}, {Country: "DE", City: "Bonn", Line1: "1012345678", Postcode: "53111"}, {Country: "PL", City: "Radom", Line1: "660123", Postcode: "26-600"},
			{Country: "TR", City: "İzmir", Line1: "1234567890", Postcode: "35000"}, {Country: "AE", City: "Dubai", Line1: "0501234567"}, {Country: "KE", City: "Lamu", Line1: "+254 712 345 678"}, {Country: "IE", City: "Cork", Line1: "0871234567", Postcode: "T12 X70A"},
			{Country: "BR", City: "Recife", Line1: "https://maps.app.goo.gl/abc", Postcode: "50000-000"}, {Country: "RU", City: "Чита", Line1: "https://yandex.ru/maps/-/CD"}, {Country: "GB", City: "Leeds", Line1: "///filled.count.soap"},
			{Country: "BR", City: "Rua XV 20, Recife", Line1: "81999998888", Postcode: "50000-000"}, {Country: "BR", Phone: "Rua das Flores, 20540", City: "Recife", Line1: "81999998888", Postcode: "50000-000"}, {Country: "CN", City: "大田", Line1: "30.2741, 120.1551"},
			{Country: "GB", City: "Leeds", Line1: "tel."}, {Country: "RU", City: "Ключи", Line1: "Ключи"}, {Country: "PL", City: "Zalesie", Line1: "Zalesie"}, {Country: "DE", City: "Au", Line1: "Au"}, {Country: "CN", City: "漠河", Line1: "漠河"}, {Country: "KE", City: "Lamu", Line1: "Lamu"},
			{Country: "PL", City: "Warszawa", Line1: "Praga"}, {Country: "DE", City: "Berlin", Line1: "Hamburger Allee"}, {Country: "CN", City: "上海", Line1: "上海路"}, {Country: "CN", City: "上海", Line1: "上海大厦"}, {Country: "MX", City: "Monterrey", Line1: "Monterrey", Postcode: "64000"},
			{Country: "MX", City: "Monterrey", Line1: "Monterrey 12"}, {Country: "MX", City: "Monterrey", Line1: "Monterrey Centro"}, {Country: "US", City: "Paris", Line1: "London Rd"}, {Country: "RU", City: "Москва", Line1: "Казань"},
		},
	} {
		for i := range all {
			all[i].Name = "Ann Lee"
			require.Equal(t, want.String(), faultOf(&all[i]).String(), "%+v", all[i])
		}
	}
	for _, s := range []orderguard.ShipTo{{Country: "US", Line1: "someone@mail.com", Name: "Ann Lee"}, {Country: "US", City: "Austin", Line1: "someone@mail.com"}, {Country: "CN", City: "上海", Line1: "上海"}} {
		require.Equal(t, faultNone, faultOf(&s), "nobody or nowhere to send to: %+v", s)
	}
}
