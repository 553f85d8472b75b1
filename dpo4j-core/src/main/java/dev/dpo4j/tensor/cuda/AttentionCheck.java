/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.host.PlainAttention;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;

/** Compares attention by lengths, and its gradients, with the formula. */
final class AttentionCheck {
  /** Coordinates of a head. */
  static final int SIZE = 64;

  private static final int HEADS = 2;
  private static final int KEY_HEADS = 1;
  private static final int QUERIES = 5;
  private static final int KEYS = 9;

  /** Probabilities and their gradients are rounded to bfloat16 on the way. */
  private static final double NOISE = 0x1p-4;

  private final CheckedNumbers numbers;
  private final Driver driver;
  private final FlashKernels flash;
  private final CudaTensor queryStarts;
  private final CudaTensor keyStarts;

  AttentionCheck(CheckedNumbers numbers, Driver driver, FlashKernels flash) {
    this.numbers = numbers;
    this.driver = driver;
    this.flash = flash;
    queryStarts = numbers.of(DType.INT32, new double[] {0, 3, QUERIES}, 3);
    // The second span goes on behind keys that have no queries.
    keyStarts = numbers.of(DType.INT32, new double[] {0, 3, KEYS}, 3);
  }

  private CudaTensor heads(int rows, int heads, int seed) {
    double[] values = CheckedNumbers.values(rows * heads * SIZE, seed);
    return numbers.of(DType.BFLOAT16, values, rows, heads, SIZE);
  }

  private static FlashKernels.Heads of(CudaTensor x) {
    int heads = (int) x.size(1);
    return new FlashKernels.Heads(
        x.address(), x.dtype(), x.size(0), heads, SIZE, (long) heads * SIZE);
  }

  /** What attention computes. */
  private record Results(
      CudaTensor out, CudaTensor sums, CudaTensor dq, CudaTensor dk, CudaTensor dv) {}

  void run() {
    CudaTensor q = heads(QUERIES, HEADS, 20);
    CudaTensor k = heads(KEYS, KEY_HEADS, 21);
    CudaTensor v = heads(KEYS, KEY_HEADS, 22);
    CudaTensor dout = heads(QUERIES, HEADS, 23);
    Results expected = compute(new PlainAttention(driver), q, k, v, dout);
    Results results = compute(flash, q, k, v, dout);
    compare("attention", results.out(), expected.out());
    compare("attention's sums", results.sums(), expected.sums());
    compare("attention's gradient of the queries", results.dq(), expected.dq());
    compare("attention's gradient of the keys", results.dk(), expected.dk());
    compare("attention's gradient of the values", results.dv(), expected.dv());
  }

  private Results compute(
      FlashKernels kernels, CudaTensor q, CudaTensor k, CudaTensor v, CudaTensor dout) {
    Results results =
        new Results(
            numbers.empty(DType.BFLOAT16, QUERIES, HEADS, SIZE),
            numbers.empty(DType.FLOAT32, HEADS, QUERIES),
            numbers.empty(DType.BFLOAT16, QUERIES, HEADS, SIZE),
            numbers.empty(DType.BFLOAT16, KEYS, KEY_HEADS, SIZE),
            numbers.empty(DType.BFLOAT16, KEYS, KEY_HEADS, SIZE));
    FlashKernels.Spans spans =
        new FlashKernels.Spans(
            queryStarts.address(), keyStarts.address(), 2, 3, KEYS - 3, 1.0 / SIZE, 0);
    long sums = results.sums().address();
    kernels.forward(of(results.out()), sums, of(q), of(k), of(v), spans);
    kernels.backward(
        of(results.dq()),
        of(results.dk()),
        of(results.dv()),
        of(dout),
        of(results.out()),
        sums,
        of(q),
        of(k),
        of(v),
        spans);
    return results;
  }

  private void compare(String what, CudaTensor result, CudaTensor expected) {
    numbers.expect(what, result, numbers.read(expected), NOISE);
  }
}
