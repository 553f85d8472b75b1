# SPDX-License-Identifier: Apache-2.0
# What is done in one call for one new token of each sequence, up to a whole layer; TorchScripts loads it.
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

  def invert(self: __torch__.Layer, norms: Tensor, size: int, eps: float) -> Tensor:
    return norms.mul_(norms).mul_(1.0 / size).add_(eps).rsqrt_()

  def rms_norm(self: __torch__.Layer, out: Tensor, inverse: Tensor, x: Tensor, w: Tensor,
      eps: float) -> Tensor:
    torch.linalg_vector_norm(x, 2.0, [-1], True, out=inverse)
    torch.mul(x, self.invert(inverse, x.size(-1), eps), out=out)
    return out.mul_(w)

  def norm(self: __torch__.Layer, x: Tensor, w: Tensor, eps: float) -> Tensor:
    inverse = torch.linalg_vector_norm(x, 2.0, [-1], True)
    return torch.mul(x, self.invert(inverse, x.size(-1), eps)).mul_(w)

  def rotate(self: __torch__.Layer, out: Tensor, x: Tensor, cos: Tensor, sin: Tensor, half: int,
      rest: float) -> Tensor:
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

  def rotated(self: __torch__.Layer, x: Tensor, cos: Tensor, sin: Tensor, half: int,
      rest: float) -> Tensor:
    out = torch.empty([x.size(0), x.size(1), x.size(2)])
    return self.rotate(out, x, cos, sin, half, rest)

  def keep(self: __torch__.Layer, keys: Tensor, values: Tensor, places: Tensor, k: Tensor,
      v: Tensor) -> Tensor:
    size = keys.size(2)
    keys.view([-1, size]).index_copy_(0, places, k.view([-1, size]))
    values.view([-1, size]).index_copy_(0, places, v.reshape([-1, size]))
    return keys

  def rotate_and_keep(self: __torch__.Layer, q: Tensor, qkv: Tensor, keys: Tensor, values: Tensor,
      places: Tensor, q_cos: Tensor, q_sin: Tensor, k_cos: Tensor, k_sin: Tensor, half: int,
      rest: float, kv_heads: int) -> Tensor:
    size = keys.size(2)
    x = qkv.view([qkv.size(0), -1, size])
    heads = x.size(1) - 2 * kv_heads
    self.rotate(q.view([-1, heads, size]), x.narrow(1, 0, heads), q_cos, q_sin, half, rest)
    k = self.rotated(x.narrow(1, heads, kv_heads), k_cos, k_sin, half, 1.0)
    self.keep(keys, values, places, k, x.narrow(1, heads + kv_heads, kv_heads))
    return q

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
    self.keep(keys, values, places, self.rotated(k, k_cos, k_sin, half, 1.0), v)
    return self.rotated(q, q_cos, q_sin, half, rest)

  # Spans are four numbers each: the first sequence, how many there are, the keys that they see,
  # and where their mask begins, -1 where nothing is hidden.
  def spans(self: __torch__.Layer, numbers: Tensor) -> List[int]:
    found = annotate(List[int], [])
    for i in range(numbers.size(0)):
      found.append(int(numbers[i]))
    return found

  def hidden(self: __torch__.Layer, masks: Optional[Tensor], at: int, count: int,
      length: int) -> Optional[Tensor]:
    if masks is None:
      return None
    if at < 0:
      return None
    return masks.narrow(0, at, count * length).view([count, 1, 1, length])

  def attend_span(self: __torch__.Layer, q: Tensor, keys: Tensor, values: Tensor, spans: List[int],
      span: int, masks: Optional[Tensor], kv_heads: int) -> Tensor:
    first = spans[4 * span]
    count = spans[4 * span + 1]
    length = spans[4 * span + 2]
    size = keys.size(2)
    k = keys.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
    v = values.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
    mask = self.hidden(masks, spans[4 * span + 3], count, length)
    return torch.scaled_dot_product_attention(q.narrow(0, first, count),
        k.view([count, kv_heads, length, size]), v.view([count, kv_heads, length, size]), mask,
        0.0, False, scale=1.0)

  def attend(self: __torch__.Layer, out: Tensor, q: Tensor, keys: Tensor, values: Tensor,
      spans: List[int], masks: Optional[Tensor], kv_heads: int) -> Tensor:
    rows = [out.size(0), kv_heads, -1, keys.size(2)]
    for span in range(len(spans) // 4):
      found = self.attend_span(q.view(rows), keys, values, spans, span, masks, kv_heads)
      out.view(rows).narrow(0, spans[4 * span], spans[4 * span + 1]).copy_(found)
    return out

  def attended(self: __torch__.Layer, q: Tensor, keys: Tensor, values: Tensor, spans: List[int],
      masks: Optional[Tensor], kv_heads: int) -> Tensor:
    count = q.size(0)
    width = q.size(1) * q.size(2)
    if len(spans) == 4:
      all = q.view([count, kv_heads, -1, q.size(2)])
      found = self.attend_span(all, keys, values, spans, 0, masks, kv_heads)
      return found.reshape([count, width])
    out = torch.empty([count, width])
    return self.attend(out, q, keys, values, spans, masks, kv_heads)

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
      places: Tensor, q_cos: Tensor, q_sin: Tensor, k_cos: Tensor, k_sin: Tensor, half: int, rest: float, spans: List[int], masks: Optional[Tensor], kv_heads: int,
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
    found = self.attended(q, keys, values, spans, masks, kv_heads)
    return self.after(out, x, found, eps, o, o_factor, o_bias, mlp_norm, gate_up, gate_up_factor,
        gate_up_bias, gelu, down, down_factor, down_bias)
