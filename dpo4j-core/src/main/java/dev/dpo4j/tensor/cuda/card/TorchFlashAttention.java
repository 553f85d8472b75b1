/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.torch.TorchLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchNatives;
import dev.dpo4j.tensor.cuda.torch.TorchVersion;

/**
 * Attention by PyTorch's flash kernels, on rows of many sequences with their cumulative lengths.
 *
 * <p>What is called, the same in 2.10 to 2.15:
 *
 * <pre>
 * aoti_torch_cuda__flash_attention_forward(query, key, value, *cum_seq_q, *cum_seq_k, max_q, max_k,
 *     dropout_p, is_causal, return_debug_mask, *scale, *window_size_left, *window_size_right,
 *     *seqused_k, *alibi_slopes,
 *     *out, *logsumexp, *rng_state, *unused, *debug_attn_mask)
 * aoti_torch_cuda__flash_attention_backward(grad_out, query, key, value, out, logsumexp,
 *     cum_seq_q, cum_seq_k, max_q, max_k, dropout_p, is_causal, rng_state, unused,
 *     *scale, *window_size_left, *window_size_right,
 *     *grad_query, *grad_key, *grad_value)
 * aoti_torch_create_tensor_from_blob(data, ndim, sizes, strides, storage_offset, dtype, device_type,
 *     device_index, *tensor)
 * </pre>
 *
 * <p>Query, key and value are {@code [rows, heads, size]}; there may be fewer heads of keys than of
 * queries. The log-sum-exp is {@code [heads, rows]} in float32. The state of the random numbers is
 * only read with dropout, so that any tensor serves in its place. Causal masks are aligned at the
 * ends of queries and keys. The kernels return new tensors of PyTorch's pool, which are copied to
 * where the results belong and given back.
 *
 * <p>The gradient of the queries is summed in the order in which blocks finish, so that its last
 * bits differ from run to run, unless a fixed order is asked for.
 */
final class TorchFlashAttention implements FlashKernels {
  private static final int LARGEST_HEAD = 256;
  private static final int HEAD_MULTIPLE = 8;
  private static final int WORDS = 32;

  /** Places in the scratch memory, in words of 8 bytes. */
  private static final int SIZES = 0;

  private static final int STRIDES = 3;
  private static final int RESULT = 6;
  private static final int CUMULATIVE_Q = 7;
  private static final int CUMULATIVE_K = 8;
  private static final int SCALE = 9;
  private static final int WINDOW_LEFT = 10;
  private static final int RESULTS = 12;
  private static final int FORWARD_RESULTS = 5;
  private static final int BACKWARD_RESULTS = 3;

  private final CudaDriver driver;
  private final TorchLibrary torch;
  private final int card;
  private final boolean capable;
  private boolean fixedOrder;
  private final Memory scratch = new Memory((long) WORDS * Long.BYTES);
  private final long base = Pointer.nativeValue(scratch);

  TorchFlashAttention(CudaDriver driver) {
    this.driver = driver;
    torch = driver.torch();
    card = driver.card().index();
    capable = driver.card().bfloat16();
  }

  @Override
  public boolean supports(DType dtype, long size) {
    return capable
        && (dtype == DType.BFLOAT16 || dtype == DType.FLOAT16)
        && size > 0
        && size <= LARGEST_HEAD
        && size % HEAD_MULTIPLE == 0;
  }

  @Override
  public void fixOrder(boolean fixed) {
    if (fixed != fixedOrder && !torch.useDeterministicKernels(fixed)) {
      throw new CudaUnavailableException(
          "full_determinism is not possible with PyTorch "
              + torch.installation().version()
              + ", which does not export the function that asks for it. Leave full_determinism out,"
              + " set bf16 to false, or install another version: "
              + TorchVersion.KNOWN
              + " are known");
    }
    fixedOrder = fixed;
  }

  private long at(int word) {
    return base + (long) word * Long.BYTES;
  }

  private void put(int word, long value) {
    scratch.setLong((long) word * Long.BYTES, value);
  }

  private long get(int word) {
    return scratch.getLong((long) word * Long.BYTES);
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case BFLOAT16 -> TorchLibrary.BFLOAT16;
      case FLOAT16 -> TorchLibrary.FLOAT16;
      default -> throw new IllegalArgumentException("no flash attention of " + dtype);
    };
  }

  private long tensor(long address, int dimensions, int type) {
    torch.check(
        TorchNatives.aoti_torch_create_tensor_from_blob(
            address,
            dimensions,
            at(SIZES),
            at(STRIDES),
            0,
            type,
            TorchLibrary.CUDA,
            card,
            at(RESULT)),
        "wrapping device memory for PyTorch");
    return get(RESULT);
  }

  private long tensor(Heads heads) {
    put(SIZES, heads.rows());
    put(SIZES + 1, heads.heads());
    put(SIZES + 2, heads.size());
    put(STRIDES, heads.rowStride());
    put(STRIDES + 1, heads.size());
    put(STRIDES + 2, 1);
    return tensor(heads.address(), 3, type(heads.dtype()));
  }

  private long starts(long address, int count) {
    put(SIZES, count + 1L);
    put(STRIDES, 1);
    return tensor(address, 1, TorchLibrary.INT32);
  }

  private long logSumExp(long address, long heads, long rows) {
    put(SIZES, heads);
    put(SIZES + 1, rows);
    put(STRIDES, rows);
    put(STRIDES + 1, 1);
    return tensor(address, 2, TorchLibrary.FLOAT32);
  }

  /** Tensors of one call, deleted at its end. */
  private static final class Handles implements AutoCloseable {
    private final long[] handles = new long[16];
    private int count;

    long keep(long handle) {
      handles[count++] = handle;
      return handle;
    }

    @Override
    public void close() {
      for (int i = 0; i < count; i++) {
        // It only fails for what is no handle.
        int unused = TorchNatives.aoti_torch_delete_tensor_object(handles[i]);
      }
      count = 0;
    }
  }

  /** Writes scale and window; returns the address of the window, 0 for none. */
  private long scaleAndWindow(Spans spans) {
    scratch.setDouble((long) SCALE * Long.BYTES, spans.scale());
    if (spans.window() == 0) {
      return 0;
    }
    put(WINDOW_LEFT, spans.window() - 1L);
    return at(WINDOW_LEFT);
  }

  @Override
  public void forward(Heads out, long logSumExp, Heads q, Heads k, Heads v, Spans spans) {
    if (q.rows() == 0) {
      return;
    }
    driver.use();
    try (Handles handles = new Handles()) {
      long query = handles.keep(tensor(q));
      long key = handles.keep(tensor(k));
      long value = handles.keep(tensor(v));
      put(CUMULATIVE_Q, handles.keep(starts(spans.queryStarts(), spans.count())));
      put(CUMULATIVE_K, handles.keep(starts(spans.keyStarts(), spans.count())));
      long window = scaleAndWindow(spans);
      torch.check(
          TorchNatives.aoti_torch_cuda__flash_attention_forward(
              query,
              key,
              value,
              at(CUMULATIVE_Q),
              at(CUMULATIVE_K),
              spans.longestQueries(),
              spans.longestKeys(),
              0,
              1,
              0,
              at(SCALE),
              window,
              0,
              0,
              0,
              at(RESULTS),
              at(RESULTS + 1),
              at(RESULTS + 2),
              at(RESULTS + 3),
              at(RESULTS + 4)),
          what("attention", q, k, spans));
      for (int i = 0; i < FORWARD_RESULTS; i++) {
        handles.keep(get(RESULTS + i));
      }
      long lse = get(RESULTS + 1);
      copyOut(out, get(RESULTS), handles);
      driver.copy(logSumExp, data(lse), q.rows() * q.heads() * Float.BYTES);
    }
  }

  @Override
  public void backward(
      Heads dq,
      Heads dk,
      Heads dv,
      Heads dout,
      Heads out,
      long logSumExp,
      Heads q,
      Heads k,
      Heads v,
      Spans spans) {
    if (q.rows() == 0) {
      zero(dk);
      zero(dv);
      return;
    }
    driver.use();
    try (Handles handles = new Handles()) {
      long gradient = handles.keep(tensor(dout));
      long query = handles.keep(tensor(q));
      long key = handles.keep(tensor(k));
      long value = handles.keep(tensor(v));
      long result = handles.keep(tensor(out));
      long lse = handles.keep(logSumExp(logSumExp, q.heads(), q.rows()));
      long queryStarts = handles.keep(starts(spans.queryStarts(), spans.count()));
      long keyStarts = handles.keep(starts(spans.keyStarts(), spans.count()));
      long window = scaleAndWindow(spans);
      torch.check(
          TorchNatives.aoti_torch_cuda__flash_attention_backward(
              gradient,
              query,
              key,
              value,
              result,
              lse,
              queryStarts,
              keyStarts,
              spans.longestQueries(),
              spans.longestKeys(),
              0,
              1,
              lse,
              lse,
              at(SCALE),
              window,
              0,
              at(RESULTS),
              at(RESULTS + 1),
              at(RESULTS + 2)),
          what("the gradient of attention", q, k, spans));
      for (int i = 0; i < BACKWARD_RESULTS; i++) {
        handles.keep(get(RESULTS + i));
      }
      copyOut(dq, get(RESULTS), handles);
      copyOut(dk, get(RESULTS + 1), handles);
      copyOut(dv, get(RESULTS + 2), handles);
    }
  }

  private static String what(String name, Heads q, Heads k, Spans spans) {
    return "%s of %d rows with %d heads of %d on %d rows with %d heads, %d sequences"
        .formatted(name, q.rows(), q.heads(), q.size(), k.rows(), k.heads(), spans.count());
  }

  private long data(long tensor) {
    torch.check(TorchNatives.aoti_torch_get_data_ptr(tensor, at(RESULT)), "asking for an address");
    return get(RESULT);
  }

  private void copyOut(Heads target, long source, Handles handles) {
    long row = (long) target.heads() * target.size();
    if (target.rowStride() == row) {
      // Results of PyTorch's come without gaps.
      driver.copy(target.address(), data(source), target.rows() * row * target.dtype().byteSize());
    } else {
      torch.check(
          TorchNatives.aoti_torch_copy_(handles.keep(tensor(target)), source, 1),
          "copying a result of attention");
    }
  }

  private void zero(Heads heads) {
    long bytes = (long) heads.heads() * heads.size() * heads.dtype().byteSize();
    for (long row = 0; row < heads.rows(); row++) {
      driver.zero(heads.address() + row * heads.rowStride() * heads.dtype().byteSize(), bytes);
    }
  }
}
