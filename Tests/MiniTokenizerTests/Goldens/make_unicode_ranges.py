"""Writes Sources/MiniTokenizer/Unicode/UnicodeRanges.swift.

The classes are not taken from a Unicode data file but from the two tokenizers we must equal: every
Unicode scalar is run through `\\p{L}`, `\\p{N}` and `\\s` of tiktoken and of Hugging Face's
tokenizers, and the script stops when the two disagree about a single one.

    python make_unicode_ranges.py > ../../../Sources/MiniTokenizer/Unicode/UnicodeRanges.swift

Made with tiktoken 0.14.0 and tokenizers 0.23.3, which agree (Unicode 16.0).
"""

import sys

import tiktoken
from tokenizers import Regex, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
TEXT = "".join(map(chr, SCALARS))


def members_in_tiktoken(pattern):
    ranks = {bytes([i]): i for i in range(256)}
    encoding = tiktoken.Encoding("x", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return set(map(ord, bytes(encoding.encode_ordinary(TEXT)).decode()))


def members_in_tokenizers(pattern):
    splitter = pre_tokenizers.Split(Regex(pattern), "removed")
    kept = set()
    for start in range(0, len(TEXT), 4096):
        for piece, _ in splitter.pre_tokenize_str(TEXT[start : start + 4096]):
            kept.update(map(ord, piece))
    return set(SCALARS) - kept


def ranges(members):
    result = []
    for value in sorted(members):
        if result and result[-1][1] == value - 1:
            result[-1][1] = value
        else:
            result.append([value, value])
    return result


print("// Made by Tests/MiniTokenizerTests/Goldens/make_unicode_ranges.py; do not edit.")
print()
print("/// Inclusive ranges of scalars, as pairs of first and last, in ascending order.")
print("enum UnicodeRanges {")
sets = []
for index, (name, pattern) in enumerate(
    (("letters", r"\p{L}"), ("numbers", r"\p{N}"), ("spaces", r"\s"))
):
    members = members_in_tiktoken(pattern)
    if members != members_in_tokenizers(pattern):
        sys.exit(f"tiktoken and tokenizers disagree about {pattern}")
    if any(members & other for other in sets):
        sys.exit(f"{pattern} overlaps another class")
    sets.append(members)
    if index:
        print()
    print(f"    /// `{pattern}`: {len(members)} scalars.")
    print(f"    static let {name}: [UInt32] = [")
    line = "       "
    for pair in ranges(members):
        for value in pair:
            word = f" 0x{value:X},"
            if len(line) + len(word) > 100:
                print(line)
                line = "       "
            line += word
    print(line)
    print("    ]")
print("}")
