/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;

/** The rows of a batch by their input tokens, so that an embedding's gradient is added in order. */
public final class EmbeddingRows implements AutoCloseable {
  private final Tensor order;
  private final Tensor starts;
  private final Tensor token;

  private EmbeddingRows(Tensor order, Tensor starts, Tensor token) {
    this.order = order;
    this.starts = starts;
    this.token = token;
  }

  static EmbeddingRows of(int[] tokenIds) {
    long[] keys = new long[tokenIds.length];
    Arrays.setAll(keys, row -> (long) tokenIds[row] << Integer.SIZE | row);
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    int[] starts = new int[keys.length + 1];
    int[] tokens = new int[keys.length];
    int unique = 0;
    for (int i = 0; i < keys.length; i++) {
      int token = (int) (keys[i] >>> Integer.SIZE);
      order[i] = (int) keys[i];
      if (i == 0 || token != tokens[unique - 1]) {
        starts[unique] = i;
        tokens[unique++] = token;
      }
    }
    starts[unique] = keys.length;
    return new EmbeddingRows(
        Tensor.ofInt32(order, order.length),
        Tensor.ofInt32(Arrays.copyOf(starts, unique + 1), unique + 1),
        Tensor.ofInt32(Arrays.copyOf(tokens, unique), unique));
  }

  /** Adds to each token's row of {@code out} the rows of {@code x} that it is the input of. */
  public void addTo(Tensor out, Tensor x) {
    Fused.addRowsByToken(out, x, order, starts, token);
  }

  @Override
  public void close() {
    order.close();
    starts.close();
    token.close();
  }
}
