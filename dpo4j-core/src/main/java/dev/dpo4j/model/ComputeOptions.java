/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.weights.PrecisionOptions;
import dev.dpo4j.nn.DecodeWeights;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.probe.Bfloat16;
import org.jspecify.annotations.Nullable;

/**
 * How a model computes; none of it changes what is computed beyond rounding.
 *
 * @param compute type of the matrix products, float32 or bfloat16; weights stay float32
 * @param activationBytes layers keep their activations for the backward pass while they fit into
 *     this; the others are computed again layer by layer
 * @param headChunkBytes float32 logits that exist at once take at most this
 * @param headKeepBytes the head keeps exponentials for the backward pass while they fit into this
 * @param offloadActivations on a card, kept activations wait in the host's memory
 * @param decodeWeights how weights are read for each new token; INT8 is more than rounding
 */
public record ComputeOptions(
    DType compute,
    long activationBytes,
    long headChunkBytes,
    long headKeepBytes,
    boolean offloadActivations,
    DecodeWeights decodeWeights) {

  /** Default budget of a chunk of logits. */
  public static final long DEFAULT_HEAD_CHUNK_BYTES = 96L << 20;

  /** Default budget of kept exponentials. */
  public static final long DEFAULT_HEAD_KEEP_BYTES = 256L << 20;

  public ComputeOptions {
    if (activationBytes < 0 || headChunkBytes <= 0 || headKeepBytes < 0) {
      throw new IllegalArgumentException(
          "budgets must not be negative but were %d, %d and %d bytes"
              .formatted(activationBytes, headChunkBytes, headKeepBytes));
    }
    if (decodeWeights == DecodeWeights.INT8 && compute != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "weights in 8 bits need float32 computation but it is " + compute);
    }
  }

  /** Float32, all activations kept. */
  public static ComputeOptions float32() {
    return new ComputeOptions(
        DType.FLOAT32,
        Long.MAX_VALUE,
        DEFAULT_HEAD_CHUNK_BYTES,
        DEFAULT_HEAD_KEEP_BYTES,
        false,
        DecodeWeights.EXACT);
  }

  /**
   * Bfloat16 products where they are wanted and the device has units for them, else float32.
   *
   * @param bf16 whether bfloat16 is wanted; null leaves it to the device: on a card it is
   */
  public static ComputeOptions of(@Nullable Boolean bf16) {
    boolean narrow = (bf16 == null ? Backends.onCard() : bf16) && Bfloat16.hasUnits();
    return float32().withCompute(narrow ? DType.BFLOAT16 : DType.FLOAT32);
  }

  /**
   * The same for making text; weights in 8 bits mean float32 where nothing is said.
   *
   * @throws IllegalArgumentException for weights in 8 bits with bfloat16 products
   */
  public static ComputeOptions of(PrecisionOptions options) {
    Boolean bf16 = (options.isInt8() && options.bf16() == null) ? Boolean.FALSE : options.bf16();
    return of(bf16).withDecodeWeights(options.decodeWeights());
  }

  /** The same with another type of matrix products. */
  public ComputeOptions withCompute(DType type) {
    return new ComputeOptions(
        type, activationBytes, headChunkBytes, headKeepBytes, offloadActivations, decodeWeights);
  }

  /** The same with another budget of kept activations. */
  public ComputeOptions withActivationBytes(long bytes) {
    return new ComputeOptions(
        compute, bytes, headChunkBytes, headKeepBytes, offloadActivations, decodeWeights);
  }

  /** The same with other budgets of the head. */
  public ComputeOptions withHeadBytes(long chunk, long keep) {
    return new ComputeOptions(
        compute, activationBytes, chunk, keep, offloadActivations, decodeWeights);
  }

  /** The same with kept activations on the device, or on the host where the device is a card. */
  public ComputeOptions withOffloadedActivations(boolean offload) {
    return new ComputeOptions(
        compute, activationBytes, headChunkBytes, headKeepBytes, offload, decodeWeights);
  }

  /** The same with another way of reading weights for new tokens. */
  public ComputeOptions withDecodeWeights(DecodeWeights weights) {
    return new ComputeOptions(
        compute, activationBytes, headChunkBytes, headKeepBytes, offloadActivations, weights);
  }
}
