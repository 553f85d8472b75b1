# SPDX-License-Identifier: Apache-2.0
"""Print 200 texts in many languages with the ids that a model's tokenizer.json gives them, and some prompts, as JSON.

Usage: python texts.py MODEL_FOLDER
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

SENTENCES = """Größe, Straße und Überzeugung: das ist schön – oder nicht? 12345 3.14
L'été dernier, j'ai mangé des œufs à la française; c'était délicieux!
El niño corrió rápidamente por la montaña. ¿Qué pasó después? ¡Nada!
Быстрая коричневая лиса прыгает через ленивую собаку. 2024 год, 15%.
これはテストです。東京タワーは高いですね。カタカナとひらがな。
今天天气很好，我们去公园散步吧！价格是99.5元。
안녕하세요, 세계! 오늘은 날씨가 좋습니다. 123,456원
مرحبا بالعالم، كيف حالك اليوم؟
שלום עולם, מה שלומך היום?
नमस्ते दुनिया, आप कैसे हैं? १२३
สวัสดีชาวโลก วันนี้อากาศดี
Tiếng Việt có rất nhiều dấu, đúng không?
Zażółć gęślą jaźń. Łódź jest piękna.
Türkçe'de ı ve İ harfleri vardır. İstanbul'da 3 gün.
Γειά σου Κόσμε! Τι κάνεις;
🙂👍🏽👨‍👩‍👧‍👦 emoji ❤️ and ©®™ symbols ½ ² №
def f(x):\\n    return x**2  # comment\\n\\n\\n\\tprint("tab")\\n
  leading spaces   and   inner    runs \\n\\n \\n trailing
I'LL can't we've THEY'RE it's 'quoted' d'accord
http://example.com/a?b=c&d=e#f user@example.org C:\\\\path\\\\file.txt
1234567890 12 345 6,789.01 0x1F 1e-10 v2.3.4
\\r\\n\\r\\nWindows lines\\r\\n here\\r
The quick brown fox jumps over the lazy dog, again and again.
camelCaseNames and snake_case_names and SHOUTING_ONES; HTTPServer2Go""".split("\n")

folder = pathlib.Path(sys.argv[1])
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
random.seed(7)
texts = [s.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r") for s in SENTENCES]
sentences = list(texts)
while len(texts) < 200:
    first, second = random.sample(sentences, 2)
    middle = random.choice(["", " ", "\n", "  ", "...", "\n\n"])
    texts.append(first[random.randrange(len(first) // 2):] + middle + second[: random.randrange(1, len(second))])
ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
prompts = ["The capital of France is", "Once upon a time", "def fibonacci(n):", "Water boils at", "2 + 2 ="]
print(json.dumps({"texts": texts, "ids": ids, "prompts": prompts}))
