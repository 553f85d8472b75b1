/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.Products;
import dev.dpo4j.tensor.cuda.torch.TorchNatives;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by cuBLAS, on PyTorch's handle and so on its stream and with its workspace.
 *
 * <p>cuBLAS counts by columns: a matrix whose columns are contiguous is to it the transposed one.
 * So {@code c = a b} is computed as {@code c' = b' a'}, for which nothing is moved.
 */
final class CublasProducts implements Products {
  private static final int FLOAT32 = 0;
  private static final int FLOAT16 = 2;
  private static final int BFLOAT16 = 14;

  /** Sums in float32; for float32 factors no tf32, which cuBLAS takes only when asked to. */
  private static final int COMPUTE_32F = 68;

  /** The same with float32 factors rounded to tf32. */
  private static final int COMPUTE_32F_FAST_TF32 = 77;

  private static final int DEFAULT_ALGORITHM = -1;

  /** No tf32, and no sums narrower than float32. */
  private static final int WHOLE_SUMS = 16;

  private static final int NOT_INITIALIZED = 1;
  private static final int ALLOC_FAILED = 3;
  private static final int INVALID_VALUE = 7;
  private static final int ARCH_MISMATCH = 8;
  private static final int EXECUTION_FAILED = 13;
  private static final int INTERNAL_ERROR = 14;
  private static final int NOT_SUPPORTED = 15;

  private final CudaDriver driver;
  private final Memory cell = new Memory(Long.BYTES);
  private final Memory scalars = new Memory(2L * Float.BYTES);
  private final long one = Pointer.nativeValue(scalars);
  private final long zero = one + Float.BYTES;
  private boolean tf32;
  private @Nullable Thread thread;
  private long handle;

  /**
   * Loads the cuBLAS that belongs to the driver's PyTorch.
   *
   * @throws CudaUnavailableException if it cannot be loaded
   */
  CublasProducts(CudaDriver driver) {
    this.driver = driver;
    scalars.setFloat(0, 1);
    scalars.setFloat(Float.BYTES, 0);
    String file = driver.torch().installation().cublas().toString();
    try {
      Native.register(CublasNatives.class, NativeLibrary.getInstance(file));
    } catch (UnsatisfiedLinkError e) {
      throw new CudaUnavailableException(
          "cuBLAS cannot be loaded from "
              + file
              + ": "
              + e.getMessage()
              + ". Install PyTorch again with \"pip install --force-reinstall torch\"",
          e);
    }
  }

  /** How cuBLAS sees a factor of ours: whether it must transpose it, and its leading dimension. */
  record View(int transpose, int stride) {

    /** The view of a factor, whose transposed one is what cuBLAS multiplies. */
    static View of(Matrices matrix) {
      long rows = matrix.rows();
      long columns = matrix.columns();
      long rowStride = matrix.rowStride();
      long columnStride = matrix.columnStride();
      // With one column or one row the other stride says nothing and may be anything.
      if (columns == 1 && rows == 1) {
        return new View(0, 1);
      } else if (columns == 1) {
        return new View(0, stride(rowStride, 1, matrix));
      } else if (rows == 1) {
        return columnStride == 1
            ? new View(0, stride(columns, columns, matrix))
            : new View(1, stride(columnStride, 1, matrix));
      } else if (columnStride == 1) {
        return new View(0, stride(rowStride, columns, matrix));
      } else if (rowStride == 1) {
        return new View(1, stride(columnStride, rows, matrix));
      }
      throw new IllegalArgumentException("neither rows nor columns are contiguous: " + matrix);
    }

    /** The view of a result. */
    static int result(Matrices matrix) {
      if (matrix.columnStride() != 1 && matrix.columns() > 1) {
        throw new IllegalArgumentException("the columns of a result are contiguous: " + matrix);
      }
      return matrix.rows() == 1
          ? stride(matrix.columns(), matrix.columns(), matrix)
          : stride(matrix.rowStride(), matrix.columns(), matrix);
    }

    private static int stride(long stride, long least, Matrices matrix) {
      if (stride < least || stride > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "rows or columns overlap or lie too far apart: " + matrix);
      }
      return (int) Math.max(stride, 1);
    }
  }

  @Override
  public void multiply(Matrices c, Matrices a, Matrices b, double beta) {
    check(c, a, b, beta);
    if (c.rows() == 0 || c.columns() == 0 || c.batch() == 0) {
      return;
    }
    driver.use();
    int status = c.batch() == 1 ? single(c, a, b, beta) : stack(c, a, b, beta);
    if (status != 0) {
      throw failure(status, c, a, b);
    }
  }

  @Override
  public void allowTf32(boolean allowed) {
    tf32 = allowed;
  }

  private int compute(DType factors) {
    return tf32 && factors == DType.FLOAT32 ? COMPUTE_32F_FAST_TF32 : COMPUTE_32F;
  }

  private int single(Matrices c, Matrices a, Matrices b, double beta) {
    View left = View.of(b);
    View right = View.of(a);
    return CublasNatives.cublasGemmEx(
        handle(),
        left.transpose(),
        right.transpose(),
        Math.toIntExact(c.columns()),
        Math.toIntExact(c.rows()),
        Math.toIntExact(a.columns()),
        one,
        b.address(),
        type(b.dtype()),
        left.stride(),
        a.address(),
        type(a.dtype()),
        right.stride(),
        beta == 0 ? zero : one,
        c.address(),
        type(c.dtype()),
        View.result(c),
        compute(a.dtype()),
        DEFAULT_ALGORITHM);
  }

  private int stack(Matrices c, Matrices a, Matrices b, double beta) {
    View left = View.of(b);
    View right = View.of(a);
    return CublasNatives.cublasGemmStridedBatchedEx(
        handle(),
        left.transpose(),
        right.transpose(),
        Math.toIntExact(c.columns()),
        Math.toIntExact(c.rows()),
        Math.toIntExact(a.columns()),
        one,
        b.address(),
        type(b.dtype()),
        left.stride(),
        b.batchStride(),
        a.address(),
        type(a.dtype()),
        right.stride(),
        a.batchStride(),
        beta == 0 ? zero : one,
        c.address(),
        type(c.dtype()),
        View.result(c),
        c.batchStride(),
        Math.toIntExact(c.batch()),
        compute(a.dtype()),
        DEFAULT_ALGORITHM);
  }

  private static void check(Matrices c, Matrices a, Matrices b, double beta) {
    boolean shapes =
        a.rows() == c.rows()
            && b.columns() == c.columns()
            && a.columns() == b.rows()
            && a.batch() == c.batch()
            && b.batch() == c.batch();
    boolean types =
        a.dtype() == b.dtype() && (c.dtype() == a.dtype() || c.dtype() == DType.FLOAT32);
    if (!shapes || !types || (beta != 0 && beta != 1)) {
      throw new IllegalArgumentException(
          "no product of these: c = %s, a = %s, b = %s, beta = %s".formatted(c, a, b, beta));
    }
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> FLOAT32;
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      default -> throw new IllegalArgumentException("no products of " + dtype);
    };
  }

  /** PyTorch's handle of this thread. */
  private long handle() {
    Thread current = Thread.currentThread();
    if (thread != current) {
      driver
          .torch()
          .check(
              TorchNatives.torch_get_current_cuda_blas_handle(Pointer.nativeValue(cell)),
              "asking PyTorch for its cuBLAS handle");
      handle = cell.getLong(0);
      // Sums of a bfloat16 result that are split over blocks would be rounded between them.
      int status = CublasNatives.cublasSetMathMode(handle, WHOLE_SUMS);
      if (status != 0) {
        throw new CudaException(
            "cuBLAS takes no math mode: status " + status + ", " + words(status));
      }
      thread = current;
    }
    return handle;
  }

  private RuntimeException failure(int status, Matrices c, Matrices a, Matrices b) {
    String what = "a product c = a b of c = %s, a = %s, b = %s".formatted(c, a, b);
    int error = DriverNatives.cuStreamSynchronize(driver.stream());
    if (error != 0) {
      return DriverLibrary.failure(error, what);
    }
    return new CudaException(what + " failed: cuBLAS status " + status + ", " + words(status));
  }

  private static String words(int status) {
    return switch (status) {
      case NOT_INITIALIZED -> "not initialised";
      case ALLOC_FAILED -> "no memory left for its work";
      case INVALID_VALUE -> "a value that it does not allow";
      case ARCH_MISMATCH -> "not possible on this card";
      case EXECUTION_FAILED -> "the card failed to execute it";
      case INTERNAL_ERROR -> "an internal error";
      case NOT_SUPPORTED -> "not supported";
      default -> "see cublasStatus_t in its manual";
    };
  }

  @Override
  public void close() {
    cell.close();
    scalars.close();
  }
}
