/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend.Unary;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.Products;

/** Brings tensors into the form that {@link Products} wants: one contiguous dimension, one type. */
final class CudaProducts {
  private final CudaBackend backend;
  private final Products products;

  CudaProducts(CudaBackend backend, Products products) {
    this.backend = backend;
    this.products = products;
  }

  void allowTf32(boolean allowed) {
    products.allowTf32(allowed);
  }

  /** {@code out (+)= a * b} for matrices or stacks of them. */
  void multiply(CudaTensor out, CudaTensor a, CudaTensor b, boolean add) {
    if (out.count() == 0) {
      return;
    }
    int rank = a.rank();
    if (a.size(rank - 1) == 0) {
      if (!add) {
        backend.unary(Unary.FILL, out, out, 0);
      }
      return;
    }
    DType factors = a.dtype() == b.dtype() ? a.dtype() : DType.FLOAT32;
    try (CudaTensor left = fitting(a, factors);
        CudaTensor right = fitting(b, factors)) {
      boolean direct =
          (out.strides()[rank - 1] == 1 || out.size(rank - 1) == 1)
              && (out.dtype() == DType.FLOAT32 || out.dtype() == factors);
      if (direct) {
        products.multiply(matrices(out), matrices(left), matrices(right), add ? 1 : 0);
        return;
      }
      try (CudaTensor aside = backend.empty(DType.FLOAT32, out.shape())) {
        if (add) {
          backend.unary(Unary.COPY, aside, out, 0);
        }
        products.multiply(matrices(aside), matrices(left), matrices(right), add ? 1 : 0);
        backend.unary(Unary.COPY, out, aside, 0);
      }
    }
  }

  /** The factor itself or a copy, to be closed either way. */
  private CudaTensor fitting(CudaTensor x, DType dtype) {
    int rank = x.rank();
    boolean rows = x.strides()[rank - 1] == 1 || x.size(rank - 1) == 1;
    boolean columns = x.strides()[rank - 2] == 1 || x.size(rank - 2) == 1;
    if (x.dtype() == dtype && (rows || columns)) {
      return x.narrow(0, 0, x.size(0));
    }
    CudaTensor copy = backend.empty(dtype, x.shape());
    backend.unary(Unary.COPY, copy, x, 0);
    return copy;
  }

  private static Matrices matrices(CudaTensor x) {
    int rank = x.rank();
    boolean stack = rank == 3;
    long rows = x.size(rank - 2);
    long columns = x.size(rank - 1);
    long rowStride = x.strides()[rank - 2];
    long columnStride = x.strides()[rank - 1];
    // A single row or column has any stride: name one that the library accepts.
    if (columns == 1 && columnStride != 1 && rowStride != 1) {
      columnStride = 1;
    }
    if (rows == 1 && rowStride != 1 && columnStride != 1) {
      rowStride = 1;
    }
    if (rows == 1 && columnStride == 1) {
      rowStride = Math.max(rowStride, columns);
    }
    if (columns == 1 && rowStride == 1) {
      columnStride = Math.max(columnStride, rows);
    }
    return new Matrices(
        x.address(),
        x.dtype(),
        rows,
        columns,
        rowStride,
        columnStride,
        stack ? x.size(0) : 1,
        stack ? x.strides()[0] : 0);
  }
}
