package bench

// country is where a shop or buyer is: its language, clock and addresses. In
// the patterns # is a digit, @ a digit from 1 to 9, & one from 2 to 9, ? a
// capital letter, and $ the street.
type country struct {
	code, currency, lang string
	share                float64 // of shops and buyers
	offset               int64   // hours ahead of UTC
	given, family        []string
	familyFirst          bool
	streets              []string
	lines                []string
	phones               []string
	cities               []city
	minor                float64 // minor units that a price of one unit of ours has there
}

type city struct{ name, region, postcode string }

var countries = []country{
	{
		code: "CN", currency: "CNY", lang: "zh", share: .3, offset: 8, minor: 700,
		given:  []string{"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀兰", "霞", "平", "刚", "桂英", "子涵", "雨桐"},
		family: []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"}, familyFirst: true,
		streets: []string{"人民路", "解放路", "中山路", "建设路", "和平街", "文化路", "新华街", "长江路", "学院路", "滨河大道", "朝阳街", "胜利路"},
		lines:   []string{"$@##号@栋@0#室", "$@#号", "$@##弄@#号@0#", "$@#号花园小区@#幢@单元@0@"},
		phones:  []string{"+8613########@", "13########@", "18########@", "+86 15@ #### ####", "159-####-####"},
		cities: []city{{"杭州市", "浙江省", "31####"}, {"深圳市", "广东省", "518###"}, {"北京市", "北京市", "1000##"}, {"上海市", "上海市", "2000##"},
			{"成都市", "四川省", "610###"}, {"武汉市", "湖北省", "430###"}, {"西安市", "陕西省", "710###"}, {"义乌市", "浙江省", "3220##"}, {"南京市", "江苏省", "210###"}},
	},
	{
		code: "US", currency: "USD", lang: "en", share: .15, offset: -5, minor: 100,
		given:   []string{"James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "Susan", "Joseph", "Karen", "Thomas", "Nancy"},
		family:  []string{"Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Wilson", "Moore", "Taylor", "Lee", "Clark", "Lewis"},
		streets: []string{"Oak St", "Maple Ave", "Main St", "2nd St", "Park Ave", "Cedar Ln", "Washington Blvd", "Elm St", "Lake Dr", "Hill Rd"},
		lines:   []string{"@##@ $", "@## $ Apt @#", "@#@ $ Unit @", "@### $"},
		phones:  []string{"+1614&######", "+1512&######", "(503) &##-####", "718-&##-####", "+1 303 &## ####"},
		cities: []city{{"Columbus", "OH", "432##"}, {"Austin", "TX", "787##"}, {"Portland", "OR", "972##"}, {"Queens", "NY", "113##"},
			{"Tampa", "FL", "336##"}, {"Denver", "CO", "802##"}, {"Fresno", "CA", "937##"}},
	},
	{
		code: "BR", currency: "BRL", lang: "pt", share: .12, offset: -3, minor: 500,
		given:   []string{"Maria", "José", "Ana", "João", "Antônio", "Francisca", "Carlos", "Paulo", "Adriana", "Juliana", "Lucas", "Márcia", "Bruno", "Fernanda"},
		family:  []string{"Silva", "Santos", "Oliveira", "Souza", "Lima", "Pereira", "Ferreira", "Costa", "Rodrigues", "Almeida", "Nascimento", "Araújo"},
		streets: []string{"Rua das Flores", "Avenida Brasil", "Rua XV de Novembro", "Rua São João", "Avenida Paulista", "Rua Sete de Setembro", "Travessa da Paz"},
		lines:   []string{"$, @##", "$, @##, apto @#", "$, @#, casa @", "$, @###, bloco ?"},
		phones:  []string{"+55119########", "+55219########", "(41) 9####-####", "(71) 9####-####", "+55 81 9####-####"},
		cities: []city{{"São Paulo", "SP", "0@###-##0"}, {"Rio de Janeiro", "RJ", "2@###-##0"}, {"Salvador", "BA", "40###-##0"}, {"Curitiba", "PR", "80###-##0"},
			{"Recife", "PE", "50###-##0"}, {"Manaus", "AM", "690##-##0"}},
	},
	{
		code: "RU", currency: "RUB", lang: "ru", share: .12, offset: 3, minor: 9000,
		given:   []string{"Анна", "Иван", "Ольга", "Сергей", "Елена", "Дмитрий", "Наталья", "Алексей", "Мария", "Андрей", "Светлана", "Павел"},
		family:  []string{"Коваленко", "Шевченко", "Бондарь", "Кравец", "Ткач", "Черных", "Седых", "Литвин", "Гончар", "Белых"},
		streets: []string{"ул. Ленина", "ул. Мира", "пр. Победы", "ул. Садовая", "ул. Гагарина", "ул. Школьная", "Невский пр.", "ул. Советская"},
		lines:   []string{"$, д. @#, кв. @#", "$, д. @, кв. @##", "$, @#к@, кв. @#", "$, д. @#"},
		phones:  []string{"+79########@", "89########@", "+7 (91#) ###-##-##", "8 (92#) ###-##-##"},
		cities: []city{{"Москва", "Москва", "1@@###"}, {"Санкт-Петербург", "Санкт-Петербург", "19@###"}, {"Казань", "Татарстан", "420###"}, {"Новосибирск", "Новосибирская обл.", "630###"},
			{"Екатеринбург", "Свердловская обл.", "620###"}},
	},
	{
		code: "ES", currency: "EUR", lang: "es", share: .12, offset: 1, minor: 92,
		given:   []string{"Carmen", "Antonio", "Lucía", "Manuel", "Pilar", "Javier", "Marta", "Alejandro", "Elena", "Sergio", "Laura", "Iván"},
		family:  []string{"García", "Fernández", "López", "Martínez", "Sánchez", "Pérez", "Gómez", "Ruiz", "Díaz", "Moreno", "Muñoz", "Ortega"},
		streets: []string{"Calle Mayor", "Avenida de la Constitución", "Calle Real", "Paseo del Prado", "Calle del Sol", "Plaza de España", "Calle San Juan"},
		lines:   []string{"$ @#, @º ?", "$ @#", "$ @##, bajo ?", "$, @#, @º"},
		phones:  []string{"+346########", "6########", "6## ## ## ##", "+34 6## ### ###"},
		cities: []city{{"Madrid", "Madrid", "280##"}, {"Valencia", "Valencia", "460##"}, {"Sevilla", "Sevilla", "410##"}, {"Bilbao", "Bizkaia", "480##"},
			{"Zaragoza", "Zaragoza", "500##"}},
	},
	{
		code: "GB", currency: "GBP", lang: "en", share: .10, offset: 0, minor: 80,
		given:   []string{"Oliver", "Amelia", "George", "Isla", "Harry", "Ava", "Jack", "Emily", "Noah", "Sophie", "Arthur", "Grace"},
		family:  []string{"Smith", "Jones", "Taylor", "Evans", "Walker", "Wright", "Hughes", "Green", "Wood", "Patel", "Khan", "Murphy"},
		streets: []string{"High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane", "Green Lane", "Kings Road"},
		lines:   []string{"@# $", "Flat @, @# $", "@## $", "@? $"},
		phones:  []string{"+4477########", "077########", "+44 7### ######", "07### ######"},
		cities: []city{{"Leeds", "West Yorkshire", "LS@ @??"}, {"Bristol", "Bristol", "BS@ @??"}, {"Glasgow", "Glasgow", "G@@ @??"}, {"London", "London", "SW@@ @??"},
			{"Cardiff", "Cardiff", "CF@ @??"}},
	},
	{
		code: "DE", currency: "EUR", lang: "de", share: .05, offset: 1, minor: 92,
		given:   []string{"Anna", "Lukas", "Sophie", "Jonas", "Lena", "Felix", "Jürgen", "Petra", "Klaus", "Sabine"},
		family:  []string{"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Schäfer", "Koch"},
		streets: []string{"Hauptstraße", "Bahnhofstr.", "Gartenweg", "Schillerstraße", "Am Markt", "Lindenallee", "Dorfstr."},
		lines:   []string{"$ @#", "$ @", "$ @#?", "$ @##"},
		phones:  []string{"+49151########", "0160 #######", "0171/#######", "+49 176 ########"},
		cities:  []city{{"Berlin", "Berlin", "10@##"}, {"Hamburg", "Hamburg", "20@##"}, {"München", "Bayern", "80@##"}, {"Köln", "Nordrhein-Westfalen", "50@##"}, {"Leipzig", "Sachsen", "041##"}},
	},
	{
		code: "FR", currency: "EUR", lang: "fr", share: .04, offset: 1, minor: 92,
		given:   []string{"Marie", "Jean", "Camille", "Pierre", "Chloé", "Hugo", "Nathalie", "Philippe", "Léa", "Luc"},
		family:  []string{"Martin", "Bernard", "Dubois", "Thomas", "Robert", "Petit", "Durand", "Leroy", "Moreau", "Lefèvre"},
		streets: []string{"rue de la Paix", "avenue Victor Hugo", "rue des Écoles", "boulevard Voltaire", "chemin du Moulin", "place de l'Église"},
		lines:   []string{"@# $", "@ $", "@@ bis $", "@## $, bât. ?"},
		phones:  []string{"+336########", "06########", "06 ## ## ## ##", "07 ## ## ## ##"},
		cities:  []city{{"Paris", "Île-de-France", "7501@"}, {"Lyon", "Auvergne-Rhône-Alpes", "6900@"}, {"Nantes", "Pays de la Loire", "44@00"}, {"Lille", "Hauts-de-France", "59#00"}, {"Toulouse", "Occitanie", "31@00"}},
	},
	{
		code: "JP", currency: "JPY", lang: "ja", share: .04, offset: 9, minor: 150,
		given:  []string{"翔太", "陽菜", "健一", "美咲", "大輔", "結衣", "裕子", "直樹", "恵子", "蓮"},
		family: []string{"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"}, familyFirst: true,
		streets: []string{"本町", "中央", "緑が丘", "栄町", "旭町", "桜台"},
		lines:   []string{"$@-@-@", "$@丁目@#番@号", "$@#-@ @0@号室"},
		phones:  []string{"+8190########", "090-####-####", "080########"},
		cities:  []city{{"新宿区", "東京都", "160-00##"}, {"大阪市", "大阪府", "530-00##"}, {"札幌市", "北海道", "060-00##"}, {"名古屋市", "愛知県", "460-00##"}},
	},
	{
		code: "KR", currency: "KRW", lang: "ko", share: .03, offset: 9, minor: 1350,
		given:  []string{"민준", "서연", "지훈", "수빈", "영희", "철수", "하은", "도윤"},
		family: []string{"김", "이", "박", "최", "정", "강", "조", "윤"}, familyFirst: true,
		streets: []string{"중앙로", "테헤란로", "대학로", "강남대로", "해운대로", "시청로"},
		lines:   []string{"$ @##", "$ @# @0@동 @0@호", "$@길 @#"},
		phones:  []string{"+8210########", "010-####-####", "010########"},
		cities:  []city{{"서울", "서울특별시", "061##"}, {"부산", "부산광역시", "480##"}, {"대구", "대구광역시", "411##"}, {"인천", "인천광역시", "215##"}},
	},
	{
		code: "TW", currency: "TWD", lang: "zh-Hant", share: .04, offset: 8, minor: 3200,
		given:  []string{"志明", "淑芬", "怡君", "俊傑", "雅婷", "家豪", "美玲", "冠宇"},
		family: []string{"陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊"}, familyFirst: true,
		streets: []string{"中正路", "中山北路", "復興路", "民生東路", "忠孝東路", "文化路"},
		lines:   []string{"$@##號@樓", "$@段@#號", "$@#巷@號@樓之@"},
		phones:  []string{"+8869########", "09########", "09##-###-###"},
		cities:  []city{{"台北市", "中正區", "100"}, {"新北市", "板橋區", "220"}, {"台中市", "西屯區", "407"}, {"高雄市", "三民區", "807"}},
	},
	{
		code: "MX", currency: "MXN", lang: "es", share: .05, offset: -6, minor: 1900,
		given:   []string{"José Luis", "Guadalupe", "María", "Juan", "Verónica", "Miguel", "Ximena", "Diego"},
		family:  []string{"Hernández", "García", "Martínez", "López", "González", "Ramírez", "Cruz", "Flores"},
		streets: []string{"Av. Insurgentes", "Calle Hidalgo", "Calle Morelos", "Av. Juárez", "Calle 5 de Mayo", "Privada Las Flores"},
		lines:   []string{"$ @##, Col. Centro", "$ @#, int. @", "$ @##", "$ s/n, Col. Roma"},
		phones:  []string{"+5255########", "55 #### ####", "33########", "+52 81 #### ####"},
		cities:  []city{{"Ciudad de México", "CDMX", "06@##"}, {"Guadalajara", "Jalisco", "44@##"}, {"Monterrey", "Nuevo León", "64@##"}, {"Puebla", "Puebla", "72@##"}},
	},
}

// appendPattern appends a pattern, its places filled from the dice.
func appendPattern(b []byte, pattern, street string, d *dice) []byte {
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '#':
			b = append(b, byte('0'+d.n(10)))
		case '@':
			b = append(b, byte('1'+d.n(9)))
		case '&':
			b = append(b, byte('2'+d.n(8)))
		case '?':
			b = append(b, "ABCDEFGHJKLNPRSTUWXY"[d.n(20)])
		case '$':
			b = append(b, street...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// address draws a person's address in the country.
func (c *country) address(d *dice) *shipTo {
	t := c.cities[d.n(len(c.cities))]
	return &shipTo{
		name: string(c.appendName(nil, d)), phone: string(appendPattern(nil, c.phones[d.n(len(c.phones))], "", d)),
		country: c.code, region: t.region, city: t.name, postcode: string(appendPattern(nil, t.postcode, "", d)),
		line1: string(appendPattern(nil, c.lines[0], c.streets[d.n(len(c.streets))], d)),
	}
}

// appendName appends a person's name.
func (c *country) appendName(b []byte, d *dice) []byte {
	given, family := c.given[d.n(len(c.given))], c.family[d.n(len(c.family))]
	if c.familyFirst {
		return append(append(b, family...), given...)
	}
	return append(append(append(b, given...), ' '), family...)
}
