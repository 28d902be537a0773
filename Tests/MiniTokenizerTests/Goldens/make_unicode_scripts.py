"""Writes Sources/MiniTokenizer/Unicode/UnicodeScripts.swift: the scripts that patterns name most, as
Hugging Face's engine has them.

    python make_unicode_scripts.py > ../../../Sources/MiniTokenizer/Unicode/UnicodeScripts.swift

Made with tokenizers 0.23.3 (Unicode 16.0).
"""

from tokenizers import Regex, pre_tokenizers

SCRIPTS = [
    ("Arabic", "Arab"), ("Armenian", "Armn"), ("Bengali", "Beng"), ("Bopomofo", "Bopo"),
    ("Cyrillic", "Cyrl"), ("Devanagari", "Deva"), ("Ethiopic", "Ethi"), ("Georgian", "Geor"),
    ("Greek", "Grek"), ("Gujarati", "Gujr"), ("Gurmukhi", "Guru"), ("Han", "Hani"),
    ("Hangul", "Hang"), ("Hebrew", "Hebr"), ("Hiragana", "Hira"), ("Kannada", "Knda"),
    ("Katakana", "Kana"), ("Khmer", "Khmr"), ("Lao", "Laoo"), ("Latin", "Latn"),
    ("Malayalam", "Mlym"), ("Mongolian", "Mong"), ("Myanmar", "Mymr"), ("Oriya", "Orya"),
    ("Sinhala", "Sinh"), ("Tamil", "Taml"), ("Telugu", "Telu"), ("Thai", "Thai"),
    ("Tibetan", "Tibt"),
]
SCALARS = [c for c in range(0x40000) if not 0xD800 <= c < 0xE000]
TEXT = "".join(map(chr, SCALARS))


def members(pattern):
    splitter = pre_tokenizers.Split(Regex(pattern), "removed")
    kept = set()
    for start in range(0, len(TEXT), 4096):
        for piece, _ in splitter.pre_tokenize_str(TEXT[start : start + 4096]):
            kept.update(map(ord, piece))
    return set(SCALARS) - kept


def ranges(values):
    result = []
    for value in sorted(values):
        if result and result[-1][1] == value - 1:
            result[-1][1] = value
        else:
            result.append([value, value])
    return result


print("// Made by Tests/MiniTokenizerTests/Goldens/make_unicode_scripts.py; do not edit.")
print()
print("/// The scripts that patterns name most.")
print("enum UnicodeScripts {")
print("    /// Inclusive ranges as pairs of first and last scalar, in ascending order, by the name of")
print("    /// the script in lower case.")
print("    static let named: [String: [UInt32]] = [")
for name, short in SCRIPTS:
    numbers = [f"0x{v:X}" for pair in ranges(members(r"\p{%s}" % name)) for v in pair]
    names = [name.lower()] + ([short.lower()] if short != name else [])
    print(f'        "{names[0]}": [')
    line = "           "
    for number in numbers:
        if len(line) + len(number) + 2 > 100:
            print(line)
            line = "           "
        line += f" {number},"
    print(line)
    print("        ],")
print("    ]")
print()
print("    /// The name of each script by its four letters, where they differ.")
print("    static let shortNames: [String: String] = [")
for name, short in SCRIPTS:
    if name.lower() != short.lower():
        print(f'        "{short.lower()}": "{name.lower()}",')
print("    ]")
print("}")
