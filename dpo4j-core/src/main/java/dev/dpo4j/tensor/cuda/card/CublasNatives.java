/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

/** The functions of cuBLAS that we call, bound by {@link CublasProducts}. */
final class CublasNatives {
  private CublasNatives() {}

  static native int cublasSetMathMode(long handle, int mode);

  static native int cublasGemmEx(
      long handle,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      long alpha,
      long a,
      int typeA,
      int strideA,
      long b,
      int typeB,
      int strideB,
      long beta,
      long c,
      int typeC,
      int strideC,
      int computeType,
      int algorithm);

  static native int cublasGemmStridedBatchedEx(
      long handle,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      long alpha,
      long a,
      int typeA,
      int strideA,
      long nextA,
      long b,
      int typeB,
      int strideB,
      long nextB,
      long beta,
      long c,
      int typeC,
      int strideC,
      long nextC,
      int batch,
      int computeType,
      int algorithm);
}
