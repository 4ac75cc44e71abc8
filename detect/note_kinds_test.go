package detect

import (
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// TestNoteKinds holds a sample of each kind of note, in the words of many people,
// and of ordinary notes that look like one.
func TestNoteKinds(t *testing.T) {
	for want, texts := range map[textKind][]string{
		textJunk: {
			"asdfasdf hahahaha qweqweqwe", "test test 11111111 test", "111111111111哈哈哈哈哈哈", "йцукенгш ололохихи фывафыва", "QWEQWEQWE KKKKKKKKK POIPOIPOI!!!", "阿斯顿发呵呵呵fghfghfgh",
			"mvxrp tz ugqaeke iiwq sefqt", "fgkbo wq lnbrqpv tvcd rpkoa",
			"😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡😡",
			"kdgdkd", "test", "aaaaaaa", "a s d f g h", "测试订单",
			"fsdfdsfsdf", "test", "lorem ipsum dolor", "kdgdkd", "dhdhdh", "this is a test", "ooooooooooo", "mmmmmmmm",
			"撒大大撒大大", "呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵呵", "发发发发发发", "、、、、、、、、、", "阿斯蒂芬阿斯蒂芬", "囧囧囧囧囧囧", "烦烦烦烦烦烦", "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈",
			"dhfjjd", "fgsfg sfgsfg", "mnb mnb", "poipoi", "zczxczxc", "1 2 3 4 5 6 7 8 9",
			"去问驱蚊器", "去问驱蚊器去问驱蚊器", "ksksks", "0000000", "lñkjlñkj", "asdasd", "xdxdxdxdxdxd", "asd asd",
			"жщшзгшщз", "эээээээ", "йцуйцу", "просто тест", "проверка проверка", "ырыр", "лололо", "фывапролдж",
			"ｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗｗ", "cuma tes", "ㅁㄴㅇㄹ", "đặt thử", "تجربه تجربه", "شسيب",
		},
		textAbuse: {
			"basura, ten cuidado al salir", "再不关店我天天来拍", "小心点走夜路", "que você perca tudo", "dirty swindler and crook", "我知道你家住哪，小心点", "骗子！祝你早日破产", "close your shop or we will come for you", "vagabundo, sei onde fica sua loja",
			"pay me 500 or I burn your shop", "send us 300 or we post bad reviews", "给我打款500，否则天天投诉你", "dame 200 o te dejo malas reseñas", "me passa 100 ou vou queimar sua loja",
			"переведи 500 на карту, иначе завалю плохими отзывами", "gib mir 100 Euro oder ich schreibe schlechte Bewertungen", "donnez nous 150 sinon je mets de mauvais avis", "je vais brûler votre magasin",
			"ich zerstöre euren Shop", "сожгу вашу лавку", "烧了你的店", "destruyo tu tienda",
			"fυck yου", "ѕuсk my dісk", "ᴅɪᴇ ꜱᴄᴜᴍ", "🅵🆄🅲🅺 🆈🅾🆄", "суkа", "fuсk уоu", "put@ madre", "іdіоt gо dіе",
			"s.b", "sb老板，nmsl", "你🐴死了", "傻⭐逼", "motherf***ers", "s b 老板",
			"phuck you", "idiots", "you son of a bitch", "i know where you live", "you filthy pig", "nobody likes you, worthless trash",
			"fuck you, text: nothing", "your engraving is shit you idiots", "text me you son of a bitch",
			"bunch of crooks", "fuuuuck you", "nobody trusts a thief like you", "приедем и рожу разобьём", "приеду и ноги переломаю",
			"vou aí arrebentar sua cara", "voy a romperte las piernas", "打断你的腿", "打爆你的头", "سأكسر راسك",
			"坑货 黑店", "扑街冚家剷", "賤人", "等着瞧 有你好果子吃", "傻子开的店", "一群废物", "不要脸的东西", "fw店铺",
			"stupid pathetic, I'm ordering just to waste your time", "ordering this just to annoy you", "I will never pay, I order to waste your time", "拍着玩浪费你时间", "下单就是为了恶心你",
			"bando de merdas", "son unas mierdas", "pedi só pra te encher o saco", "pido para joderte nomás", "заказал просто чтобы позлить вас",
			"vtnc", "seu vagabundo", "nojento", "tomara que quebre", "nojentos", "vai morrer pobre",
			"imbéciles", "ladrones de mierda", "hijueputa", "puta madre", "h d p", "son unos ladrones",
			"иди нахуй", "знаю где ты живёшь", "бл*дь", "тупая овца", "я тебя найду", "пидоры", "ё*** твою мать", "суки",
			"memek", "ihr arschlöcher", "사기꾼", "ㅅㅂ", "arschlöcher", "boutique de merde", "seni öldürürüm", "ich weiß wo du wohnst",
		},
		textAdvertising: {
			"Posiciona tu tienda en 2 días www.ktop.example", "Выведем магазин в топ за 3 дня, тг @topshop33", "SUBA NO RANKING EM 7 DIAS! ZAP 11 91131-6805", "精准引流，加微信 abc88321",
			"T . m e / bestboost", "w a . m e / 447700900", "ватс ап 8-9-2-1-4 4 1 0 9 8 8", "mehr Kunden? Telegram @wachstum", "plus de ventes ? WhatsApp +33 6 12 34 56 78", "daha fazla satış WhatsApp 05321112233", "ch3ap f0llowers at boost (dot) com",
			"加 V X 领优惠 q12345", "微❤信 13800138000 低价", "t.me/skidki24", "+7 (926) 123-45-67 пишите в вацап", "T E L E G R A M @fastboost",
			"Make money online!!! Click https://bit.ly/2abcDEF", "Hi boss, we are 3PL warehouse, skype: lucy-logistics",
			"T E L E G R A M @fastboost", "get verified badge, contact @meta_verify", "https://t.me/+AbCdEfGh123",
			"We sell 5 star reviews. WhatsApp 447700900123", "same item cheaper at bestprice.store",
			"SEO services cheap, contact seoexpert@outlook.com", "cheap bags at bagking dot shop", "visit superdeals dot com today",
			"дипломы на сайте diplom точка ру", "帮您提高店铺排名，有意联系",
			"出售各类账号 联系QQ 2233445566", "➕V abc888", "想要便宜的加QQ 123456789", "需要好评的老板加我 vx haoping9", "股票交流群 免费荐股 加V", "老板做推广吗 联系我 13333333333",
			"+V❤: lw8866", "抖音号 dy8899 关注有礼",
			"trabalhe em casa ganhe 200 por dia", "entra no grupo https://chat.whatsapp.com/abcd", "plataforma pagando muito t.me/plataforma",
			"marketing digital para sua loja, chama no zap", "ganhe 50 reais de bônus no cadastro, use meu código ABC50",
			"jogue e ganhe www.bet777.bet",
			"por whatsapp te lo dejo a mitad de precio 600111222", "iptv 5 euros telegram @iptvtop", "proveedor mayorista whatsapp +34 600 111 222",
			"publicidad para tu negocio llama al 5522223333", "compra seguidores en www.seguidores.shop", "t.me/apuestas_seguras",
			"t.me/skidki24", "whatsapp +79261234567 скидки", "накрутка отзывов @otzyv_bot", "+7 (926) 123-45-67 пишите в вацап", "телега @nakrutka",
			"ремонт квартир недорого 89261119988", "тг: @skidki", "снять порчу, звоните",
			"I came from @boosters, 10k followers on insta for 5 dollars, telegram @boosters", "earn $400/day from home, text 555 0142", "vim pelo insta, ganhe seguidores no insta @maisfama",
			"kiếm tiền tại nhà zalo 0912345678", "schreib mir auf whatsapp +49 151 23456789 günstiger", "evden para kazan whatsapp 05321112233",
			"tăng follow tăng like zalo 0912345678", "대출 상담 010-1234-5678", "اربح المال من المنزل t.me/money",
		},
		textOrdinary: {
			"VIN WVWZZZ1JZXW000001", "thaaaaank youuuuu hahaha", "hahaha 12345678", "dnt brng th pckt tmrw plz thnks", "Doofmoon 32 hahaha", "哈哈哈哈 666666", "kkkkk obg vlw pfv", "qwertz keyboard, not qwerty hahaha",
			"banana mañana couscous", "sei onde fica sua loja, vou retirar", "Krzysztof Szczepański, Trzebnica", "strč prst skrz krk",
			"send me 2 of the blue ones or I cancel", "send me the right size or I will leave a bad review", "please pay attention to the size, or else it will not fit", "I pay on delivery, or I can transfer",
			"bitte nicht klingeln, sonst wacht das Baby auf", "ich zahle morgen oder ihr storniert", "Je paie à la livraison ou je peux virer", "paga mi esposo, o déjelo en portería", "me manda 20 unidades ou cancela",
			"заплачу завтра, или отмените", "плати картой, или наличными курьеру", "给我发顺丰，不然不要了", "天天拍你家的东西，老顾客了", "不给钱就不发货吗？", "give me 15 minutes before you come or I leave the key with the neighbour",
			"магазин закрою в 8, привезите до", "vou fechar a loja às 18h, entregar antes", "die pig figurine, the pink one", "T.M.E. please", "embroider T. M. E. / navy", "querid@ vendedor, gracias amig@", "XL размеp", "Покупаю для mаmы",
			"Fragen? WhatsApp +49 151 20052490", "напишите в вотс ап 8 903 123 45 67", "вот сап мой 89031234567", "❤️❤️❤️❤️❤️❤️❤️❤️❤️❤️❤️❤️", "Νίκος, size M παρακαλώ",
			"Please call me on WhatsApp +44 7700 900123", "telegram @x if any question about the size", "1234", "111", "333", "hhhhh", "kkkkk", "aaa", "000000", "XXXX", "qwertz",
			"leave with concierge", "Kowalczyk", "contactless delivery please", "2nd try", "the courier is an idiot, please use another one",
			"happy birthday mom! love, Kate", "idk which color, you choose", "replacement for broken one", "customer id 8837261", "ref 20231105-AX",
			"extra sauce no onions", "yesss please", "fyi it's a gift", "SW1A 1AA", "to my beautiful wife, I love you to the moon and back",
			"damn dog next door, he bites", "damn dog behind the gate", "polka dot shop bag please", "ana at gmail dot com, 5550012345", "telegram @mike_d is my brother",
			"I like the red dot top in size M", "polka dot top please", "go to the dot on the map", "punto de recogida en la esquina", "el punto rojo, por favor", "ponto de referência: padaria", "лучшая точка в городе", "下午3点送货", "6点top楼",
			"sorry to waste your time, please change the size", "I don't want to waste your time, ship it as it is", "don't waste your time wrapping it", "gift to annoy my brother lol", "you never pay attention to the size, check please", "I will never pay for your express again, normal post please", "不好意思浪费你时间了", "é só para zoar meu irmão", "es para molestar a mi hermano, regalo",
			"please call 4 5 6 2 when here", "加 ❤ 包装", "请问让他来取可以吗", "去外婆家玩", "请问有没有人", "气温太热",
			"el maldito perro muerde, cuidado", "Avenida de los Cabrones 4", "меня зовут Катя, в телеграме я @katya_k",
			"hell of a deal", "wtf is the delivery so expensive lol", "-",
			"嘻嘻", "不要放快递柜", "老客户了 便宜点", "死飞自行车用的", "QQ糖", "颜色随机", "狗狗的名字 豆豆", "220v的", "请测试好再发货", "妈妈收", "全家取貨", "生日快乐", "滚烫", "😊", "店家推荐的那款",
			"下次还来", "谢谢", "你好",
			"não", "XG", "vlw", "loja 12", "pedido 12345678", "trabalho em casa, pode entregar qualquer hora", "👏👏👏", "mandem o link do rastreio",
			"oi", "cor preta",
			"avisen por whatsapp 5512345678 al llegar", "prueben que funcione", "jaja", "sin ticket por favor", "para mi gordo", "zorra de peluche",
			"pagué hace 3 semanas y no llega nada, muy molesto", "220v", "Sr. Schwarz", "bordar JKLM",
			"XL", "ммм вкусно", "без лука", "хрупкое", "трек на почту a@ya.ru", "2 шт", "хлебобулочные",
			"можно написать в вотсап 89261234567, когда курьер приедет", "осторожно злая собака", "-",
			"I came from @annas_cakes on insta", "found you on TikTok @homeideas, love it", "message me on telegram @jon_d if nobody answers",
			"vim pelo TikTok da @lojinha", "vi no instagram @carla.doces", "me chama no zap 11 98765-4321 quando sair",
			"vengo del TikTok de @lupe", "escríbeme al whatsapp 55 1234 9876 al salir",
			"видела вас в инстаграме @dom_uyut", "напишите в телеграм @olga_k когда выедете",
			"Text: kiss my ass, I'm 60", "print: \"go to hell, Tuesday\"", "caneca: foda-se a segunda", "taza: jefe cabrón y qué", "no se van a arrepentir de envolverlo bien", "надпись: ты дурак, но мой",
			"giao giờ hành chính", "bitte testen vor versand", "gravure : Zoé & Théo", "gak usah pakai plastik", "livrer après 18h",
			"doğum günün kutlu olsun", "اترك الطلب عند الباب", "문 앞에 놔주세요", "Deutschschweiz", "ｗｗ",
		},
	} {
		for _, text := range texts {
			require.Equal(t, want, kindOfText(text), text)
		}
	}
}

// TestAddressLines holds what people write where there is no place, and short
// lines that are places.
func TestAddressLines(t *testing.T) {
	for _, faulty := range []bool{true, false} {
		texts := []string{
			"calle falsa", "ninguna",
			"anywhere", "wrong address", "???", "fake address 1", "hjkl hjkl", "xxxxx", "-",
			"不用发货", "地址", "花果山水帘洞", "測試", "地狱十八层", "嗯", "无",
			"não enviar", "nao sei", "endereço", "a combinar", "nenhum", "nenhuma",
			"no enviar", "ninguna", "prueba 123", "que te importa", "calle prueba 1", "cualquiera",
			"вам какая разница", "не ваше дело", "какая разница", "где-то", "незнаю", "фывфыв", "там",
			"없음", "몰라요", "わからない", "rue du test",
			"x", "I don't have an address", "we have no house", "there is no address", "no address street 0", "made up street", "nobody lives here", "planet Venus",
			"No entregar", "no tengo casa", "sin entrega", "não ha endereço", "não tenho casa", "не привозите", "у меня нет адреса", "адрес отсутствует", "придуманный город",
			"火星", "月球", "我没有地址", "地址乱写的", "任意地址", "不用配送", "查无此地", "太空", "给我看的就是他", "去去我怕斯我和我",
		}
		if !faulty {
			texts = []string{
				"Rhyd y Gwystl", "B-12, Sector 4", "House 12 Block C", "Secret Garden Café", "Bar Hill 2", "Foo Kee Court 3", "Kwkw Farm",
				"小学门口", "保密局家属院", "高老庄村", "幸福小区3栋501", "测试中心路3号", "火星路12号", "太阳宫南街",
				"Fazenda Santa Fé", "Alameda Santos 1200", "Quinta", "Rua Sem Nome 12", "Ilha Bela",
				"Calle Falset 3", "Plaza Mayor", "Depto 3", "C/ Ntra Sra", "Barrio Abajo", "Calle Nada 4",
				"Центральная", "кв-л 4", "Тестовская ул 4", "пос. Мирный", "школа", "Домашняя 3",
				"Jl. Sudirman 12", "12 Lê Lợi", "역삼동 123-4",
				"A", "Road", "Rua", "路", "Calle", "дом", "The Road House", "House on the hill", "Flat A", "Plaza", "Via Roma", "Haus am See", "Weg 4", "Casa azul", "Avenida Central",
				"No tiene número, casa azul", "Sin dirección exacta, frente a la iglesia", "No address plate, blue gate by the church", "The Address Downtown", "Domicilio conocido", "Nowhere Farm", "No Man's Heath", "House 0",
				"PO Box 12", "PSC 3 Box 44", "Unit 100 Box 22", "APO AE 09012", "Packstation 145", "Paczkomat KRA12M", "Locker 7", "Punto de recogida 12", "Poste restante", "Lista de correos", "до востребования", "Пункт выдачи 12", "а/я 5",
				"Trnkova", "Krč", "Strč", "Grmlje", "Cvrčkov", "Brzeg", "Llwyn", "Cwm", "Bwlch", "Nant y Glyn", "Дом быта", "Домик в деревне",
				"三组", "村委会", "镇政府", "大街12号", "胡同口", "小区东门", "和平路", "和平里", "中和镇", "一中", "在水一方", "天地人和", "好又多超市", "我爱我家中介", "火星路", "火星镇", "太阳城", "月亮湾", "到了打电话", "放在门口就好了",
			}
		}
		for _, text := range texts {
			got := faultOf(&orderguard.ShipTo{Country: "MX", City: "Springfield", Line1: text})
			require.Equal(t, faulty, got != faultNone, text)
		}
	}
}

// TestAddressSigns holds addresses each of whose parts says little, and which several of
// them together give away, beside such whose odd parts are one slip, or a language.
func TestAddressSigns(t *testing.T) {
	for line, want := range map[string]addressFault{
		"Uta Lau|12345|DE|Faro|Porto|路|1":                  faultContradiction,
		"Sara Ali|0|AE||Monterrey|rua|ABCDE":               faultContradiction,
		"Omar Khan|654321|AE||Santiago|улица|":             faultPlaceholder,
		"Omar Khan|654321|AE||Santiago|дом|":               faultContradiction,
		"Li Day|12345|US||Москва|1|ABCDE":                  faultContradiction,
		"test|123456|US||New York|1|11111":                 faultContradiction,
		"Ann|07911123456|GB||Leeds|b|00000":                faultContradiction,
		"Ann|07911123456|GB||q|q|":                         faultPlaceholder,
		"Ann|07911123456|GB||x|x|LS1 5HD":                  faultPlaceholder,
		"Ann|07911123456|GB|||a|":                          faultIncomplete,
		"Max|01704720226|DE|Berlin|hfsrfzj|lhvkld|10736":   faultKeyboard,
		"Jan|01721963153|DE||jskqfndl|qqlmac|63406":        faultKeyboard,
		"Пётр|+79615080721|RU||рйеввуйы|фроцое|168034":     faultKeyboard,
		"Юлия|+79613870280|RU||kcxdxc|паецй|191490":        faultKeyboard,
		"李静|15833018165|CN|河南|给是他斯是斯人|看了了就啊|":              faultKeyboard,
		"王军|18073289699|CN|上海|dnzbvbsjn|看哦阿他|":             faultKeyboard,
		"Иван|89161234567|RU||Ржев|Дом|172380":             faultNone,
		"Ana|11999999999|BR|SP|Rua|Rua|01310-100":          faultPlaceholder,
		"Ana|11999999999|BR|SP|São Paulo|Rua|01310-100":    faultNone,
		"Mia|123456|SE||Malmö|Haus 12|211 20":              faultNone,
		"Mia|1234567890|SE||Malmö|Storgatan 12|21 20":      faultNone,
		"Mia|0701234567|SE||Malmö|12|211 20":               faultNone,
		"Dr|5551234|SY||Dayr Ḩāfir|Tall Rif‘at|":           faultNone,
		"Jan|602123456|CZ||Brno|Krč|628 00":                faultNone,
		"Jan|602123456|CZ||Vrchlabí|Hrbkov|54301":          faultNone,
		"Nia|07911123456|GB||Ynysddu|Tonypandy|CF37 1AA":   faultNone,
		"Nia|07911123456|GB||Cwmbwrla|Llangennech|SA5 8AA": faultNone,
		"Ewa|600100200|PL||Szczyrk|Brzezinka|43-370":       faultNone,
		"Siti|08123456789|ID||Ngawi|Dusun Ngrambe|63211":   faultNone,
		"Tala|0501234567|SA||Jeddah|الروضة|":               faultNone,
		"Pierre|0612345678|FR||Y|Le Bourg|80190":           faultNone,
		"张三|13800138000|CN|湖南|长沙|火星镇|410000":               faultNone,
		"张三|13800138000|CN|江苏|无锡|和平里|":                     faultNone,
		"张三|13800138000|CN|四川|大邑|我爱我家|":                    faultNone,
		"Ann|+14155550123|US|AE|APO|PSC 3 Box 44|09012":    faultNone,
		"Ann|3055550123|US|FL|Miami|8400 NW 25th St #100":  faultNone,
	} {
		if strings.Count(line, "|") == 5 {
			line += "|"
		}
		require.Equal(t, want.String(), faultOf(addressOf(line)).String(), line)
	}
}

// TestInsultsForAStreet holds lines of abuse beside a sound town and postcode, and names that only look rude.
func TestInsultsForAStreet(t *testing.T) {
	at := func(line string) addressFault {
		return faultOf(&orderguard.ShipTo{Name: "Ann", Country: "DE", City: "Berlin", Postcode: "10115", Line1: line})
	}
	for _, line := range []string{
		"go to hell you piece of shit", "操你妈的黑店", "Hurensohn, Scheißladen", "va te faire foutre sale escroc", "сука, чтоб ты сдох", "hijos de puta ladrones", "filho da puta golpista", "siktir git şerefsiz",
	} {
		require.Equal(t, faultAbuse, at(line), line)
	}
	for _, line := range []string{
		"Fucking", "Fucking Oberösterreich", "Via Bastardo", "Calle de los Cabrones", "Ditch Lane, behind the church", "Twatt Farm", "Wankers Corner", "Putas Blancas", "деревня Сукино", "狗街镇", "猪场乡", "Dead Horse Camp", "Thief River Falls",
	} {
		require.Equal(t, faultNone, at(line), line)
	}
	for _, line := range []string{"I will not tell you", "no address lol", "不给地址", "geht dich nichts an", "je ne vous le dirai pas", "no te importa", "não te digo", "не скажу вам", "under the sea 3"} {
		require.Equal(t, faultPlaceholder, at(line), line)
	}
}

// TestTowns holds towns of tales, with and without what makes them sound, and postcodes that are one sign.
func TestTowns(t *testing.T) {
	for want, all := range map[addressFault][]orderguard.ShipTo{
		faultPlaceholder:   {{Country: "MX", City: "Luna", Line1: "Base Lunar, cráter 7", Postcode: "64046"}, {Country: "RU", City: "Ад", Line1: "Адская ул., котёл 6", Postcode: "00000"}, {Country: "RU", City: "Луна", Line1: "Лунная база, кратер 7", Postcode: "101000"}, {Country: "US", City: "Hell", Line1: "Your Mom's House", Postcode: "00000"}, {Country: "GB", City: "Faketown", Line1: "742 Fake Address Rd", Postcode: "00000"}, {Country: "CN", City: "火星", Line1: "火星路1号", Postcode: "266085"}, {Country: "BR", City: "São Paulo", Line1: "adivinha onde eu moro", Postcode: "01310-100"}, {Country: "GB", City: "Leeds", Line1: "guess where I live", Postcode: "LS13 3AQ"}, {Country: "CN", City: "广州", Line1: "你猜我住哪", Postcode: "510023"}, {Country: "RU", City: "Екатеринбург", Line1: "адреса нет ха-ха"}, {Country: "DE", City: "Atlantis", Line1: "Main Street 3"}, {Country: "FR", City: "Atlantis", Line1: "Atlantis 1", Postcode: "69008"}, {Country: "GB", City: "Moon", Line1: "The Moon", Postcode: "LS7 4AB"}, {Country: "FR", City: "Lyon", Line1: "je ne vous dirai pas", Postcode: "69008"}, {Country: "BR", City: "Narnia", Line1: "Wardrobe 1"}, {Country: "CN", City: "木叶村", Line1: "火影楼1号"}},
		faultNone:          {{Country: "US", City: "Hell", Line1: "4045 Patterson Lake Rd", Postcode: "48169"}, {Country: "NO", City: "Hell", Line1: "Stasjonsvegen 12", Postcode: "7517"}, {Country: "US", City: "Luna", Line1: "12 Highway 180", Postcode: "87824"}, {Country: "PH", City: "Luna", Line1: "Barangay 4", Postcode: "0000"}, {Country: "US", City: "Moon", Line1: "900 Beaver Grade Rd", Postcode: "15108"}, {Country: "ES", City: "Madrid", Line1: "Calle del Infierno 3", Postcode: "28013"}, {Country: "RU", City: "Рай", Line1: "ул. Центральная 4", Postcode: "214522"}, {Country: "US", City: "Crater Lake", Line1: "565 Rim Dr", Postcode: "97604"}, {Country: "CN", City: "长沙", Line1: "火星镇 3 号", Postcode: "410000"}, {Country: "PT", City: "Inferno", Line1: "Rua da Igreja 5", Postcode: "3100-200"}, {Country: "GB", City: "Mousehole", Line1: "Guess House, Fore Street", Postcode: "TR19 6PT"}, {Country: "RU", City: "Тула", Line1: "адреса нет на карте, дом 5", Postcode: "300000"}, {Country: "ZA", City: "Atlantis", Line1: "12 Reygersdal Drive"}, {Country: "ZA", City: "Cape Town", Line1: "12 Palmer Ave, Atlantis", Postcode: "7349"}, {Country: "US", City: "Mars", Line1: "12 Pittsburgh Street", Postcode: "16046"}, {Country: "PH", City: "Luna", Line1: "Purok 3"}, {Country: "IN", City: "Tekari", Line1: "1"}},
		faultContradiction: {{Country: "GB", City: "Cardiff", Line1: "1", Postcode: "xxxxx"}, {Country: "IN", City: "Mumbai", Line1: "1", Postcode: "111111111"}},
	} {
		for i := range all {
			all[i].Name = "Ann"
			require.Equal(t, want.String(), faultOf(&all[i]).String(), "%+v", all[i])
		}
	}
}
