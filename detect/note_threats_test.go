package detect

import (
	"testing"
)

// TestThreats holds threats without a swearword, money asked for ratings, baits beside links and evasions, each beside what people write who mean no harm.
func TestThreats(t *testing.T) {
	for want, texts := range map[textKind][]string{
		textOrdinary: {
			"I know where your shop is, will pick it up myself on Friday", "last warning for me: no nuts please, allergy", "you will see a red gate, turn left there", "when you come to your door bell, ring twice",
			"stop selling out so fast, I love these", "close the box well please", "be careful when you open the gate, dog", "the brick house with the green door", "pay on delivery please, I have 300 in cash", "refund the difference please if it gets cheaper",
			"last warning label please, the fragile one", "I will leave a review when it arrives", "I changed my review to 5 stars, thank you", "please refund 20 for the broken cup", "you won't regret sending it early, I will order more",
			"our last parcel was stolen, please do not leave it outside", "my account was blocked last month, this is the new one", "payment on hold at my bank, will pay tomorrow", "I have already paid, receipt attached", "Already paid, see https://drive.google.com/file/d/1 for the receipt",
			"please confirm your address for the return", "within 24h please if possible",
			"último aviso: si no estoy, dejar en portería", "cuando salgas del ascensor a la derecha", "verás una puerta azul", "la casa con una piedra en la entrada", "sé dónde está tu tienda, paso a buscarlo yo", "ya pagué, mando el comprobante por correo", "no os vais a arrepentir, gracias", "pago en efectivo 300", "cierren bien la caja por favor", "confirme su dirección de recogida por favor",
			"último aviso que dou: portão verde", "cuidado com o cachorro quando chegar", "você vai ver uma casa amarela", "já paguei no pix, pode enviar", "mudo de casa semana que vem", "sei onde fica a loja, retiro aí", "feche bem a caixa", "quando sair para entrega me avise",
			"последнее предупреждение было про собаку, осторожно", "увидите кирпичный дом", "кирпич в подарок, упакуйте хорошо", "оплачено, жду", "знаю где ваш магазин, заберу сам", "закройте коробку получше", "отзыв напишу когда придёт", "приду к вам домой за заказом", "не пожалеете, хорошая скидка",
			"最后一件了吗", "出门前给我打电话", "小心轻放", "小心狗", "关店了吗", "已付款请发货", "知道你家店很火", "收到给好评", "转角那家店", "补发一个 20 的", "砖头茶两块", "点此处有划痕换一个",
			"J o h n", "s i z e  M", "A B C D E F G H", "R-E-D", "M a r y  a n d  T o m  2 0 2 4", "h3llo fr1end", "iPhone13pro and Galaxy S22", "codes a1b2c3 and x9y8z7 on box", "anna1@mail.com or b0b@mail.com", "USB-C кабель 2m чёрный",
		},
		textAbuse: {
			"a rock through your windows is what you get", "we will smash your teeth", "your kids will pay", "shame if something happened to your warehouse", "be careful when you walk home, little shop", "your days are numbered", "we know where your store is. this is your last warning",
			"or you will regret it", "pay 80 and I delete the review", "transfer 200 and we take down all the reviews", "doesn't pay me? I keep the 1 star",
			"un ladrillo por tu escaparate", "sabemos donde queda tu local, ultimo aviso", "anda con ojo... ten cuidado al salir de tu trabajo", "págame 60 y borro la reseña", "pague 80 y quitamos las reseñas", "si no me pagas pongo más notas malas, malas notas cada día", "arde en el infierno",
			"pedrada na sua vitrine amanhã", "sabemos onde fica o seu galpão, fecha a loja", "toma cuidado ao sair da loja", "me paga 80 e apago a nota", "apodreça no inferno", "vou aí na sua casa e vc vai ver", "se não pagar a gente apaga as notas boas e deixa notas ruins",
			"камень в витрину получишь", "знаем где ваш склад, пожалеете", "оглядывайся почаще", "переведи 500 и уберу отзыв", "не переведёте 200, насыплю единиц", "гори в аду", "хватит этим торговать, последнее предупреждение", "закрывай свою шарашку",
			"砖头砸你家玻璃", "小心你的家人", "不下架就天天来拍你", "我知道你仓库在哪，最后一次警告", "转我200就撤差评", "全额再赔100不然一直给差评", "走夜路小心点，别怪我没警告",
			"f.u.c.k. .y.o.u. .t.h.i.e.f", "g-o- -t-o- -h-e-l-l- -y-o-u", "s o n   o f   a   b i t c h", "и*д*и* *н*а*х*у*й* *к*о*з*ё*л", "v a i   s e   f u d e r", "h_i_j_o_s_ _d_e_ _p_u_t_a",
		},
		textAdvertising: {
			"Seller support: your account has been restricted, log in to verify https://abc-check.com", "Payment held. Confirm your bank card www.pay-ok.top", "Already paid, open the receipt at slip88.xyz", "Your shop was blocked, reactivate your shop at shop-help.ru",
			"Su cuenta ha sido bloqueada, confirme su identidad en www.ayuda-shop.com", "Pago hecho, abra el comprobante recibo77.top", "Sua conta foi bloqueada, confirme seus dados em www.ajuda.site", "Pagamento feito, veja o comprovante pix99.click",
			"Аккаунт приостановлен, подтвердите данные www.help-shop.ru", "Оплата прошла, откройте чек pay77.top", "平台客服：您的店铺违规，请登录 www.abc.top 核实身份", "付款成功，查看回执 pz88.xyz",
			"g3t m0re s4les f4st at www.b00st.com", "sеll уоur stоck fаst, wе buу fоllowers, tg @fаst1", "Multiplica tus ventas en www.ventas.top", "Раскрутим ваш магазин, пишите в телеграм @raskrutka", "c.h.e.a.p. .f.o.l.l.o.w.e.r.s. .w.h.a.t.s.a.p.p. .1.2.3.4.5.6.7",
		},
		textJunk: {"жqшlдwфzпkщ", "gшrдlйzфqпn", "lшcдорqдoшвlzq"},
	} {
		for _, text := range texts {
			if k := kindOfText(text); k != want {
				t.Errorf("%s for %s: %s", k, want, text)
			}
		}
	}
}
