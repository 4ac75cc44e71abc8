package detect

import (
	"strings"
	"testing"

	"github.com/orderguard/orderguard"
)

// Streets that look odd where one does not know the language: consonants in rows, codes, abbreviations, names without vowels.
const oddStreets = `
ul. Świętokrzyska 14|Szczebrzeszyn 12|Wyszków 7|Chrząszczyżewoszyce 47|ul. Grzybowska 3|Strzelczyka 9|Trzcianka 4|Zawrzykraj 12|os. Przyjaźni 33
Brzęczyszczykiewicza 12|Przemysłowa 8|Krzywoustego 19|Vršovická 12|Strč prst 4|Vrchlického 31|Čtvrť 5|Zmrzlina 9|Plk. Vlčka 22|Smrčná 41|Drnholec 12
Krč 4|Vlkoš 88|Štvrtok na Ostrove 12|Hrvatskih branitelja 5|Trg bana Jelačića 7|Vrbnik 12|Krk 4|Skjólbraut 11|Fjarðargata 13|Hafnarfjörður 3
Kringlumýrarbraut 22|Snorrabraut 7|Hverfisgata 18|Kirkjubæjarklaustur 3|Ægisgata 4|Rynttylänkatu 5|Hyljäjänkatu 12|Kyläyhdistyksentie 3
Yliopistonkatu 2|Hämeentie 12|Jyväskyläntie 8|Pyhäjärventie 9|Töölönkatu 4|Käpyläntie 12|Mtskheta 12|Tkhelidze 4|Mtatsminda 9|Vazha-Pshavela 12
Tsqaltubo 5|Gldani 3|mtkvari 11|Etxeberria kalea 4|Ihartzabideko 9|Txirrita 12|Zuhaitz 3|Urkiondo 5|Artxanda 12|Kurutziaga kalea 21|jl mh thamrin 12
Jl. Ngurah Rai 4|Ngesrep 12|Jln Kyai Mojo 8|Yogyakarta 14|gang ngagel 3|Nguyễn Huệ 12|Ngõ Huyện 4|nguyen trai 45|Nghĩa Đô 3|Phan Xich Long 12
Xuan Thuy 66|Trần Phú 12|Thanon Sukhumvit 22|Phahonyothin 12|Phrom Phong 39|Soi Thonglor 25|Jiefang Lu 12|Zhongshan Bei Lu 45|xinjiekou 12|Hujialou 7
Wangjing Xiyuan 12|Zhichun Lu 63|Xizhimen 7|Huangpu Qu 12|Qianhai Lu 3|chengxi jie 44|Al Rigga 4|Sheikh Zayed Rd 12|Abdulrahman bin Awf 5
Al Khuzama Dhrhan 9|Dhahran Dist 12|Jbeil 3|Shmaysani 4|Tlemcen 12|Sidi Mhamed 8|Hay Hssaine 12|Derb Ghallef 9|Mghogha 3|hay riad blk 7|Blk 12|Blk 123
Plot 7 Mbuya|Mthatha 12|Nkwenkwezi 4|Mgungundlovu 12|Nyankpala 3|Kwame Nkrumah 8|Msasani 14|Mwembechai 4|Mbezi Mtoni 12|Dlamini 5|Msgr Ladislas 3
mstislav 3|stryjska 5|Kyrzhyn 4|Kvistgårdsvej 7|Strandvejen 12|Vrijstraat 4|Schrijversstraat 12|Ijsclubstraat 3|Wijk 7|Dwarsstraat 9|Gschwendtnerweg 5
Pfaffstr 12|hauptstr 7|Bhf str 3|Rr 4 box|RR 2|HC 62|PSC 808 Box 15|CMR 490|Unit 2050 Box 41|hwy 61|Cty Rd 12|N Hwy 89|Psge Dr 4|St Dymphna 9|Kyrgyz 9
Tkachuka 4|Shchyokino 12|Lychakivska 8|Zhytomyrska 7|prkng lot 5|Hrdlička 7|Tkalcova 5|Vltava 8|Gjirokaster 3|Rruga e Durresit 12|Rr Myslym Shyri 8
Njegoseva 9|Knjaz Mihailova 2|Pjarron 3|Triq il-Kbira 12|Triq ix-Xatt 45|Zejtun Xghajra 3|Hal Qormi Triq Dwejra 7|Mdina 9|filled.count.soap
index.home.raft|kwh quarter 4|Ft Wm 9|Bldg 12|Gali 4 Kh 12|Chk no 12|Chak 123 GB|Mohalla Qazian 5|Bhd Rd 12|Jhnsi 5|Bhubneswar 4|MG Rd 12|hnr 5
Dhanmondi 27|Mymensingh 14|Shyamoli 8|Bdg 7|Gdynska 12|Lwowska 9|Wrzeszcz 3|Sfantu Gheorghe 8|Str Mihai Viteazu 4|Bvd 9|Bd Decebal 12
Szentgyörgyi Albert utca 4|Székesfehérvár 12|Kossuth Lajos u 12|Nyíregyháza 4|Hódmezővásárhely 12|Ógyalla köz 5|Õismäe tee 12|Jõhvi 4|Sõpruse pst 12
Brīvības gatve 3|Krišjāņa Barona 12|Žirmūnų g 9|Gedimino pr 12|Kauno g 4|Dzirnavu 7|Aghadrumkeen 3|Sráid na gCapall 4|Baile Átha Cliath 12
Ballyhaunis 3|Sgeir Mhòr 4|Taigh na h-Aibhne 2|Drumnadrochit 12|An Sgùrr 5|Goch 4|tsukiji 12|Nishi-Shinjuku 4|Kyobashi 9|Hatchobori 12|kakamigahara 4
Jyoshinetsu 5|Gwangjin-gu 12|Hyehwa-dong 3|Myeongdong 8|Bundang-gu Jeongja 12|yangjae 4|tlaxcala 12|Ixtapaluca 3|Xochimilco 12|Tzintzuntzan 5
Cuauhtemoc 44|Xcaret 3|Tlalnepantla 12|Itzcoatl 9|Nezahualcoyotl 3|Ñuñoa 12|Pje. Quilpué 12|Apto Jq 12|cj hab 12|qd 12 lt 4|Qd. 34 Lt 12|Rua Tchekhov 9
R. Dr. Schwartz 12|Av. Brg. Faria Lima 12|Trv Sgto Silva 4|sqn 12|shcgn 705|CLSW 304|SHIGS 707|Kfar Shmaryahu 12|HaShlosha 4|shdrot hhgna 12
rchov hrtsl 8|Rtishchevo 5|Krzhizhanovskogo 24|Vzglyad 3|Mkrtchyan 12|Tbilisyan hwy 4|Hrachya Qochar 12|Mkhitar Heratsi 4|Gyumri 3|Lvivska 9|mkr 12
mkrn 3|Sgt Smith 2|Kgl. Nytorv 12|Skt. Knuds Vej 4|H.C. Ørsteds Vej 9|D'Schlskaul 4|Nebenan 3|prkng strctr 3|hmptn crscnt 12|strthmr drive 4
mrtn lthr kng blvd 12|brdwy thtr 4|Gvprtskvni 4|Mtsvrtneli Tskhvarichamia 5|gldanskhevi tskneti 3|Qyzylqum Qyzylorda 9|Kyzylzhar Bayterek 12
Shymkent Ryskulbekov 4|Rechtsschutzstrasse 7|angstschweiss 8|Knightsbridge 4|zwrotniczych 9|szczypkowskich 4|bezwzglednych 12|trzcinsko zdroj 3
pstrzykowicza 12|kjkszpnkt 4|Ouagadougou Wemtenga 4|Nxumalo ngqungqushe 12|Gqeberha kwaMagxaki 5|Qonce Zwelitsha 4|mxhosana 12|Bdzhedukh 3
Adygeysk Pshizov 8|Khyndzoresk 5|Ptghni 4|Hrazdan Mikrorayon 3|Vjosa Gjergj Fishta 4|Hradcany Zmrzlikova 7|vlk vlkovic 5|Skhirat Tlta 4
tnine sidi lyamani 3|mhamid lghozlane 12|bni mellal 5|qsar lkbir hay slam 7|ksar el kebir lot 44|dchira jihadia 3|al hlhul 2|جنب المسجد 12
شارع الحصن 12|حي الصفا 3|ضفاف 5|قطعة 7|غضنفر 8|حقق شفشق 9|سكة حديد 7|دوحة 4|حي ضحى 4|제주시 노형동 12|ㅇㅇ빌라 3|взбзднул 12|вздрючка 5|мкр Чкаловск 4|Щлкв 3
Втрж пргр 4|дзержинского 12|всхлипщиков 7|Льдов Встреч 9|Мкртчян 5|Гдлян 3|Тбилисское шоссе 4|PO Box 12|P.O. Box 4471|Postfach 12 34|BP 12|Apartado 22
Casilla 9|CP 103|FPO AP 96349|Plot 44 Block C|Blk 5 Lot 7 Ph 2|Gate 3 Hgr 7|House 12 Rd 7 Sec 4|H No 12|S/O Ramesh Vill Khjuri|GA-144-1234
Building 12 Zone 66|Villa 9|Q7, 24|KM 12 Ruta 5|SQS 308 Bl C ap 204|제주시 노형동 12|서울 ㅇㅇ아파트 101|حي الملقا 12|شارع التحرير 7|ضاحية صباح السالم 4
قطعة 7 شارع 12|عزبة مراد|حصن جعفر 9|фрунзе 12|ул взлётная 5|мкр Щегловка 4|хрщ 3
`

// Welsh ones, whose w and y are vowels.
const welshStreets = `
Heol y Bryn 12|Ffordd Llanfairpwllgwyngyll 4|Stryd Fawr Llanrwst 9|Ysbyty Ystwyth 3|Pwllheli Ffordd Caerdydd 8|Cwmystwyth 5|Bwlchgwyn 7|Llwyncelyn 14
Rhydymwyn 2|Bryngwyn 6|Ynysybwl 10|Cwmllynfell 3|bwlchgwyn 7|llanfairpwllgwyngyll 4|Cwmbwrla Gwynfryn 12|chwilog pwllheli 3
`

// Hands on a keyboard, and a number so as to look like a house.
const mashedStreets = `
fhgseulh kafgfnls gsdzpcjqsjh 47|kjsdhfkjsh 12|dkfjghdkfjg sdkfjh 8|zxmcnvbzmx 120|5 lkajsdlkf|hjgfdsahg 3|sjkdfhgksjd hfgkjsdhf 77|vbnmcxvbn 14
цепэрцжацыв 28|ждлорпавф 3|щшгзхъфыв 12|هضثصقصسثققغ 31|غخثخيقصعققح 4|ㄴㅗㅁㅁㅣㄴㅏㅎㄹㅏ 89|ㅓㅏㅣㅁㄴㄹㅎ 4|ㅎㅁㅎㅣㅗㅣ|هلصيصبفغضشغسغفححعهثص
`

func TestAMashWithANumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, streets string }{{"DE", oddStreets}, {"GE", oddStreets}, {"GB", welshStreets}, {"KR", mashedStreets}} {
		for street := range strings.FieldsFuncSeq(c.streets, func(r rune) bool { return r == '|' || r == '\n' }) {
			want := faultNone
			if c.streets == mashedStreets {
				want = faultKeyboard
			}
			for _, street := range []string{street, strings.ToLower(street)} {
				a := orderguard.ShipTo{Name: "Mia Sommer", Country: c.country, City: "Kassel", Line1: street}
				if got := faultOf(&a); got != want {
					t.Errorf("%s, %s: %q, want %q", street, c.country, got, want)
				}
			}
		}
	}
}
