package detect

import "testing"

// TestCurses holds death and ruin wished to somebody's family or shop, in a dozen languages, and beside them good wishes that begin alike.
func TestCurses(t *testing.T) {
	for want, texts := range map[textKind][]string{
		textOrdinary: {
			"Que tus hijos se mueran de risa con el regalo", "Oby ci dzieci rosły zdrowo", "Чтоб у вас дети не болели", "kaos sampah masyarakat ukuran L", "semoga anakmu sehat selalu", "tomara que sua mãe goste",
			"Hoffentlich gefällt es deiner Familie", "espero que vocês enviem hoje", "espero que feche bem a tampa", "espero que vá bem embalado", "espero que sua loja continue assim", "Book: Masuk Neraka karena Lisan",
			"Mon fils va mourir de rire", "May your family have a merry Christmas", "hope your kids dig it", "пусть ваша семья процветает",
		},
		textAbuse: {
			"masuk neraka lu", "Semoga anakmu mati", "Oby ci dzieci pozdychały", "Żeby ci matka zdechła", "Чтоб твои дети сгнили", "Пусть твоя семья сгорит в аду", "sp13rdalaj", "Ojalá se te muera la familia", "Que se mueran tus hijos",
			"Hoffentlich stirbt deine Familie", "May your whole family rot", "J'espère que tes enfants crèvent", "Spero che muoia la tua famiglia", "Tomara que seus filhos morram", "tomara que sua loja quebre", "tomara que vcs vao falir",
			"İnşallah ailen ölür",
		},
	} {
		for _, text := range texts {
			if k := kindOfText(text); k != want {
				t.Errorf("%s for %s: %s", k, want, text)
			}
		}
	}
}
