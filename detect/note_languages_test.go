package detect

import (
	"strings"
	"testing"
)

// What is said of dogs, years, shops and thieves in words that abuse has too: titles, jokes, complaints, the way to the door.
const lawfulNotes = `
ik weet waar je zaak is, ik haal het zelf op
krop sla en stomme vraag: is dit vegan?
boek: De oplichter, tweedehands mag ook
val niet over de hond, hij ligt voor de deur
vím, kde je obchod, vyzvednu si to sám
prosím nechte u vrátnice, zloděj ukradl minulý balík
knížka Zabiju ptáčka, vázaná
știu unde e magazinul, vin eu
vă dau telefon la ora 5, sonerie stricată
jag vet var butiken ligger, hämtar själv
je vais casser ma tirelire pour ce cadeau
il faut casser les cartons avant de livrer, merci
Book: The Subtle Art of Not Giving a F*ck, hardback
The Subtle Art of Not Giving a Fuck
el libro 'Pendejo' de Yuri
taza que dice "cabrón" para mi hermano
colours like on Instagram @holly.makes
same look as on Pinterest, thanks
मेरे साले के लिए गिफ्ट है
चार साल की बच्ची के लिए
चोर पुलिस वाला गेम भेजें
कमीने दोस्त के जन्मदिन के लिए
पीछे वाले गेट पर दें, चोर बहुत हैं
कमर जाकिट 32 साइज
कुत्ते के लिए बिस्किट
दुकान बंद करने से पहले भेज दें
घर का पता वही है, गेट पर फोन करें
आपका पता जानता हूँ, खुद ले जाऊँगा
पिछली बार पैकेट गंदा था, घटिया पैकिंग
गंदे कुत्ते को नहलाने वाला शैम्पू
गधे वाला खिलौना, नीला रंग
हाहाहाहा धन्यवाद
मम्मी के लिए, अच्छे से पैक करें
नीचे वाली मंज़िल
ध्यान से, शीशा है
2 किलो चावल का बैग, मोटा वाला
เจ้าของสัตว์เลี้ยงรับเอง
ถ้าไม่รู้บ้านอยู่ไหน โทรมาได้
ป้ายเขียนว่า ระวังหมาดุ
ควายน้ำตุ๊กตา ตัวเล็ก
ชามอาหารสัตว์ สีฟ้า
ร้านปิดกี่โมงคะ จะไปรับเอง
a che ora chiudete il negozio? passo io
ti veniamo a trovare sabato in negozio, grazie
il libro 'L'idiota' di Dostoevskij
crema verme di mare esca da pesca
vermi da pesca, misura grande
Inferno di Dante, edizione economica
costume da verme per bambini
verme di gomma verde
stai attento ai gradini, sono rotti
o której zamykacie sklep?
pożałujesz, że nie zjadłeś - napis na torcie
uważaj na psa
śmieci proszę nie wyrzucać obok
co za piękna praca, dziękuję
pislik tutmayan kumaş olsun
köpek maması, it's for a big dog
dükkanı kapatmadan önce arayın yoksa gelemem
yoksa gelirim kendim alırım
rezil olmayalım lütfen zamanında gelsin
que horas fecha a loja? ou vou amanhã
saco de lixo preto 100L
que loja linda, obrigada
Que lindo você é - escrever no cartão
vamos aí buscar no sábado
¿a qué hora cierran la tienda? o voy mañana
ojalá te guste, feliz cumpleaños
cállate y baila - texto de la camiseta
eres un sol, gracias
miserables, el musical, edición en dvd
fahr bitte vorsichtig zur Hölle-Straße 4
Höllental Wanderkarte
Der Laden soll bis 18 Uhr offen sein?
wann macht ihr den Laden zu? oder soll ich morgen kommen
Arschleder für Bergleute, Größe 50
Kredit karte oder rechnung?
je connais la rue, c'est au fond
tes un amour merci
ordures ménagères sacs 50L
vous êtes des anges
buồn ngủ chết đi được, giao sớm nhé
đồ ăn cho chó con
gói kỹ giúp mình, chó cắn rách lần trước
tutup toko jam berapa? mau ambil sendiri
tutup botol warna merah
boneka babi lucu
busuk telur? tolong kirim yang segar
makanan anjing 2kg
طعام كلب صغير
لعبة حمار للأطفال
أعرف أين المحل، سآتي بنفسي
انتبه الكرتون قابل للكسر
متى تغلق المتجر؟
لا تتأخر وإلا سألغي الطلب
このゴミ箱の青を希望します
このゴミ袋は可燃用ですか
住所は分かっていると思いますがそのままで
店を閉めないといけない時間までに届けて
お前の好きなチョコだよ、誕生日おめでとう
必ず満足するとおもいます
後悔しない色でお願いします
フォロワーさんへのプレゼントです
くそ暑いので冷蔵便で
식물이 죽어버려서 다시 주문해요
쓰레기통 검정색
더러운 쓰레기통 커버
강아지 새끼 사료
집 주소 그대로예요
두고 보면 예쁠 것 같아요
가게 문 닫으면 문 앞에 두세요
가게 안 닫으면 찾으러 갈게요
아이들 보낸다고 하네요
закройте дверь подъезда
я вас найду сам, магазин знаю
приедем в субботу забрать
или приедем сами забрать
не то прислали в прошлый раз
may choke on small parts, age 3+
close the shop before 6? I'd come by
line drawing in red
LINE ID is yuki22, message me when the courier is near
ライン線の入ったもの
Halloween: zombie hand "you will die" sign
horror cosplay blade, fake blood please
'Murder on the Orient Express' paperback
Joker card: happy birthday you old bastard (card text)
Fuck Cancer shirt size L
うううう寒い、早めにお願いします
あああああ楽しみ！
哈哈哈嘿嘿嘿
ㅠㅠㅠㅠㅋㅋㅋㅋ
انتظركم بفارغ الصبر
البيت البيت البيت الابيض
قصص قصيرة للأطفال
شقق الفقع قطعة ٥
ضع الصندوق عند الحارس
`

// Insults and threats as people of each language say them.
const abusiveNotes = `
espèce de voleur, je vais te casser les jambes|je vais vous briser les genoux
vuile oplichter, ik sla je kop in|gore dieven, val dood|we weten waar je woont|ik steek je winkel in de fik|wat een klootzakken
hajzle zlodějskej, rozbiju ti hubu|ty svině|víme kde bydlíš|zapálíme vám krám|zmrdi
hoţule, îţi dau foc la magazin|nenorociților, vă rup picioarele|știu unde locuiești|duceți-vă dracului
jävla bedragare, jag ska slå sönder dig|jag vet var du bor|vi ska krossa rutorna
हरामी साले निकम्मे|तू बड़ा धोखेबाज है|तुम लोग चोर हो|कमीने ठग, दुकान बंद करो|गंदे चोर, शर्म कर|भाड़ में जाओ चोरों|तेरे घर का पता जानता हूं|तुझे नहीं छोडूंगा|तेरा घर जानता हूँ|दुकान बंद कर वरना जला देंगे
ร้านเลว เจ้าของหน้าโง่|ร้านขี้โกง เจ้าของเลว|ปิดร้านซะก่อนโดน|รู้นะว่าบ้านอยู่ไหน ระวังตัวให้ดี
siete proprio dei farabutti|brutto ladro, crepa|verme schifoso, sparisci|andate all'inferno|chiudi bottega o ti bruciamo la vetrina|guardati le spalle
ty podły oszuście|co za złodzieje z was|zamknij sklep albo przyjedziemy
sen tam bir ahlaksızsın|rezil sahtekarlar|defol git pislik|dükkanını kapat yoksa yakarız
que verme nojento você é|fecha essa loja ou a gente vai aí|desgraciado miserable, ojalá te hundas|menuda rata asquerosa|callate imbécil|cierra la tienda o te la quemamos
fahr doch zur Hölle|du elender Abschaum|So ein mieser Arsch|macht den Laden dicht, sonst knallt es|Dein Laden soll brennen
t'es qu'une ordure|vous êtes des raclures|raclure pourrie|ferme ta boutique ou on vient
ngu mất dạy, chết đi|penjual brengsek|babi busuk|tutup toko atau kami bakar
اذهب إلى الجحيم|أنت حرامي|كلب قذر|أغلق محلك وإلا سنحرقه|أعرف أين تسكن
このクズが|きもい店だな|住所は割れてるぞ|後悔させてやるからな|또라이 새끼|너네 집 주소 다 안다|반드시 후회하게 해 줄게|죽어버려
закрывайся, а то приедем|найду тебя и твою семью|сожжем вашу лавку|go choke on your fake goods
`

const advertNotes = `
1000 Follower für 29 Euro, schreib an folks.de|Kredit bis 5000 Euro ohne Schufa, melden bei geld.de|gleiche Ware viel billiger auf shopx.de|5000 ผู้ติดตาม 9 บาท ทัก mm-deals dot com|ของเหมือนกันถูกกว่าที่ mm-deals dot com
即日100万円融資、line id bbkrqoまで|フォロワー500人49円、line id bbkrqoに連絡|Mêmes produits moins chers sur V信djrljeho|Vay 500 triệu không thế chấp line id grdqcr|20000 फॉलोअर 49 रुपये में www.jjtel.com|5000 متابع بسعر 15 راسل V信vdtnggzu
`

// Rows of kana, characters and Arabic keys.
const rowNotes = `ئءؤرشسيبضصثقضصثق|شسيبشسيبضصثقشسيبئءؤر|ضصثقضصثقئءؤر|あああんんんうううんんん|嘎嘎嘎嘎啊啊啊|んんんうううあああ`

func TestNotesOfMoreLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		notes string
		want  textKind
	}{{lawfulNotes, textOrdinary}, {abusiveNotes, textAbuse}, {advertNotes, textAdvertising}, {rowNotes, textJunk}} {
		for note := range strings.FieldsFuncSeq(c.notes, func(r rune) bool { return r == '|' || r == '\n' }) {
			if got := kindOfText(note); got != c.want {
				t.Errorf("%q is %s, want %s", note, got, c.want)
			}
		}
	}
}
