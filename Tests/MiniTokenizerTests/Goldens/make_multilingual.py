"""Writes multilingual.txt: sentences in many scripts, and words drawn from their characters.

    python make_multilingual.py > multilingual.txt

Deterministic: the same file every time. The sentences are our own; the drawn words follow a
Zipf-like distribution, so that pairs have all frequencies, and many of them the same.
"""

import random
import sys

SENTENCES = [
    "Don't we've I'll they're she'd it's I'm WE'LL IT'S O'Neill 'twas 'ſ rock'n'roll '’s",
    "À Noël, l'été paraît loin : où êtes-vous, garçon ? Ça coûte 12,50 € – déjà payé.",
    "Cafe\u0301 et cafe\u0301s, nai\u0308ve; e\u0301le\u0300ve, decomposed on purpose.",
    "Über die Straße gehen größere Füße; Äpfel, Öl und Übermut kosten 1.234,56 €.",
    "El niño soñó que mañana habrá piñatas en Logroño. ¿De verdad? ¡Qué sueño!",
    "Съешь ещё этих мягких булок, да выпей чаю, сказала ей бабушка в 2024 году.",
    "Ο ήλιος έλαμπε πάνω από τη θάλασσα και τα καράβια γύριζαν στο λιμάνι.",
    "今天天气很好，我们一起去公园散步吧。明天可能会下雨，记得带伞！１２３４５",
    "昨日は友達と映画を見ました。とても面白かったです。カタカナもひらがなも漢字もある。",
    "오늘은 날씨가 맑아서 산책하기 좋습니다. 내일은 비가 올지도 몰라요.",
    "السلام عليكم، كيف حالك اليوم؟ الكتابُ على الطاولةِ. ١٢٣٤٥٦٧٨٩٠",
    "שלום לכולם, מה שלומכם היום? הספר על השולחן. בְּרֵאשִׁית",
    "नमस्ते दुनिया, आज मौसम बहुत अच्छा है। हम बाज़ार जा रहे हैं। १२३४५",
    "สวัสดีชาวโลก วันนี้อากาศดีมาก เราจะไปตลาดกัน ๑๒๓",
    "வணக்கம் உலகம், இன்று வானிலை நன்றாக உள்ளது.",
    "გამარჯობა მსოფლიო, დღეს კარგი ამინდია. Բարեւ աշխարհ, այսօր լավ եղանակ է։",
    "Xin chào thế giới, hôm nay trời đẹp quá, chúng ta đi chợ nhé.",
    "👋🌍 emoji: 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇫🇷🇯🇵 ☕️ 1️⃣ ♥︎ 🧑🏿‍🚀 🫠",
    "½ ¼ Ⅳ ⅷ ² ³ ① ㊿ 𝟜𝟚 𝓯𝓪𝓷𝓬𝔂 ﬁne ﬀ Å ℵ ™ ∑∫√ ≠ ← → ◊",
    "{\"key\": [1, 22, 333, 4444, 55555], 'x': -1.5e-10, \"url\": \"https://example.org/a?b=c&d=%20\"}",
    "def f(x):\n    return x ** 2  # comment\n\n\n\tif x:\r\n\t\tpass\r\n\r\n",
    "a  b   c    d \t e \u00a0f\u2003g\u3000h\u2028i\u2029j\u0085k\u000bl\u000cm\u200bn\ufeffo",
    "\u0000\u0001\u0007\u001b[31mred\u001b[0m\u007f\u0080\u009f end \u202eright\u202c \ue000\U0010ffff",
]

POOLS = [
    "abcdefghijklmnopqrstuvwxyz",
    "aàâäeéèêëiîïoôöuùûüyçœæ",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ",
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのアイウエオカキクケコ",
    "가나다라마바사아자차카타파하고노도로모보소오조초",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह",
    "😀😁😂🤣😅😊😍🤔🙄😴👍👎🎉🔥❤️✨🚀🌍🍎",
    "0123456789",
]

random.seed(20240607)
lexicon = []
for pool in POOLS:
    characters = list(pool)
    words = []
    for _ in range(700 if len(characters) > 12 else 300):
        length = random.choice([1, 2, 2, 3, 3, 4, 5, 6, 8])
        words.append("".join(random.choice(characters) for _ in range(length)))
    lexicon.append(words)

lines = list(SENTENCES)
for _ in range(2600):
    words = random.choice(lexicon)
    line = []
    for _ in range(random.randint(3, 12)):
        rank = min(int(random.paretovariate(0.33)), len(words)) - 1
        word = words[rank]
        if random.random() < 0.1:
            word = word.capitalize()
        if random.random() < 0.05:
            word += random.choice(["'s", "'re", "'LL", "-", "...", "\u0301"])
        line.append(word)
    text = random.choice([" ", " ", " ", "  "]).join(line)
    lines.append(text + random.choice([".", "!", "?", "。", "؟", "", " ", ";"]))
    if random.random() < 0.03:
        lines.append(random.choice(SENTENCES))
    if random.random() < 0.05:
        lines.append("")

sys.stdout.buffer.write(("\n".join(lines) + "\n").encode())
