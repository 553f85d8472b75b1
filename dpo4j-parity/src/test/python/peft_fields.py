# SPDX-License-Identifier: Apache-2.0
"""Makes adapters with PEFT, or reads some, and prints a line for each: logits, and of those it made the
gradients of minus the sum of the tokens' log-probs by the trained weights.

Usage: python peft_fields.py make|read   (stdin: {"ids": [...], "cases": [{"base", "folder", "config"}]})
"""

import json
import sys
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

warnings.filterwarnings("error", message=".*adapter keys.*")
task = json.load(sys.stdin)
ids = torch.tensor([task["ids"]])


def logits(model):
    with torch.no_grad():
        return model(ids).logits[0].flatten().tolist()


def saved_name(name):
    name = name.replace("lora_magnitude_vector.default.weight", "lora_magnitude_vector")
    return name.replace(".modules_to_save.default", "").replace(".default", "")


def gradients(model):
    logps = torch.log_softmax(model(ids).logits[0, :-1], -1).gather(1, ids[0, 1:, None])
    (-logps.sum()).backward()
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return {saved_name(n): p.grad.flatten().tolist() for n, p in trained}


for case in task["cases"]:
    base = AutoModelForCausalLM.from_pretrained(case["base"], dtype=torch.float32)
    if sys.argv[1] == "read":
        print(json.dumps({"logits": logits(PeftModel.from_pretrained(base, case["folder"]))}))
        continue
    torch.manual_seed(1)
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **case["config"])).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(case["folder"])
    print(json.dumps({"logits": logits(model), "gradients": gradients(model)}))
