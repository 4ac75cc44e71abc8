package detect

import "testing"

// TestAdvances holds advances, hatred of a people, threats and Thai curses, what fishes for a shop's password and who sells reviews, in many languages, and
// beside them what people write of nude lipsticks, rooms for a night, chicken breasts and nightly couriers.
func TestAdvances(t *testing.T) {
	for want, texts := range map[textKind][]string{
		textOrdinary: {
			"Nude lipstick, not pink please", "send nude, no rose", "manda nude se não tiver rosa", "Me manda a cor nude", "Do you have naked cake topper?",
			"how much for a night at your cabin?", "一晚多少钱？带早餐吗", "How much for a night for the baby cot", "I will be waiting for you outside", "Your next delivery please in the morning",
			"Doorbell broken, nobody will hear you, call me", "I know your wife, say hello", "be careful with the dog", "quero comer hoje ainda, manda logo", "que delicia manda mais desse",
			"mándame pechos de pollo bien fríos", "quiero coger el pedido mañana", "Envíame una foto de las bragas por favor", "hola guapa, gracias", "красотка, спасибо за быструю доставку",
			"пришлите фото белья", "скоро приедем к вам на самовывоз", "ждите нас ночью", "береги себя", "看看你的胸针有没有货",
			"这款内裤是什么颜色的", "美女约一下时间安装", "美女，发货快点", "陪我睡觉的抱枕", "想上你们店里自提",
			"照顾好你的家人，新年快乐", "Prześlij piersi z kurczaka bez skóry", "znajdę was na mapie", "wyślij zdjęcie w bieliźnie białej", "ich bringe euch das Geld um 10",
			"Ich finde euch super", "pass auf dich auf!", "vi vengo a prendere il pacco", "Torna al negozio se chiuso", "殺虫剤も一緒に",
			"やらせていただきます", "パチンコ台の部品です", "夜道は暗いので気をつけてください", "国に帰るので早めに発送お願いします", "在日は3年です",
			"妻に殺されるので内緒で", "맛이 죽인다 최고", "보지 못했어요 다시 보내주세요", "때가 묻어버렸어요", "밤길 조심하세요 기사님",
			"사과 따먹고 싶어요", "tôi biết nhà may gần đó", "giao đến nhà máy, cổng 2", "gửi lon bia nhé", "đi khách sạn, gửi lễ tân",
			"open box dulu ya kak", "semalam sudah transfer kak", "kurir sudah tau rumah", "ช่อดอกไม้สีชมพู ส่งเช้า", "ส่งไปตายายที่บ้าน",
			"ส่งที่เซเว่นอีเลเว่นหน้าปากซอย", "เหยือกน้ำ 2 ใบ", "อีก 1 ชั่วโมงถึง", "ด้วยความขอบคุณครับ", "ขอสีดำครับ",
			"พวกแขกกลับแล้วค่อยส่ง", "how long does it take to get to your country", "does it go to your country?", "saco preto lixo 100L", "Send nudes mug, size L",
			"Text: send nudes", "printed: \"I know where you live\"", "My real account is on the other shop", "I have a real account", "please improve your rating system",
			"security department, gate 4", "Security team at reception takes parcels", "leave with the support team, 3rd floor", "please confirm your shop address", "verify your account details on the invoice",
			"Contas reais: livro de contabilidade", "Dział wsparcia, pokój 12", "служба безопасности примет на проходной", "请确认店铺账号", "take care of your family",
			"Jaga keluargamu baik-baik", "cuide bem da sua família", "voce vai morrer de rir", "vas a morir de risa", "te buscaré en la tienda",
			"te encontraré a la salida del metro", "blue tits bird feeder", "pussy cat collar, red", "the nudes palette please", "3 nudes and 2 reds",
			"Babe, this is for you", "Mami, feliz día", "sugar free please", "Hottie hot water bottle", "cat: gata, fotos no chat",
			"wiadomość: mała, kocham cię",
		},
		textAbuse: {
			"Send me your nudes", "show me your tits", "I want to fuck you all night", "how much for a night baby? send nudes", "come sleep with me sexy",
			"Manda foto pelada", "quanto você cobra por uma noite, gata?", "quero te comer", "mándame nudes guapa", "cuánto cobras por la noche, mamacita",
			"quiero verte desnuda", "покажи сиськи", "сколько за ночь, красотка?", "хочу тебя трахнуть", "发我几张裸照",
			"小姐姐约吗", "想睡你", "Zeig mir deine Titten", "Was kostet eine Nacht, Süße?", "envoie des nudes",
			"c'est combien la nuit ma belle", "mandami foto nuda", "wyślij nagie zdjęcia", "çıplak foto at", "おっぱい見せて",
			"裸の写真送って", "누드 사진 보내줘", "gửi ảnh nude đi em", "kirim foto telanjang dong", "ส่งรูปโป๊มาหน่อย คืนละเท่าไหร่",
			"I know where you live and you will bleed", "We know where your kids go to school", "Eu sei onde você mora, vou te matar", "vas a morir", "te voy a matar",
			"тебя зарежу", "знаю где вы живёте", "我知道你住哪，今晚去你家放火", "老子弄死你", "Ich weiß wo du wohnst",
			"je sais où tu habites, je vais te tuer", "so dove abiti, ti ammazzo", "Wiem gdzie mieszkasz, zabiję cię", "seni öldüreceğim, evini biliyorum", "お前の家を燃やすぞ",
			"殺しに行くから待ってろ", "夜道に気をつけろよ", "ただじゃおかないからな", "覚悟しろ", "家族がどうなっても知らないぞ",
			"죽여버린다", "어디 사는지 안다 밤길 조심해라", "tao biết nhà mày, tao giết mày", "coi chừng cái mạng của mày", "gue tau rumah lu, gue bacok lu",
			"กูจะฆ่ามึง", "ไอ้ควาย", "อีกะหรี่", "ไอ้ขี้โกง ตายห่าไปเลย", "ค ว ย",
			"ไอ้เ-ี้ย", "Go back to your country", "filthy immigrants", "Volta pra sua terra, nordestino", "largate a tu pais, sudaca de mierda",
			"понаехали тут, валите домой", "河南人都是骗子，滚出去", "Ausländer raus", "Dreckige Ausländer raus", "sales arabes, dégagez",
			"Brudne ukraińskie ścierwo, wypad do siebie", "wracajcie do siebie", "พวกลาวสกปรก ไปตาย", "Cina kafir babi", "Du dumme Hure",
			"外人は国に帰れ", "🖕🖕🖕", "🖕",
		},
		textAdvertising: {
			"SUPPORT TEAM: your shop will be suspended, verify at http://seller-verify.cc/login", "Your account has been suspended, confirm your shop at https://secure-check.top", "SOPORTE: su tienda será suspendida, verifique en http://verifica-tienda.online", "Votre boutique sera suspendue, vérifiez votre compte: http://verif.top/x", "Ihr Konto wird gesperrt, bestätigen Sie Ihr Konto http://pruef.cc",
			"Precisa de pedidos falsos p/ subir no ranking? Temos 500 contas reais, fala comigo no zap 11977776666", "Wir verkaufen positive Bewertungen, Telegram @bewertungspro", "Vendons avis 5 étoiles, WhatsApp +33 612345678", "Vendiamo recensioni 5 stelle, telegram @recensioni", "5 yıldız yorum satılır, WhatsApp 05321234567",
			"星5レビュー代行します LINE: review88", "리뷰 대행 카톡 review77", "Bán đánh giá 5 sao, zalo 0912345678", "Jasa ulasan bintang 5 WA 081234567890", "รับปั๊มรีวิว ไลน์ @pump5",
			"We write good reviews for your shop, telegram @goodrev", "Продаём отзывы с фото, пишите @otzyvy5",
		},
	} {
		for _, text := range texts {
			if k := kindOfText(text); k != want {
				t.Errorf("%s for %s: %s", k, want, text)
			}
		}
	}
}
