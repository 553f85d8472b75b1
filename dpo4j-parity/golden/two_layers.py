# SPDX-License-Identifier: Apache-2.0
"""One step of a two-layer model in float64: what a card must reproduce before it is trusted.

python two_layers.py prints the numbers that TwoLayers.java stores. Weights and tokens follow from a
formula and the losses, gradients and changes from torch's autograd and AdamW. Where transformers is
installed, its Llama with the same weights must give the same loss and gradients.
"""
import torch

VOCAB, HIDDEN, HEADS, SIZE, INNER, LAYERS = 29, 32, 2, 16, 48, 2
TOKENS = [[3, 14, 15, 9, 26], [5, 3, 5, 8]]
THETA, EPSILON = 10000.0, 1e-5
RATE, BETAS, DECAY, ADAM_EPSILON = 1e-2, (0.9, 0.999), 0.1, 1e-2

torch.set_default_dtype(torch.float64)


def formula(count, seed):
    """Sixteenths between -3 and 3, by the generator of C's standard; others for another seed."""
    values, state = [], seed
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        values.append((state // 2**16 % 97 - 48) / 16)
    return torch.tensor(values)


def model():
    """Names as in a checkpoint, in the order of the seeds."""
    shapes = {"model.embed_tokens": (VOCAB, HIDDEN)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        shapes |= {
            at + "input_layernorm": (HIDDEN,),
            at + "self_attn.q_proj": (HEADS * SIZE, HIDDEN),
            at + "self_attn.k_proj": (SIZE, HIDDEN),
            at + "self_attn.v_proj": (SIZE, HIDDEN),
            at + "self_attn.o_proj": (HIDDEN, HEADS * SIZE),
            at + "post_attention_layernorm": (HIDDEN,),
            at + "mlp.gate_proj": (INNER, HIDDEN),
            at + "mlp.up_proj": (INNER, HIDDEN),
            at + "mlp.down_proj": (HIDDEN, INNER),
        }
    shapes |= {"model.norm": (HIDDEN,), "lm_head": (VOCAB, HIDDEN)}
    weights = {}
    for seed, (name, shape) in enumerate(shapes.items()):
        values = formula(torch.Size(shape).numel(), seed).reshape(shape) / 8
        weights[name] = (values / 4 + 1 if len(shape) == 1 else values).requires_grad_()
    return weights


def normed(x, w):
    return w * x / torch.sqrt((x * x).mean(-1, keepdim=True) + EPSILON)


def turned(x):
    half = SIZE // 2
    angles = torch.outer(torch.arange(x.shape[-2]).double(), THETA ** (-torch.arange(half) / half))
    first, second = x[..., :half], x[..., half:]
    return torch.cat(
        (first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()), -1)


def attended(x, w, at):
    rows = x.shape[0]
    q = turned((x @ w[at + "q_proj"].T).reshape(rows, HEADS, SIZE).transpose(0, 1))
    k = turned(x @ w[at + "k_proj"].T)
    scores = q @ k.T / SIZE**0.5
    hidden = torch.ones(rows, rows).triu(1).bool()
    p = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    out = p @ (x @ w[at + "v_proj"].T)
    return out.transpose(0, 1).reshape(rows, HEADS * SIZE) @ w[at + "o_proj"].T


def loss(w):
    """The mean of the negative log-probs of all tokens but the first of each sequence."""
    total, count = 0, 0
    for tokens in TOKENS:
        x = w["model.embed_tokens"][tokens]
        for layer in range(LAYERS):
            at = f"model.layers.{layer}."
            x = x + attended(normed(x, w[at + "input_layernorm"]), w, at + "self_attn.")
            y = normed(x, w[at + "post_attention_layernorm"])
            gate = torch.nn.functional.silu(y @ w[at + "mlp.gate_proj"].T)
            x = x + (gate * (y @ w[at + "mlp.up_proj"].T)) @ w[at + "mlp.down_proj"].T
        logits = normed(x, w["model.norm"]) @ w["lm_head"].T
        picked = logits.log_softmax(-1)[:-1].gather(1, torch.tensor(tokens[1:])[:, None])
        total, count = total - picked.sum(), count + len(tokens) - 1
    return total / count


def compare_with_transformers(w, value):
    try:
        from transformers import LlamaConfig, LlamaForCausalLM
    except ImportError:
        return "transformers is not installed: not compared"
    peer = LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCAB, hidden_size=HIDDEN, num_attention_heads=HEADS, num_key_value_heads=1,
        intermediate_size=INNER, num_hidden_layers=LAYERS, rms_norm_eps=EPSILON,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
        tie_word_embeddings=False, attn_implementation="eager")).double()
    peer.load_state_dict({name + ".weight": weight.detach() for name, weight in w.items()})
    total, count = 0, 0
    for tokens in TOKENS:
        ids = torch.tensor([tokens])
        total, count = total + peer(ids, labels=ids).loss * (len(tokens) - 1), count + len(tokens) - 1
    (total / count).backward()
    # Its norms, angles and loss are computed in float32.
    torch.testing.assert_close(total / count, value, rtol=1e-6, atol=0, check_dtype=False)
    for name, parameter in peer.named_parameters():
        expected = w[name.removesuffix(".weight")].grad
        assert (parameter.grad - expected).norm() < 1e-5 * expected.norm(), name
    return "transformers agrees"


def seen(x, seed):
    """The length, and the part along a direction that no permutation of the numbers keeps."""
    direction = formula(x.numel(), seed + 100)
    return x.norm(), (x.flatten() @ direction) / direction.norm()


weights = model()
before = loss(weights)
before.backward()
print("//", compare_with_transformers(weights, before))
old = {name: weight.detach().clone() for name, weight in weights.items()}
torch.optim.AdamW(weights.values(), lr=RATE, betas=BETAS, weight_decay=DECAY, eps=ADAM_EPSILON).step()
print(f"LOSS {before.item():.9f} AFTER {loss(weights).item():.9f}")
for seed, (name, weight) in enumerate(weights.items()):
    numbers = *seen(weight.grad, seed), *seen(weight.detach() - old[name], seed)
    print(f'    new Seen("{name}", ' + ", ".join(f"{number.item():.9f}" for number in numbers) + "),")
