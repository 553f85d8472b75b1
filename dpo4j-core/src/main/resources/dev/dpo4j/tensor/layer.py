# SPDX-License-Identifier: Apache-2.0
# A decoder layer for one new token of each sequence; TorchScripts loads it.
class Layer(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def product(self: __torch__.Layer, x: Tensor,
      w: __torch__.torch.classes.quantized.LinearPackedParamsBase, factor: float) -> Tensor:
    y = ops.quantized.linear_dynamic_fp16(x, w)
    if factor != 1.0:
      y.mul_(factor)
    return y

  def norm(self: __torch__.Layer, x: Tensor, w: Tensor, eps: float) -> Tensor:
    inverse = torch.linalg_vector_norm(x, 2.0, [-1], True)
    inverse.mul_(inverse).mul_(1.0 / x.size(-1)).add_(eps).rsqrt_()
    return torch.mul(x, inverse).mul_(w)

  def rotated(self: __torch__.Layer, x: Tensor, cos: Tensor, sin: Tensor, half: int,
      rest: float) -> Tensor:
    out = torch.empty([x.size(0), x.size(1), x.size(2)])
    size = x.size(2)
    if size > 2 * half:
      to = out.narrow(2, 2 * half, size - 2 * half)
      to.copy_(x.narrow(2, 2 * half, size - 2 * half))
      if rest != 1.0:
        to.mul_(rest)
    if half > 0:
      c = cos.view([-1, 1, half])
      s = sin.view([-1, 1, half])
      x1 = x.narrow(2, 0, half)
      x2 = x.narrow(2, half, half)
      out1 = out.narrow(2, 0, half)
      out2 = out.narrow(2, half, half)
      torch.mul(x1, c, out=out1)
      out1.addcmul_(x2, s, value=-1.0)
      torch.mul(x2, c, out=out2)
      out2.addcmul_(x1, s, value=1.0)
    return out

  def heads_normed(self: __torch__.Layer, x: Tensor, w: Optional[Tensor], whole: bool,
      eps: float) -> Tensor:
    if w is None:
      return x
    flat = x.contiguous()
    if whole:
      flat = flat.view([x.size(0), 1, x.size(1) * x.size(2)])
    return self.norm(flat, w, eps).view([x.size(0), x.size(1), x.size(2)])

  def before(self: __torch__.Layer, x: Tensor, eps: float, norm: Tensor,
      qkv: __torch__.torch.classes.quantized.LinearPackedParamsBase, factor: float,
      bias: Optional[Tensor], q_norm: Optional[Tensor], k_norm: Optional[Tensor], whole: bool,
      keys: Tensor, values: Tensor, places: Tensor, q_cos: Tensor, q_sin: Tensor, k_cos: Tensor,
      k_sin: Tensor, half: int, rest: float, kv_heads: int) -> Tensor:
    size = keys.size(2)
    y = self.product(self.norm(x, norm, eps), qkv, factor)
    if bias is not None:
      y.add_(bias)
    projected = y.view([y.size(0), -1, size])
    heads = projected.size(1) - 2 * kv_heads
    q = self.heads_normed(projected.narrow(1, 0, heads), q_norm, whole, eps)
    k = self.heads_normed(projected.narrow(1, heads, kv_heads), k_norm, whole, eps)
    v = projected.narrow(1, heads + kv_heads, kv_heads)
    k = self.rotated(k, k_cos, k_sin, half, 1.0)
    keys.view([-1, size]).index_copy_(0, places, k.view([-1, size]))
    values.view([-1, size]).index_copy_(0, places, v.reshape([-1, size]))
    return self.rotated(q, q_cos, q_sin, half, rest)

  def attended(self: __torch__.Layer, q: Tensor, keys: Tensor, values: Tensor,
      mask: Optional[Tensor], length: int, kv_heads: int) -> Tensor:
    size = keys.size(2)
    count = q.size(0)
    k = keys.narrow(0, 0, count * kv_heads).narrow(1, 0, length)
    v = values.narrow(0, 0, count * kv_heads).narrow(1, 0, length)
    found = torch.scaled_dot_product_attention(q.view([count, kv_heads, -1, size]),
        k.view([count, kv_heads, length, size]), v.view([count, kv_heads, length, size]),
        mask, 0.0, False, scale=1.0)
    return found.reshape([count, q.size(1) * size])

  def after(self: __torch__.Layer, out: Tensor, x: Tensor, attended: Tensor, eps: float,
      o: __torch__.torch.classes.quantized.LinearPackedParamsBase, o_factor: float,
      o_bias: Optional[Tensor], norm: Tensor,
      gate_up: __torch__.torch.classes.quantized.LinearPackedParamsBase, gate_up_factor: float,
      gate_up_bias: Optional[Tensor], gelu: bool,
      down: __torch__.torch.classes.quantized.LinearPackedParamsBase, down_factor: float,
      down_bias: Optional[Tensor]) -> Tensor:
    mid = torch.add(x, self.product(attended, o, o_factor))
    if o_bias is not None:
      mid.add_(o_bias)
    y = self.product(self.norm(mid, norm, eps), gate_up, gate_up_factor)
    if gate_up_bias is not None:
      y.add_(gate_up_bias)
    inner = y.size(1) // 2
    gate = y.narrow(1, 0, inner)
    if gelu:
      inside = torch.gelu(gate, approximate="tanh")
    else:
      inside = torch.silu(gate)
    inside.mul_(y.narrow(1, inner, inner))
    torch.add(mid, self.product(inside, down, down_factor), out=out)
    if down_bias is not None:
      out.add_(down_bias)
    return out

  def forward(self: __torch__.Layer, out: Tensor, x: Tensor, keys: Tensor, values: Tensor,
      places: Tensor, q_cos: Tensor, q_sin: Tensor, k_cos: Tensor, k_sin: Tensor, half: int, rest: float, mask: Optional[Tensor], length: int, kv_heads: int,
      eps: float, whole: bool, gelu: bool, input_norm: Tensor,
      qkv: __torch__.torch.classes.quantized.LinearPackedParamsBase, qkv_factor: float,
      qkv_bias: Optional[Tensor], q_norm: Optional[Tensor], k_norm: Optional[Tensor],
      o: __torch__.torch.classes.quantized.LinearPackedParamsBase, o_factor: float,
      o_bias: Optional[Tensor], mlp_norm: Tensor,
      gate_up: __torch__.torch.classes.quantized.LinearPackedParamsBase, gate_up_factor: float,
      gate_up_bias: Optional[Tensor],
      down: __torch__.torch.classes.quantized.LinearPackedParamsBase, down_factor: float,
      down_bias: Optional[Tensor]) -> Tensor:
    q = self.before(x, eps, input_norm, qkv, qkv_factor, qkv_bias, q_norm, k_norm, whole, keys,
        values, places, q_cos, q_sin, k_cos, k_sin, half, rest, kv_heads)
    found = self.attended(q, keys, values, mask, length, kv_heads)
    return self.after(out, x, found, eps, o, o_factor, o_bias, mlp_norm, gate_up, gate_up_factor,
        gate_up_bias, gelu, down, down_factor, down_bias)
