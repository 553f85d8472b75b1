/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

/**
 * The functions of PyTorch's C interface that we call, bound by {@link TorchLibrary}; pointers and
 * handles are plain numbers.
 *
 * <p>The declarations follow {@code torch/csrc/inductor/aoti_torch/c/shim.h}, {@code
 * generated/c_shim_cuda.h} and {@code torch/csrc/stable/c/shim.h} of the wheels of 2.10 to 2.15,
 * which agree on all of them. Each returns 0, or an error code.
 */
public final class TorchNatives {
  private TorchNatives() {}

  /** {@code void aoti_torch_grad_mode_set_enabled(bool)}. */
  public static native void aoti_torch_grad_mode_set_enabled(boolean enabled);

  /** A new tensor of uninitialised memory; the first one on a device starts CUDA. */
  public static native int aoti_torch_empty_strided(
      long dimensions, long sizes, long strides, int type, int device, int index, long result);

  /** A tensor over memory that stays the caller's. */
  public static native int aoti_torch_create_tensor_from_blob(
      long data,
      long dimensions,
      long sizes,
      long strides,
      long storageOffset,
      int type,
      int device,
      int index,
      long result);

  public static native int aoti_torch_delete_tensor_object(long tensor);

  public static native int aoti_torch_get_data_ptr(long tensor, long result);

  public static native int aoti_torch_copy_(long target, long source, int nonBlocking);

  public static native int aoti_torch_create_cuda_guard(int index, long result);

  public static native int aoti_torch_get_current_cuda_stream(int index, long result);

  public static native int aoti_torch_cuda_caching_allocator_raw_alloc(long bytes, long result);

  public static native int aoti_torch_cuda_caching_allocator_raw_delete(long address);

  public static native int torch_get_current_cuda_blas_handle(long result);

  /** PyTorch's flash attention; whoever calls it explains the arguments. */
  public static native int aoti_torch_cuda__flash_attention_forward(
      long query,
      long key,
      long value,
      long cumulativeQ,
      long cumulativeK,
      long maxQ,
      long maxK,
      double dropout,
      int causal,
      int debugMask,
      long scale,
      long windowLeft,
      long windowRight,
      long usedK,
      long alibi,
      long out,
      long logSumExp,
      long rngState,
      long unused,
      long mask);

  /** PyTorch's flash attention; whoever calls it explains the arguments. */
  public static native int aoti_torch_cuda__flash_attention_backward(
      long gradient,
      long query,
      long key,
      long value,
      long out,
      long logSumExp,
      long cumulativeQ,
      long cumulativeK,
      long maxQ,
      long maxK,
      double dropout,
      int causal,
      long rngState,
      long unused,
      long scale,
      long windowLeft,
      long windowRight,
      long gradientQ,
      long gradientK,
      long gradientV);
}
