/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.Products;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Products on host memory: by an installed PyTorch, through the interface that also serves a card,
 * or by a plain loop of our own.
 */
public final class HostProducts implements Products {
  private final Function multiply;
  private final @Nullable HostTorch torch;

  /**
   * Makes the products of a host device.
   *
   * @param torch PyTorch's folder, null for the loop of our own
   */
  public HostProducts(HostDriver driver, @Nullable Path torch) {
    this.multiply = driver.library().function("dpo4j_host_multiply");
    this.torch = torch == null ? null : HostTorch.load(torch);
  }

  @Override
  public void multiply(Matrices c, Matrices a, Matrices b, double beta) {
    check(c, a, b, beta);
    if (c.rows() == 0 || c.columns() == 0 || c.batch() == 0) {
      return;
    }
    // PyTorch's products on the processor give the type of their factors only.
    if (torch != null && c.dtype() == a.dtype() && a.columns() > 0) {
      torch.multiply(c, a, b, beta);
      return;
    }
    try (Memory first = struct(c);
        Memory second = struct(a);
        Memory third = struct(b)) {
      multiply.invokeVoid(new Object[] {first, second, third, beta});
    }
  }

  @SuppressWarnings("EnumOrdinal") // the kernels number types in the order of DType
  private static Memory struct(Matrices x) {
    long[] members = {
      x.address(),
      x.dtype().ordinal(),
      x.rows(),
      x.columns(),
      x.rowStride(),
      x.columnStride(),
      x.batch(),
      x.batchStride()
    };
    Memory memory = new Memory(8L * members.length);
    memory.write(0, members, 0, members.length);
    return memory;
  }

  private static void check(Matrices c, Matrices a, Matrices b, double beta) {
    boolean fits =
        a.rows() == c.rows()
            && b.columns() == c.columns()
            && a.columns() == b.rows()
            && a.batch() == c.batch()
            && b.batch() == c.batch()
            && a.dtype() == b.dtype()
            && (c.dtype() == a.dtype() || c.dtype() == DType.FLOAT32)
            && (c.columnStride() == 1 || c.columns() == 1)
            && (beta == 0 || beta == 1);
    if (!fits) {
      throw new IllegalArgumentException(
          "no product of %s and %s into %s with beta %s".formatted(a, b, c, beta));
    }
  }

  @Override
  public void close() {
    // Libraries stay loaded: unloading PyTorch is not supported.
  }
}
