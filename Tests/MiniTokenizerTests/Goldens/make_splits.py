"""Writes splits.json: where Hugging Face's tokenizers cut texts at the matches of patterns.

    python make_splits.py > splits.json

Each pattern stands with, for each text, the lengths of the pieces in scalars, or with null if the engine
(Oniguruma) refuses it. Patterns come from published tokenizers, from a list that goes through the
dialect, and from a generator. Patterns that only this package refuses, by name, are not among them:
recursion, conditions, absent patterns, callouts, text segments, bytes above 7F.

Sets of scalars stand with how many they are and with their sum.

Made with tokenizers 0.23.3.
"""

import json
import random
import sys

from tokenizers import Regex, pre_tokenizers

CONTRACTIONS = r"'s|'t|'re|'ve|'m|'ll|'d"
UPPER = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PUBLISHED = [
    CONTRACTIONS + r"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:%s)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    % CONTRACTIONS,
    UPPER + "*" + LOWER + r"+(?i:%s)?|" % CONTRACTIONS + UPPER + "+" + LOWER
    + r"*(?i:%s)?|\p{N}{1,3}" % CONTRACTIONS + REST,
    UPPER + "*" + LOWER + "+|" + UPPER + "+" + LOWER + r"*|\p{N}" + REST,
    r"(?=(\d{3})+(?!\d))", r"\p{N}+", r"\d{1,3}(?=(?:\d{3})*\b)", r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", r"\s+$", r"[\p{P}\$\+<=>\^~\|`]+", r"[0-9][0-9][0-9]",
    r" ?[^(\s|.,!?…。，、।۔،)]+", r"\p{Han}+", r"(?:\p{L}\p{M}*)+|\p{N}{1,3}|\s+|.",
    r"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+|\p{N}" + REST,
    r"\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}", r"[^\n]+|[\n]+", r"\S+", r"\w+|[^\w\s]+", r"\w+(?:-\w+)*|\S",
    r"[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+",
]
DIALECT = (
    r""". ^ $ ^.*$ \b \B \A \z \Z \G \h \H \d \D \w \W \s \S \R \N \O \Kb a\Kb a\b (?m:.)+ (?m). (?-m:.)
    x* x? x+? a?? a*? a{2} a{2}? a{2}+ a{2,}? a{,2} a{1,2}{2} a{3,1} a{0} a{ a{, a{1a} a{,} { a?+a a*+ a++b a+* a?* a+?? a**
    (?:a|b)++b (?>a+)b (?>a|ab)c (?=a)b (?=b)|a (?!a). (?<=a)b (?<!a)b (?<=a+)b (?<=a|bc)d (?<=^)a (?<=\A|,)[^,]
    (?<=a.{2})b (?<![^\s])x (?<=\s)\S (?<=(?:ab)*)c (?<=\d)(?=(\d{3})+\b) (?<=.*)b (?<!^). (?<=(?i)A)b
    (a)\1 (a|b)\1 (?:(a)|b)*\1 (?<n>a)\k<n> (?<n>a)(?<n>b)\k<n> (a)(?:b)(c)\2 (?:(?=(a+))a*b\1) (.)\1+
    [[:punct:]] [[:alpha:]]+ [[:^alpha:]]+ [[:word:]]+ [[:alnum:]]+ [[:graph:]]+ [[:print:]]+ [[:blank:]] [[:cntrl:]]
    [[:digit:]]+ [[:lower:]]+ [[:upper:]]+ [[:space:]]+ [[:xdigit:]]+ [[:ascii:]]+ [:alpha:]+ [[:foo:]]
    [[:^space:]&&[:^punct:]]+ [[:punct:][:space:]]+
    \p{L}+ \P{L}+ \p{^L}+ \P{^L}+ \p{Lu} \p{Ll}+ \p{Letter}+ \p{letternumber} \p{Nd}+ \p{No} \p{P}+ \p{Punct}+
    \p{S}+ \p{Sc} \p{Z}+ \p{M} \p{Mn}+ \p{C} \p{Cc} \p{Cf} \p{LC}+ \p{Alphabetic}+ \p{White_Space}+ \p{Latin}+ \p{Greek}+ \p{Cyrillic}+
    \p{Hiragana}+ \p{Katakana}+ \p{Hangul}+ \p{Arabic}+ \p{Thai}+ \p{Devanagari}+ \p{Emoji}+ \p{Emoji_Presentation}
    \p{Alnum}+ \p{Graph}+ \p{Word}+ \p{XDigit}+ \p{ASCII}+ \p{Any} \p{Dash} \p{Ideographic}+ \p{Lowercase}+ \p{Uppercase}+ \p{ID_Start}+
    \p{Script=Han} \p{IsHan} \p{^^L} \p{Foo} \pL \p
    [a-w&&[^c-g]z] [^a-z&&b-d] [a[^bc]] [a[bc]d]+ [a&&] [&&a] [a-c-e]+ [+--] [-a] [a-] []a] [^]]+ [] [^] [a-\d] [\d-z] [z-a] [\w-]+ [\s\S]
    [^\S\n]+ [.]+ [\b] [\R] [\h]+ [[:alpha:]&&[^aeiou]]+ [\p{L}&&\p{ASCII}]+ [^\P{L}]+ [\p{^L}]+ [a [[] [a[]b]
    (?i)abc (?i:'s|'ll) (?i)[a-c]+ (?i)[^a]+ (?i)ss (?i)ß (?i)fi (?i)st+ (?i)k (?i)σ (?i)É (?i)i (?i)\p{Ll}+ (?i)[\p{Lu}]+ (?i)[[:lower:]]+ (?i:a)b(?-i)c a(?i)b|c (?i)ff|x
    (?x:a\ b) (?#c)a (?:) a||b |a a| () (|a)+ (?:|a)* (a*)* (a*)+ (?:a?)*?b (?:a|ab)(?:c|bcd)(?:d*)
    \x41 \x{e9} \u00e9 \t \101 \o{101} \cA \e \q \- \_ \\ \. \x \Qa\E
    * a|* ( ) a) [ \ (?i (?z) (?s:.) \1 \8 (?<a>x)(y)\1 ^* (?=a)* \b+ (?!a)+ (?<=a(?=b))b (?<!(a))b a{100001} (?<n (?
    \S+?\b \w+(?=\s|$) \s*? \s* (?m)^a a$ (?-m:^)a $|a \b|a (?<=a)|b"""
).split() + [r"(?x) a b # c", " ?\\b", "[a b]+", "(?x)[a b]+", "a\\ b", " +(?= )"]
TEXTS = [
    "Hello world 12345, it's 'LL don't\n\nx  y\tz ",
    "aabab abcd aaa, ABC abc ab\na\r\nb\rc bcd axxb a1b2 a-b_c [x] {a} a]b -+,.$=€«»",
    "é E\u0301 ß SS ss ſt ﬁ FI ﬃ K\u212a σςΣ 漢字ひらカナ 한글 привет Ⅷ² ٣ \u00a0\u2028\u0085\u200b😀👍🏽 नमस्ते ไทย",
    "  \n \n\n   foo   bar\n\t\tbaz(x) == 1000000;  \r\n",
    "",
    "1234567 ab12 12ab, x=3.14e-10 I'M you'RE \x01\x08\x1b\\ ^|\n\n",
]
ALPHABET = ["a", "b", "x", "1", " ", "\\n", ".", r"\w", r"\s", r"\d", r"\p{L}", "[a-c]", r"[^\s]", r"\p{Lu}", "-", r"\S", "[^a]"]


def generated(random):
    def node(depth):
        kind = random.randrange(10 if depth else 3)
        if kind < 3:
            return random.choice(ALPHABET)
        if kind < 5:
            return node(depth - 1) + node(depth - 1)
        if kind == 5:
            return "(?:%s|%s)" % (node(depth - 1), node(depth - 1))
        if kind == 6:
            return "(?:%s)%s" % (
                node(depth - 1), random.choice(["*", "+", "?", "*?", "+?", "??", "{1,2}", "{2}", "++", "?+"]))
        if kind == 7:
            return random.choice(ALPHABET) + random.choice(["*", "+", "?", "{1,3}", "*?", "++", "{2,}"])
        if kind == 8:
            return random.choice(["(?=%s)", "(?!%s)", "(?<=%s)", "(?<!%s)", r"\b%s", "^%s", "%s$"]) % random.choice(ALPHABET)
        return "(?>%s)" % node(depth - 1)

    return node(4)


def cuts(pattern):
    try:
        splitter = pre_tokenizers.Split(Regex(pattern), "isolated")
    except Exception:
        return None
    return [[len(piece) for piece, _ in splitter.pre_tokenize_str(text)] for text in TEXTS]


SETS = r"""\w \d \s \h [\w] [[:punct:]] [[:alpha:]] [[:alnum:]] [[:word:]] [[:graph:]] [[:print:]] [[:blank:]] [[:cntrl:]]
    [[:lower:]] [[:upper:]] [[:xdigit:]] \p{L} \p{Lu} \p{Ll} \p{Lt} \p{Lm} \p{Lo} \p{M} \p{Mn} \p{Mc} \p{Me} \p{N} \p{Nd} \p{Nl} \p{No} \p{P}
    \p{Pc} \p{Pd} \p{Ps} \p{Pe} \p{Pi} \p{Pf} \p{Po} \p{S} \p{Sm} \p{Sc} \p{Sk} \p{So} \p{Z} \p{C} \p{Cf} \p{Co} \p{Cn} \p{Punct}
    \p{Cased} \p{Emoji} \p{Emoji_Presentation} \p{Ideographic} \p{Dash} \p{Hex_Digit} \p{ID_Start} \p{XID_Continue}
    \p{Latin} \p{Greek} \p{Cyrillic} \p{Han} \p{Hangul} \p{Arabic} \p{Hiragana} \p{Thai}""".split()
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
TEXT = "".join(map(chr, SCALARS))


def members(pattern):
    splitter = pre_tokenizers.Split(Regex(pattern), "removed")
    left = set()
    for start in range(0, len(TEXT), 4096):
        for piece, _ in splitter.pre_tokenize_str(TEXT[start : start + 4096]):
            left.update(map(ord, piece))
    inside = [c for c in SCALARS if c not in left]
    return [len(inside), sum(inside)]


generator = random.Random(20)
patterns = list(dict.fromkeys(PUBLISHED + DIALECT + [generated(generator) for _ in range(200)]))
result = {"texts": TEXTS, "patterns": patterns, "lengths": [cuts(p) for p in patterns],
          "sets": SETS, "members": [members(p) for p in SETS]}
json.dump(result, sys.stdout, ensure_ascii=True, separators=(",", ":"))
print()
