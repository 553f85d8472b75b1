# SPDX-License-Identifier: Apache-2.0
"""The ids that AutoTokenizer of transformers gives to texts.

Usage: python tokenizer_ids.py FOLDER...   (standard input: a JSON list of texts)
Prints one JSON line a folder: a list of id lists, one a text.
"""

import json
import sys

from transformers import AutoTokenizer

texts = json.load(sys.stdin)
for folder in sys.argv[1:]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    print(json.dumps([tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]))
