package detect

import (
	"strings"
	"sync"
)

// commonHan are the most frequent Chinese characters, most of them words of grammar, and wordsOfThem which two of them often
// stand one after the other.
const commonHan = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会可下过天去能对小多然于心么之都好看起发当没成只如事把还用样道想作种开"

var wordsOfThem = strings.Fields(`
我们 你们 他们 她们 人们 这个 那个 一个 个人 上个 有个 是个 这里 那里 里的 这样 那样 一样 样的 这么 那么 么样 么大 什么 这是 那是 这种 那种 一种
是的 我的 你的 他的 她的 们的 人的 个的 大的 小的 好的 新的 来的 到的 有的 要的 说的 上的 中的 下的 了的 过的 用的 家的 会的 年的 国的 的人 的是 的我 的你 的不 的一 的时 的话 的事 的地 的那 的这 的大 的小 的好 的就 的要 的在 的都 的也 的还
不是 就是 也是 都是 还是 只是 要是 可是 但是 是不 是我 是你 是他 是她 是这 是那 是一 是在 是有 是要 是大 是小 是好 是为 是用 我是 你是 他是 她是 人是 的了 是了 不要 不会 不能 不可 不用 不好 不想 不得 不到 不了 不过 不大 不同 不在 不有 不来 不去 不说 不看 不对
要不 我不 你不 他不 也不 都不 就不 还不 会不 能不 来不 好不 对不 要的 就要 我要 你要 他要 还要 也要 不要 想要 要一 要大 要小 要个 要来 要去 要到 要好 要用 要在 要有 要看 只要 没有 有没 还有 也有 都有 只有 我有 你有 他有 有一 有人 有的 有了 有多 有大 有小 有时 有用 有点
可以 以后 以上 以下 以为 所以 后来 然后 以来 来了 到了 说了 有了 好了 对了 会了 去了 看了 发了 过了 用了 多了 大了 小了 开了 成了 想了 当了 没了 为了 上了 下了 就了 是了 了一 了就 了吗 了我 了你 了个 了不 了这 了那 了都 了也 了还 了好 了多
时候 时间 时后 到时 那时 这时 当时 小时 一时 来时 大家 大人 小人 大小 多大 多少 好多 好看 好用 好人 好的 好好 看看 看起 起来 出来 过来 上来 下来 回来 后来 用来 来看 来说 来的 来到 到来 来我 来了 来一 看到 得到 说到 想到 到后 到我 到一 到家 出去 过去 上去 下去 去看 去年 去了
中国 国人 国中 中人 在中 在家 在这 在那 在我 在上 在一 在的 我在 你在 他在 人在 不在 还在 就在 正在 现在 在下 年后 年年 年中 一年 今年 天天 一天 上天 天下 今天 天后 后天 大天 中的 之后 之中 之前 之上 之下 后的 后我 后就 后会 以后 一下 一起 一看 一会 会儿 一心 一点 一次 一大 一小 一人 一来 一种
就好 就会 就能 就来 就在 就有 就没 就我 就说 就可 就一 就去 就那 就这 也会 也能 也可 也没 也好 也在 也想 都好 都会 都能 都没 都在 都要 还没 还会 还能 还好 还可 还想 只能 只会 只有 只好 只想 没用 没看 没想 没发 没来 没到 没说 没事 事的 有事 大事 小事 好事 如果 如此 不如 如下
我想 你想 想看 想来 想去 想用 我看 你看 我说 你说 他说 她说 人说 说我 说你 说是 说不 说好 说要 说有 说这 会说 要说 我会 你会 他会 会有 会来 会的 会是 会在 会不 我能 你能 能用 能来 能看 能到 能有 能不 能发 我也 你也 他也 我都 我就 你就 他就 那就 那我 那你 这就 我和 你和 和我 和你 和他 和这 和那 和上 他和 她和
给我 对我 对你 对的 对于 于我 于是 自己 自我 我自 自从 自然 自在 自大 自用 心里 心中 开心 小心 用心 放心 当心 知道 道的 道我 我家 人家 国家 家里 家人 家的 子的 孩子 儿子 样子 种子 个子 日子 女子 子里 子上 上面 上下 里面 下面 下个 下次 着的 看着 有着 说着 想着 着我 着你 着用 用着 对着 为我 为你 为什 因为 为人 成为 作为
得了 得好 得不 得很 得看 得到 得的 来得 说得 看得 好得 用得 不得 觉得 记得 大得 多得 地上 地下 地里 地方 地的 大地 当地 把我 把你 把这 把那 把他 起的 一起 起用 发的 发了 发到 发我 发给 发个 开发 出发 没开 开的 开了 成的 成了 作的 工作 当作 多的 多了 多个 多看 过年 过我 过的 生的 生了 先生 学生 出生 人生 一生 生日 生国 种的`)

// hanNeighbours numbers the common characters from 1, and has a bit for each two that are a word.
type hanNeighbours struct {
	at   [hanLast - hanFirst + 1]uint8
	next [128][2]uint64
}

var commonNeighbours = sync.OnceValue(func() *hanNeighbours {
	h, n := new(hanNeighbours), uint8(0)
	for _, c := range commonHan {
		n++
		h.at[c-hanFirst] = n
	}
	for _, w := range wordsOfThem {
		c := []rune(w)
		if a, b := h.at[c[0]-hanFirst], h.at[c[1]-hanFirst]; a > 0 && b > 0 {
			h.next[a][b/64] |= 1 << (b % 64)
		}
	}
	return h
})

// isLooseHan says whether a text is nine and more of the most frequent Chinese characters and nothing else, of which hardly any two stand together as
// they do in words: somebody, or a program, put them down at random. A third of the neighbours of such a row are words by chance at most; of a sentence more than half.
func (r *reading) isLooseHan() bool {
	n := r.count[formHan]
	if n < 9 || n < r.letters() || r.count[formDigit] > 0 || r.n > n {
		return false
	}
	common := commonNeighbours()
	last, words := uint8(0), 0
	for i := range n {
		c := common.at[r.sym[i]-hanFirst]
		if c == 0 {
			return false
		}
		words += int(common.next[last][c/64] >> (c % 64) & 1)
		last = c
	}
	return words*3 < n-1
}

// isHomeRow says whether a text without a space is letters of the middle row alone, with the semicolon that lies beside them.
func (r *reading) isHomeRow() bool {
	if r.count[formHard] == 0 || r.spaces > 0 || r.count[formLatin] < 7 || r.count[formLatin] < r.letters() || r.count[formDigit] > 0 || strings.IndexByte(r.text, ';') < 0 {
		return false
	}
	for i := range r.n {
		if r.form[i] == formLatin && latinKeys.place(r.sym[i])>>4 != 2 {
			return false
		}
	}
	return true
}
