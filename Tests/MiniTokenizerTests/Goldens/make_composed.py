"""Writes composed.json: random tokenizer.json files and what Hugging Face's tokenizers makes of texts.

    python make_composed.py                 composed.json, which the tests read
    python make_composed.py 500 50 OUT      500 files with 50 texts each; the tests read OUT when
                                            MINIGPT_COMPOSED names it

Made with tokenizers 0.23.3. Each file has random parts: a model that was trained on a few texts with
a random vocabulary size and then changed (unknown tokens, prefixes, suffixes, byte fallback), added
tokens with random flags, a normalizer, a pre-tokenizer, a post-processor and a decoder. Regular
expressions are those that every engine reads alike; other tests compare engines. `from_str` of the
package must take the file, or it is drawn again.
"""

import json
import random
import sys

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

TEXTS = [
    "", " ", "a", "Hello world", "hello, world!", "  two  spaces ", "It's we'll they'RE don't",
    "The quick brown fox jumps over the lazy dog.", "3 times 1,234.56 is 2024-12-01",
    "line one\nline two\r\n\r\nline\tthree\n", "trailing space ", "UPPER lower MiXeD",
    "na\u00efve caf\u00e9 \u00c5ngstr\u00f6m", "nai\u0308ve cafe\u0301 A\u030angstro\u0308m",
    "e\u0323\u0301 e\u0301\u0323 \u1e69 s\u0323\u0307 s\u0307\u0323", "\ufb01n \u00bd x\u00b2 \u2167 \uff21\uff22",
    "\u4f60\u597d\u4e16\u754c", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 test", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\U0001f600 smile \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f", "\u0391\u03a3\u03a3\u039f\u03a3 \u03c3\u03b1\u03c2",
    "\u0130stanbul I\u0131", "\u00a0nbsp\u00a0\u3000wide\u2003em", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u0645\u0631\u062d\u0628\u0627 \u0661\u0662\u0663", "[CLS] text [SEP] [MASK] x", "<s>abc</s> <unk> <pad>",
    "a[MASK]b  [MASK]  c", "ctrl\u0000\u0001\u0007 \ufffd end", "soft\u00adhyphen zero\u200bwidth",
    "\u2581under \u2581score__x_y", "...?!,;:'\"()[]{}<>/\\|@#$%^&*+-=~`", "mail@test.org http://a.b/c?d=e",
    "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababab", "thethethe the the", "x" * 120, "don't do not they 've n't",
    "\u00ab guillemets \u00bb \u2014 dash\u2026 \u201cquotes\u201d", "1st 2nd 3rd 10\u00ba \u00bc", "tab\tsep\tvalues",
    "theword the word", " leading", "\n", "\n\n  \n", "\u0301 mark first", "end\u0301", "Stra\u00dfe STRASSE \ufb03",
    "the cat sat on the mat. the cat ate the rat.", "hehehehehe", "\u1e9b\u0323 \u212b \u2126", "b\u200dc \ufeffbom",
]

RANDOM = random.Random(20261201)


def choice(*options):
    return RANDOM.choice(options)


def chance(probability):
    return RANDOM.random() < probability


# ── Parts ────────────────────────────────────────────────────────────────────────────────────────
def pattern():
    return choice(
        {"String": " "}, {"String": "e"}, {"String": "th"}, {"String": "\u0301"}, {"Regex": r"\s+"},
        {"Regex": r"[aeiou]"}, {"Regex": r"\d"}, {"Regex": r"\p{L}+"}, {"Regex": r"[^\s\p{L}]"},
        {"Regex": r"'(?:[sdmt]|ll|ve|re)"}, {"Regex": r" ?\p{L}+|\p{N}"}, {"Regex": r"\p{P}"})


def normalizer(depth=0):
    kind = choice("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Replace",
                  "Prepend", "BertNormalizer", "Sequence")
    if kind == "Sequence":
        if depth > 1:
            return {"type": "NFD"}
        return {"type": kind, "normalizers": [normalizer(depth + 1) for _ in range(RANDOM.randint(1, 3))]}
    if kind == "Strip":
        return {"type": kind, "strip_left": chance(0.6), "strip_right": chance(0.6)}
    if kind == "Replace":
        return {"type": kind, "pattern": pattern(), "content": choice("", "x", "\u2581", " ", "\u00e9y")}
    if kind == "Prepend":
        return {"type": kind, "prepend": choice("\u2581", " ", "ab")}
    if kind == "BertNormalizer":
        return {"type": kind, "clean_text": chance(0.7), "handle_chinese_chars": chance(0.7),
                "strip_accents": choice(None, True, False), "lowercase": chance(0.6)}
    return {"type": kind}


def behavior():
    return choice("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")


def metaspace():
    return {"type": "Metaspace", "replacement": choice("\u2581", "_"),
            "prepend_scheme": choice("always", "first", "never"), "split": chance(0.7)}


def pre_tokenizer(depth=0):
    kind = choice("ByteLevel", "Split", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits",
                  "BertPreTokenizer", "CharDelimiterSplit", "Metaspace", "Sequence")
    if kind == "Sequence":
        if depth > 1:
            return {"type": "Whitespace"}
        return {"type": kind, "pretokenizers": [pre_tokenizer(depth + 1) for _ in range(RANDOM.randint(1, 3))]}
    if kind == "ByteLevel":
        return {"type": kind, "add_prefix_space": chance(0.5), "trim_offsets": chance(0.5),
                "use_regex": chance(0.7)}
    if kind == "Split":
        return {"type": kind, "pattern": pattern(), "behavior": behavior(), "invert": chance(0.3)}
    if kind == "Punctuation":
        return {"type": kind, "behavior": behavior()}
    if kind == "Digits":
        return {"type": kind, "individual_digits": chance(0.5)}
    if kind == "CharDelimiterSplit":
        return {"type": kind, "delimiter": choice(" ", "e", "_")}
    if kind == "Metaspace":
        return metaspace()
    return {"type": kind}


def decoder(depth=0):
    kind = choice("ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip",
                  "Replace", "Sequence", "Sequence")
    if kind == "Sequence":
        if depth > 1:
            return {"type": "Fuse"}
        return {"type": kind, "decoders": [decoder(depth + 1) for _ in range(RANDOM.randint(1, 4))]}
    if kind == "ByteLevel":
        return {"type": kind, "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    if kind == "WordPiece":
        return {"type": kind, "prefix": choice("##", "@@"), "cleanup": chance(0.5)}
    if kind == "Metaspace":
        return metaspace()
    if kind == "BPEDecoder":
        return {"type": kind, "suffix": choice("</w>", "_")}
    if kind == "Strip":
        # With more than a token has, the package's own loop runs past the token.
        return {"type": kind, "content": choice(" ", "e"), "start": RANDOM.randint(0, 2), "stop": 0}
    if kind == "Replace":
        return {"type": kind, "pattern": pattern(), "content": choice("", " ", "yz")}
    return {"type": kind}


def post_processor(ids, depth=0):
    kind = choice("TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence")
    names = list(ids)
    if kind == "Sequence":
        if depth > 0:
            kind = "ByteLevel"
        else:
            # Two that add tokens are refused.
            level = {"type": "ByteLevel", "add_prefix_space": chance(0.5), "trim_offsets": chance(0.7),
                     "use_regex": True}
            return {"type": kind, "processors": choice([level], [level, post_processor(ids, 1)])}
    if kind == "ByteLevel" or not names:
        return {"type": "ByteLevel", "add_prefix_space": chance(0.5), "trim_offsets": chance(0.7),
                "use_regex": True}
    first, last = RANDOM.choice(names), RANDOM.choice(names)
    if kind == "TemplateProcessing":
        single = [{"Sequence": {"id": "A", "type_id": 0}}]
        if chance(0.8):
            single.insert(0, {"SpecialToken": {"id": first, "type_id": 0}})
        if chance(0.6):
            single.append({"SpecialToken": {"id": last, "type_id": 0}})
        return {"type": kind, "single": single,
                "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {n: {"id": n, "ids": [ids[n]], "tokens": [n]} for n in {first, last}}}
    result = {"type": kind, "sep": [last, ids[last]], "cls": [first, ids[first]]}
    if kind == "RobertaProcessing":
        result |= {"trim_offsets": chance(0.7), "add_prefix_space": chance(0.5)}
    return result


# ── Models ───────────────────────────────────────────────────────────────────────────────────────
def trained(kind, before, pre):
    """The member `model` of a tokenizer trained on some of the texts."""
    corpus = [RANDOM.choice(TEXTS) for _ in range(30)]
    size = RANDOM.randint(60, 220)
    unknown = choice("<unk>", "[UNK]")
    suffix = choice(None, None, "</w>")
    prefix = choice(None, None, None, "##")
    if kind == "BPE":
        model = models.BPE(unk_token=unknown)
        trainer = trainers.BpeTrainer(
            vocab_size=size, show_progress=False, special_tokens=[unknown] if chance(0.8) else [],
            **({"end_of_word_suffix": suffix} if suffix else {}),
            **({"continuing_subword_prefix": prefix} if prefix else {}),
            **({"limit_alphabet": RANDOM.randint(20, 60)} if chance(0.5) else {}))
    elif kind == "WordPiece":
        model = models.WordPiece(unk_token=unknown)
        trainer = trainers.WordPieceTrainer(
            vocab_size=size, show_progress=False, special_tokens=[unknown],
            continuing_subword_prefix=choice("##", "##", "@@", ""))
    elif kind == "WordLevel":
        model = models.WordLevel(unk_token=unknown)
        trainer = trainers.WordLevelTrainer(vocab_size=size, show_progress=False, special_tokens=[unknown])
    else:
        model = models.Unigram()
        trainer = trainers.UnigramTrainer(vocab_size=size, show_progress=False, special_tokens=[unknown],
                                          unk_token=unknown)
    tokenizer = Tokenizer(model)
    whole = json.loads(tokenizer.to_str())
    whole["normalizer"], whole["pre_tokenizer"] = before, pre
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    tokenizer.train_from_iterator(corpus, trainer)
    return json.loads(tokenizer.to_str())["model"], unknown


def changed(model, unknown):
    """The model with other options."""
    kind = model["type"]
    if kind in ("BPE", "Unigram") and chance(0.35):
        model["byte_fallback"] = True
        names = [f"<0x{byte:02X}>" for byte in range(256)]
        if chance(0.2):
            names = RANDOM.sample(names, 200)
        if kind == "BPE":
            for name in names:
                model["vocab"][name] = len(model["vocab"])
        else:
            model["vocab"] += [[name, -20.0] for name in names]
    if kind == "BPE":
        model["fuse_unk"] = chance(0.5)
        model["ignore_merges"] = chance(0.3)
        model["unk_token"] = unknown if unknown in model["vocab"] and chance(0.7) else None
        if chance(0.3):
            model["merges"] = [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
            if any(m.count(" ") != 1 for m in model["merges"]):
                raise ValueError("a token has a blank")
    # With both the package counts on behind the end of the text, so that places make no sense.
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        model["byte_fallback" if kind == "BPE" else "max_input_chars_per_word"] = False if kind == "BPE" else 100
    if kind == "Unigram":
        model["vocab"] = [list(pair) for pair in dict(model["vocab"]).items()]
    if kind == "WordPiece":
        model["max_input_chars_per_word"] = choice(100, 10, 5)
    if kind == "Unigram" and chance(0.1):
        model["unk_id"] = None
    return model


def added_tokens(model, unknown):
    vocabulary = model["vocab"] if isinstance(model["vocab"], dict) else {
        name: i for i, (name, _) in enumerate(model["vocab"])}
    next_id = max(vocabulary.values(), default=-1) + 1
    if next_id != len(vocabulary):
        raise ValueError("an id is missing: the package would give it to an added token")
    names = RANDOM.sample(
        ["[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<pad>", "the", "lo w", "caf\u00e9", "  ", "\u00bd", "Ab",
         "123", "\u4e16"], RANDOM.randint(0, 6))
    if unknown in vocabulary and chance(0.7):
        names.insert(0, unknown)
    tokens = []
    for name in names:
        index = vocabulary.get(name)
        if index is None:
            index, next_id = next_id, next_id + 1
        special = name[0] in "[<"
        tokens.append({"id": index, "content": name, "single_word": chance(0.2),
                       "lstrip": chance(0.2), "rstrip": chance(0.2),
                       "normalized": not special if chance(0.7) else chance(0.5), "special": special})
    size = max(vocabulary.values(), default=-1) + 1
    used = {t["id"] for t in tokens if t["id"] >= size}
    renumbered = {old: size + i for i, old in enumerate(sorted(used))}
    for token in tokens:
        token["id"] = renumbered.get(token["id"], token["id"])
    return sorted(tokens, key=lambda t: t["id"])


def tokenizer_json():
    before = normalizer() if chance(0.6) else None
    pre = pre_tokenizer() if chance(0.85) else None
    model, unknown = trained(choice("BPE", "BPE", "BPE", "WordPiece", "WordLevel", "Unigram"), before, pre)
    model = changed(model, unknown)
    added = added_tokens(model, unknown)
    special = {t["content"]: t["id"] for t in added if t["special"]}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": before, "pre_tokenizer": pre,
            "post_processor": post_processor(special) if chance(0.6) else None,
            "decoder": decoder() if chance(0.9) else None, "model": model}


def run(tokenizer, text):
    """Ids with special tokens, their places in characters, ids without, both decoded texts."""
    try:
        encoding = tokenizer.encode(text)
        plain = tokenizer.encode(text, add_special_tokens=False)
    except Exception as error:  # The package throws plain Exceptions.
        assert "nk" in str(error) or "UNK" in str(error), error
        return None
    ids = encoding.ids
    return [ids, [place for offset in encoding.offsets for place in offset], plain.ids,
            tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids)]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    texts = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    path = sys.argv[3] if len(sys.argv) > 3 else "composed.json"
    cases = []
    while len(cases) < count:
        try:
            document = tokenizer_json()
            spelled = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            if len(sys.argv) < 2 and len(spelled) > 4500:
                continue
            tokenizer = Tokenizer.from_str(spelled)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            continue
        # Of tokens that look the same when normalised it is not said which is found.
        before = tokenizer.normalizer
        contents = [before.normalize_str(t["content"]) if before and t["normalized"] else t["content"]
                    for t in document["added_tokens"]]
        if len(set(contents)) < len(contents):
            continue
        chosen = RANDOM.sample(range(len(TEXTS)), min(texts, len(TEXTS)))
        runs = []
        try:
            runs = [[index, run(tokenizer, TEXTS[index])] for index in chosen]
        except BaseException as error:
            # The package itself ends in a panic for some combinations.
            if isinstance(error, KeyboardInterrupt) or isinstance(error, AssertionError):
                raise
            continue
        cases.append({"tokenizer": spelled, "runs": runs})
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"texts": TEXTS, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))


main()
