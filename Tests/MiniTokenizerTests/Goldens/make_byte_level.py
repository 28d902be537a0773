"""Writes byte-level.json: byte-level tokenizer.json files as authors publish them, in the form of
composed.json.

    python make_byte_level.py

Made with tokenizers 0.23.3. In order: tokens with `normalized` beside one that strips; a normalizer
and added tokens that it changes; a vocabulary without the bytes that UTF-8 never has; one that was
trained without the initial alphabet, without and with an unknown token; more merges than tokens; byte
fallback; a token of 4,096 bytes; a post-processor with markers; a decoder with more than ByteLevel.
"""

import json

from tokenizers import Tokenizer, pre_tokenizers

TEXTS = ["hello world", "a    [MASK] b  c", "   x\u00b2 \ufb01n 10\u00bd", "to b\u00e9 \U0001f600", "hehehehe" * 40,
         "<s>hi</s>", "", "  ", "\u00e9\u00e8 na\u00efve", "the then them"]
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())


def char(byte):
    keep = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    return chr(byte) if byte in keep else chr(256 + [b for b in range(256) if b not in keep].index(byte))


def token(index, content, **flags):
    return {"id": index, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": False} | flags


def document(vocabulary, merges, added=(), **parts):
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
             "vocab": {name: i for i, name in enumerate(vocabulary)}, "merges": merges} | parts.pop("model", {})
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added), "normalizer": None,
            "pre_tokenizer": level, "post_processor": None, "decoder": level} | parts | {"model": model}


MERGES = [["t", "h"], ["th", "e"], ["h", "e"], ["\u0120", "the"], ["l", "o"]]
MADE = ["".join(m) for m in MERGES]
NORMAL = BYTES + MADE
SIZE = len(NORMAL)
NEVER = [char(b) for b in (0xC0, 0xC1, *range(0xF5, 0x100))]
FEW = ["\u0120", "t", "o", "b", "e", "h", "to", "\u0120b"]
FEW_MERGES = [["t", "o"], ["\u0120", "b"]]
LONG = "he" * 2048
DOUBLINGS = [["h", "e"]] + [["he" * 2**k, "he" * 2**k] for k in range(11)]

documents = [
    document(NORMAL, MERGES, [token(SIZE, "    ", normalized=True), token(SIZE + 1, "  ", normalized=True),
                              token(SIZE + 2, "[MASK]", lstrip=True, special=True)]),
    document(NORMAL, MERGES, [token(SIZE, "\ufb01n", normalized=True), token(SIZE + 1, "10\u00bd"),
                              token(SIZE + 2, "x\u00b2", normalized=True)], normalizer={"type": "NFKC"}),
    document([n for n in NORMAL if n not in NEVER], MERGES),
    document(FEW, FEW_MERGES),
    document(FEW + ["<unk>"], FEW_MERGES, model={"unk_token": "<unk>"}),
    document(FEW + ["<unk>"], FEW_MERGES, model={"unk_token": "<unk>", "fuse_unk": True}),
    document(FEW[:6] + ["th", "he", "the", "ee"], [["t", "h"], ["th", "e"], ["h", "e"], ["t", "he"], ["e", "e"]],
             model={"ignore_merges": True}),
    document(BYTES + ["th", "he", "the", "hen", "then", "em", "hem", "them"],
             [["t", "h"], ["h", "e"], ["th", "e"], ["t", "he"], ["he", "n"], ["e", "m"], ["h", "em"], ["he", "m"],
              ["the", "n"], ["t", "hen"], ["the", "m"], ["t", "hem"], ["th", "em"]]),
    document(NORMAL, MERGES, model={"byte_fallback": True}),
    document(BYTES + ["".join(m) for m in DOUBLINGS], DOUBLINGS),
    document(NORMAL + ["<s>", "</s>"], MERGES, [token(SIZE, "<s>", special=True), token(SIZE + 1, "</s>", special=True)],
             post_processor={"type": "Sequence", "processors": [
                 {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                 {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                                                           {"Sequence": {"id": "A", "type_id": 0}}],
                  "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                  "special_tokens": {"<s>": {"id": "<s>", "ids": [SIZE], "tokens": ["<s>"]}}}]}),
    document(NORMAL, MERGES, decoder={"type": "Sequence", "decoders": [
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}),
]

cases = []
for item in documents:
    spelled = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    tokenizer = Tokenizer.from_str(spelled)
    runs = []
    for index, text in enumerate(TEXTS):
        encoding = tokenizer.encode(text)
        runs.append([index, [encoding.ids, [p for o in encoding.offsets for p in o],
                             tokenizer.encode(text, add_special_tokens=False).ids,
                             tokenizer.decode(encoding.ids, skip_special_tokens=False), tokenizer.decode(encoding.ids)]])
    cases.append({"tokenizer": spelled, "runs": runs})
with open("byte-level.json", "w", encoding="utf-8") as file:
    json.dump({"texts": TEXTS, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))
