"""Writes char.model, word.model and whole-pieces.json: SentencePiece's models whose pieces are
characters and words, and the package's ids, pieces and decoded texts of some samples.

    python make_whole_pieces.py

Made with sentencepiece 0.2.3.
"""

import json

import sentencepiece

TEXT = ["the theatre and the thesis", "the weather in the th\u00e9\u00e2tre", "to be or not to be", "a <sep> b 42"]
SAMPLES = ["", " ", "the theatre", "to be  or not", "<sep>the<sep>", "</s> <unk> the", "\u5287\u5834 th\u00e9\u00e2tre",
           "\u2581be \U0001f600", "a\tb\n"]

result = {"samples": SAMPLES}
with open("/tmp/whole-pieces.txt", "w", encoding="utf-8") as file:
    file.write("\n".join(TEXT) + "\n")
for kind in ["char", "word"]:
    sentencepiece.SentencePieceTrainer.train(
        input="/tmp/whole-pieces.txt", model_prefix=kind, model_type=kind, vocab_size=40, hard_vocab_limit=False,
        use_all_vocab=True, normalization_rule_name="identity", user_defined_symbols=["<sep>"],
        character_coverage=1.0, minloglevel=2)
    model = sentencepiece.SentencePieceProcessor(model_file=kind + ".model")
    result[kind] = [[model.encode(s), model.encode(s, out_type=str), model.decode(model.encode(s))] for s in SAMPLES]
with open("whole-pieces.json", "w", encoding="utf-8") as file:
    json.dump(result, file, ensure_ascii=False)
