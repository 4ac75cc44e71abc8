#!/usr/bin/env python3
"""Makes detect/lexicon/{latin,cyrillic}.bin, by which detect tells words from random letters.

    pip install wordfreq[cjk]==3.1.1 pypinyin && tools/letters.py

For each three letters in a row (a word's edge counts as one), four bits say how rare they are in the language in which
they are least rare: 0 common, each step half as frequent as the one before, 15 never met. Counted over the most frequent words of each language, weighted by the
root of their frequency, so that neither the ten commonest words nor misspellings decide.

It also makes home.txt: of the 3000 most frequent Han characters those whose pinyin begins with a key of the
middle or the upper row.
"""
import math
import unicodedata

import pypinyin
import wordfreq

LATIN = "en es pt fr de it nl pl tr id ms fil vi sv nb da fi hu ro cs sk sl sh ca lt lv is".split()
CYRILLIC = "ru uk bg mk".split()
SPECIAL = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th",
           "ё": "е", "й": "й", "і": "и", "ї": "и", "є": "е", "ґ": "г", "ђ": "д", "ј": "й", "љ": "л", "њ": "н", "ћ": "т", "џ": "ц",
           "ѓ": "г", "ѕ": "с", "ќ": "к"}
TRANSLIT = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh sch  y  e yu ya".split(" ")))
INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w".split() + [""]
FINALS = "a o e i u v ai ei ui ao ou iu ie ue er an en in un ang eng ing ong ia ian iang iao uan uang uo ua uai iong".split()


def fold(word):
    out = []
    for c in word.lower():
        if c in SPECIAL:
            out.append(SPECIAL[c])
        else:
            out.append(unicodedata.normalize("NFD", c)[0])
    return "".join(out)


def count(words, alphabet):
    size = len(alphabet) + 1
    index = {c: i + 1 for i, c in enumerate(alphabet)}
    counts, total = {}, 0.0
    for word, weight in words:
        ids = [0] + [index.get(c, -1) for c in word] + [0]
        if -1 in ids or len(ids) < 3:
            continue
        for t in zip(ids, ids[1:], ids[2:]):
            at = (t[0] * size + t[1]) * size + t[2]
            counts[at] = counts.get(at, 0) + weight
            total += weight
    return {at: n / total for at, n in counts.items()}


def language(name, n=20000):
    return [(fold(w), math.sqrt(wordfreq.word_frequency(w, name))) for w in wordfreq.top_n_list(name, n)]


def pinyin():
    syllables = [i + f for i in INITIALS for f in FINALS]
    return [(a + b, 1.0) for a in syllables for b in syllables[::17]]


def russian_in_latin():
    return [("".join(TRANSLIT.get(c, c) for c in w), math.sqrt(wordfreq.word_frequency(w, "ru"))) for w in wordfreq.top_n_list("ru", 20000)]


def write(path, sources, alphabet):
    best = {}
    for words in sources:
        for at, share in count(words, alphabet).items():
            best[at] = max(best.get(at, 0), share)
    size = (len(alphabet) + 1) ** 3
    out = bytearray((size + 1) // 2)
    for at in range(size):
        share = best.get(at, 0)
        rare = 15 if share == 0 else min(14, max(0, round(-math.log2(share) - 9)))
        out[at // 2] |= rare << (at % 2 * 4)
    with open(path, "wb") as f:
        f.write(out)


def write_home(path):
    counts = {}
    for word in wordfreq.top_n_list("zh", 100000):
        for c in word:
            if "\u4e00" <= c <= "\u9fff":
                counts[c] = counts.get(c, 0) + wordfreq.word_frequency(word, "zh")
    rows = {key: [] for key in "adfghjklsqwertyop"}
    for c in sorted(counts, key=counts.get, reverse=True)[:3000] + list("梵蒂冈斯顿萨撒嘎噶佛啊傲敌锋傻啥嗝卡"):
        key = pypinyin.pinyin(c, style=pypinyin.NORMAL)[0][0][0]
        if key in rows and c not in rows[key]:
            rows[key].append(c)
    with open(path, "w") as f:
        for key, chars in rows.items():
            f.write(key + "".join(sorted(chars)) + "\n")


def write_han(path):
    bits = bytearray((0xA000 - 0x4E00) // 8)
    for c in range(0x4E00, 0xA000):
        try:
            chr(c).encode("gb2312")
            bits[(c - 0x4E00) // 8] |= 1 << ((c - 0x4E00) % 8)
        except UnicodeEncodeError:
            pass
    with open(path, "wb") as f:
        f.write(bits)


if __name__ == "__main__":
    write_home("detect/lexicon/home.txt")
    write_han("detect/lexicon/han.bin")
    write("detect/lexicon/latin.bin", [language(l) for l in LATIN] + [pinyin(), russian_in_latin()], "abcdefghijklmnopqrstuvwxyz")
    write("detect/lexicon/cyrillic.bin", [language(l) for l in CYRILLIC], "абвгдежзийклмнопрстуфхцчшщъыьэюя")
