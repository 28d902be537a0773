"""Writes Sources/MiniTokenizer/SentencePiece/Training/ScriptRanges.swift from SentencePiece's own table.

    pip download --no-deps --no-binary :all: sentencepiece==0.2.3    # and unpack it
    python make_script_ranges.py sentencepiece-0.2.3/sentencepiece/src \
        > ../../../Sources/MiniTokenizer/SentencePiece/Training/ScriptRanges.swift

The scripts of Unicode (UAX #24) as the reference has them, which is not the newest version.
"""

import re
import sys

folder = sys.argv[1]
names = re.findall(r"^  U_(\w+)", open(f"{folder}/unicode_script.h").read(), re.M)
script = {}
for line in open(f"{folder}/unicode_script_map.h"):
    if found := re.search(r"c = 0x(\w+); c <= 0x(\w+); .* = U_(\w+);", line):
        for value in range(int(found[1], 16), int(found[2], 16) + 1):
            script[value] = found[3]
    elif found := re.search(r"\[0x(\w+)\] = U_(\w+);", line):
        script[int(found[1], 16)] = found[2]

ranges = []
for value in sorted(script):
    if script[value] == "Common":
        continue
    if ranges and ranges[-1][1] == value - 1 and ranges[-1][2] == script[value]:
        ranges[-1][1] = value
    else:
        ranges.append([value, value, script[value]])

print("// Made by Tests/MiniSentencePieceTests/Goldens/make_script_ranges.py; do not edit.")
print()
print("/// The scripts of Unicode scalars, as SentencePiece 0.2.3 has them.")
print("enum ScriptRanges {")
for name in ("Common", "Inherited", "Han", "Hiragana", "Katakana"):
    print(f"    static let {name.lower()}: UInt32 = {names.index(name)}")
print()
print("    /// First scalar, last scalar and number of the script, in ascending order; scalars in")
print("    /// no range are `common`.")
print("    static let table: [UInt32] = [")
line = "       "
for first, last, name in ranges:
    word = f" 0x{first:X}, 0x{last:X}, {names.index(name)},"
    if len(line) + len(word) > 100:
        print(line)
        line = "       "
    line += word
print(line)
print("    ]")
print("}")
