/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

/**
 * A CUDA card.
 *
 * @param index its number, as in {@code cuda:1}
 * @param name such as {@code NVIDIA H100 80GB HBM3}
 * @param bytes of its memory
 * @param major of its compute capability
 * @param minor of its compute capability
 * @param processors its multiprocessors
 * @param bus where it sits, such as {@code 0000:3b:00.0}
 */
record CudaCard(
    int index, String name, long bytes, int major, int minor, int processors, String bus) {

  /** The compute capability, such as {@code 9.0}. */
  String capability() {
    return major + "." + minor;
  }

  /** The architecture that kernels are compiled for, such as {@code sm_90}. */
  String architecture() {
    return "sm_" + major + minor;
  }

  /** Whether it computes in bfloat16 (Ampere and later). */
  boolean bfloat16() {
    return major >= 8;
  }
}
