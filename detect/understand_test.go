package detect

import (
	"bufio"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/rangetable"
)

// labelled reads a corpus: lines of a label and a text. Of each label the odd
// lines were looked at while the lexicons were written; the even ones are scored
// apart.
func labelled(t testing.TB, file string, each func(label, text string, held bool)) {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	require.NoError(t, err)
	defer f.Close()
	seen := map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if label, text, ok := strings.Cut(lines.Text(), "\t"); ok && label[0] != '#' {
			seen[label]++
			each(label, text, seen[label]%2 == 0)
		}
	}
}

// understood counts what of a corpus was, by label.
type understood struct{ right, all map[string]int }

// newUnderstood makes one for the half that was worked on, and one for the other.
func newUnderstood() (t [2]understood) {
	for i := range t {
		t[i] = understood{map[string]int{}, map[string]int{}}
	}
	return t
}

func (s *understood) add(label string, right bool) {
	s.all[label]++
	s.right[label] += count(right)
}

// atLeast holds that of each label the share given was understood.
func (s *understood) atLeast(t testing.TB, share float64, ordinary string, ordinaryShare float64) {
	t.Helper()
	for label, all := range s.all {
		least := share
		if label == ordinary {
			least = ordinaryShare
		}
		t.Logf("%s: %d of %d", label, s.right[label], all)
		require.GreaterOrEqual(t, float64(s.right[label]), least*float64(all), label)
	}
}

func TestNoteCorpus(t *testing.T) {
	for _, file := range []string{"notes.tsv", "notes_near.tsv"} {
		half := newUnderstood()
		labelled(t, file, func(label, text string, held bool) {
			got := kindOfText(text).String()
			half[count(held)].add(label, got == label)
			if got != label {
				t.Logf("held %v, %s taken for %s: %s", held, label, got, text)
			}
		})
		half[0].atLeast(t, 0.98, "ordinary", 1)
		half[1].atLeast(t, 0.92, "ordinary", 0.96)
	}
}

func addressOf(line string) *orderguard.ShipTo {
	p := strings.Split(line, "|")
	return &orderguard.ShipTo{Name: p[0], Phone: p[1], Country: p[2], Region: p[3], City: p[4], Line1: p[5], Postcode: p[6]}
}

func TestAddressCorpus(t *testing.T) {
	half := newUnderstood()
	labelled(t, "addresses.tsv", func(label, text string, held bool) {
		want := strings.TrimPrefix(label, "-")
		got := faultOf(addressOf(text)).String()
		half[count(held)].add(label, got == want)
		if got != want {
			t.Logf("held %v, %s taken for %s: %s", held, label, got, text)
		}
	})
	for _, h := range half {
		h.atLeast(t, 0.85, "-", 1)
	}
}

// TestTextsAllocateNothing also asks for white space, which changes nothing.
func TestTextsAllocateNothing(t *testing.T) {
	labelled(t, "notes.tsv", func(label, text string, _ bool) {
		require.Equal(t, kindOfText(text), kindOfText("  "+text+" \n"), text)
		if label == "ordinary" {
			require.Zero(t, testing.AllocsPerRun(1, func() { kindOfText(text) }), text)
		}
	})
	labelled(t, "addresses.tsv", func(label, text string, _ bool) {
		s := addressOf(text)
		require.Zero(t, testing.AllocsPerRun(1, func() { faultOf(s) }), text)
	})
}

// FuzzTexts holds that nothing that somebody writes is too much: long texts are
// read in pieces, and what is around a text changes nothing.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"", "f u c k", "ПрИвЕт", "加v❤️x", "\xff\xfe", "a.b.c.d.e", strings.Repeat("a b ", 300), "s**t!!1", "ㅁㄴㅇㄹ", "e\u0301", "A\xb8\xb8\xb8\xb8\xb8Ӹ\xb8\xb8\xff\xff\xb8\xb8\xb8\xb8A\xcdA A", "tel.", "@you", "t.me/x", "+44 20 7946 0958", "上海市"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		understand(t, s)
	})
}

// understand has a text read as all that an event may carry.
func understand(t *testing.T, s string) {
	kind := kindOfText(s)
	require.Equal(t, s == "", kind == textNone)
	var keys [listRows]uint64
	require.LessOrEqual(t, bands(s, &keys), listRows)
	kindOfName(s)
	for _, a := range []orderguard.ShipTo{
		{Name: s, Phone: s, Country: s, City: s, Line1: s, Postcode: s},
		{Name: "Ann Lee", Country: "GB", City: "Leeds", Line1: s, Postcode: "LS1 4DY"},
		{Name: "王芳", Country: "CN", City: "上海", Line1: s},
		{Name: "Ann Lee", Country: "DE", City: s, Line1: "Hauptstr. 5", Postcode: "53111"},
		{Name: "Ann Lee", Country: "US", City: "Austin", Line1: "12 High Street", Phone: s, Postcode: s},
	} {
		faultOf(&a)
		phoneHash(&a)
	}
}

// TestAllScripts holds that letters of every script that Unicode knows are read, however somebody puts them
// down: in rows, apart, twice, backwards, and beside letters, digits and signs of others.
func TestAllScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine reads 190,000 texts: the race detector has nothing to find, and takes ten times as long")
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range slices.Sorted(maps.Keys(unicode.Scripts)) {
		var letters []rune
		rangetable.Visit(unicode.Scripts[name], func(c rune) {
			if len(letters) < 200 || random.IntN(20) == 0 {
				letters = append(letters, c)
			}
		})
		some := func(n int) []rune {
			row := make([]rune, n)
			for i := range row {
				row[i] = letters[random.IntN(len(letters))]
			}
			return row
		}
		for n := 1; n < 24; n++ {
			from := random.IntN(len(letters))
			steps := letters[from:min(from+n, len(letters))]
			back := slices.Clone(steps)
			slices.Reverse(back)
			for _, row := range [][]rune{steps, back, some(n), slices.Repeat(some(1), n), append(some(n), []rune("abc 12 жук 上海 x")...), append([]rune("q w "), some(n)...)} {
				for _, between := range []string{"", " ", ".", "- ", "1", "a", "ж", "上"} {
					var text strings.Builder
					for i, c := range row {
						if i > 0 {
							text.WriteString(between)
						}
						text.WriteRune(c)
					}
					understand(t, text.String())
				}
			}
		}
	}
}

func BenchmarkKindOfText(b *testing.B) {
	for name, text := range map[string]string{
		"none": "", "short": "please leave it at the door", "chinese": "请放门口，到了打电话，谢谢",
		"long": strings.Repeat("please call before you come, the bell does not work. ", 5), "abuse": "y0u f u c k i n g th1eves",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				kindOfText(text)
			}
		})
	}
}

func BenchmarkFaultOf(b *testing.B) {
	s := addressOf("John Smith|07911123456|GB||London|12 High Street|SW1A 1AA")
	b.ReportAllocs()
	for b.Loop() {
		faultOf(s)
	}
}
