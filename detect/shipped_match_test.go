package detect

import (
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// firesAlone lists the shipped rules that an order meets by itself: those without
// conditions, and those that only wait whether it is paid.
func firesAlone(t testing.TB, e *orderguard.Event) []string {
	t.Helper()
	ids := []string{}
	for i := range ShippedRules().Rules {
		r := &ShippedRules().Rules[i]
		waits := r.After > 0 && len(r.All) == 1 && r.Conditions() == 1
		if r.Conditions() > 0 && !waits || !r.On.Match(e) {
			continue
		}
		if r.Expr != nil {
			ok, err := r.Expr.Eval(e, nil)
			require.NoError(t, err, r.ID)
			if !ok {
				continue
			}
		}
		ids = append(ids, r.ID)
	}
	return ids
}

func TestShippedNotes(t *testing.T) {
	for note, want := range map[string]string{
		"加微信 abc888 领优惠券":                                  "note-advertising",
		"专业刷单，日赚300":                                       "note-advertising",
		"Cheap followers, visit https://spam.example":      "note-advertising",
		"Ganhe dinheiro agora www.spam.example":            "note-advertising",
		"Быстрый займ, пишите в телеграм @x":               "note-advertising",
		"你们是骗子店，去死":                                        "note-abuse",
		"FUCK you and your shop":                           "note-abuse",
		"I will find you":                                  "note-abuse",
		"hijos de puta":                                    "note-abuse",
		"Vai se foder":                                     "note-abuse",
		"Сдохни, мразь":                                    "note-abuse",
		"aaaaaaaaaaaaaa":                                   "note-junk",
		"asdfgh qwerty zxcvb":                              "note-junk",
		"qwertyuiop":                                       "note-junk",
		"please leave it at the door":                      "",
		"Please call me on WhatsApp +44 7700 900123":       "",
		"请发顺丰，电话13800138000，微信同号":                          "",
		"麻烦尽快发货，谢谢！":                                       "",
		"Regalo para mi hija, sin factura por favor":       "",
		"Presente para minha filha, embrulhar por favor":   "",
		"Подарок ребёнку, не звоните в дверь":              "",
		"For Dick Shitake, Scunthorpe office":              "",
		"Please don't ship with Yodel, they're killing me": "",
		"Gift: diesel shirt, size M!!!":                    "",
		"给妈妈的生日礼物":                                         "",
		"垃圾袋要黑色的":                                          "",
		"沙雕玩具一个":                                           "",
		"QWERTY layout please":                             "",
		"Bitte nicht knicken -------- danke":               "",
		"Leave it behind the bin, thieves around here":     "",
		"I know where your shop is, see you soon":          "",
		"please cancel if not in stock, will pay today":    "",
		"email me at jo@example.com":                       "",
		"Invoice to jo@firma.com, two reviews pending":     "",
		"hahaha thanks":                                    "",
		"Mi casa no tiene número, donde la farmacia":       "",
		"Я не знаю где домофон, позвоните":                 "",
		"不用关门，放门口就行":                                       "",
		"发票开公司抬头":                                          "",
		"ok":                                               "",
		"123456":                                           "",
		"👍👍👍":                                              "",
	} {
		got := firesAlone(t, &orderguard.Event{Kind: orderguard.OrderCreated, Note: note})
		if want == "" {
			require.Empty(t, got, note)
		} else {
			require.Contains(t, got, want, note)
		}
	}
}

func TestShippedAddresses(t *testing.T) {
	for line1, want := range map[string]string{
		"test": "address-placeholder", "N/A": "address-placeholder", "xxxxx": "address-placeholder",
		"无地址": "address-placeholder", "火星基地1号": "address-placeholder", "火星路1号": "", "742 Nowhere Street, Mordor": "address-placeholder",
		"...": "address-placeholder", "000": "address-placeholder", "нет адреса": "address-placeholder",
		"asdkjhasd": "address-keyboard", "": "", "1 A St": "", "5 Test Valley Road": "", "无锡路12号": "", "Moon Street 4": "", "12": "", "Rua Nenhuma 3": "",
		"Xxx Road 4": "", "测试中心路3号": "", "O 1": "",
	} {
		got := firesAlone(t, &orderguard.Event{Kind: orderguard.OrderCreated, ShipTo: orderguard.ShipTo{Line1: line1}})
		if want == "" {
			require.Empty(t, got, line1)
		} else {
			require.Contains(t, got, want, line1)
		}
	}
	for country, want := range map[string]int{"ZZ": 1, "XK": 0, "CN": 0, "": 0, "zz": 1} {
		e := &orderguard.Event{Kind: orderguard.OrderCreated, ShipTo: orderguard.ShipTo{Country: country}}
		require.Len(t, firesAlone(t, e), want, country)
	}
}
