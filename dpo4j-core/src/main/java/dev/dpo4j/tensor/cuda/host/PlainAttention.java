/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Attention as the formula says it, on the host and in double: what the emulation has in the place
 * of flash kernels. It takes float32, too, so that layers can be compared exactly.
 */
public final class PlainAttention implements FlashKernels {
  private final Driver driver;

  public PlainAttention(Driver driver) {
    this.driver = driver;
  }

  @Override
  public boolean supports(DType dtype, long size) {
    return dtype == DType.FLOAT32 || dtype == DType.BFLOAT16;
  }

  @Override
  public void forward(Heads out, long logSumExp, Heads q, Heads k, Heads v, Spans spans) {
    double[][] queries = read(q);
    double[][] keys = read(k);
    double[][] values = read(v);
    double[][] result = new double[(int) out.rows()][out.heads() * out.size()];
    float[] sums = new float[q.heads() * (int) q.rows()];
    eachRow(
        q,
        k,
        spans,
        (head, kvHead, query, from, to) -> {
          double[] p = new double[to - from];
          double logSum =
              probabilities(
                  p,
                  queries[query],
                  keys,
                  head * q.size(),
                  kvHead * k.size(),
                  from,
                  q.size(),
                  spans);
          sums[head * (int) q.rows() + query] = (float) logSum;
          for (int key = from; key < to; key++) {
            for (int i = 0; i < q.size(); i++) {
              result[query][head * q.size() + i] +=
                  p[key - from] * values[key][kvHead * v.size() + i];
            }
          }
        });
    write(out, result);
    ByteBuffer bytes = buffer(sums.length * Float.BYTES);
    bytes.asFloatBuffer().put(sums);
    driver.toDevice(logSumExp, bytes);
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
    double[][] queries = read(q);
    double[][] keys = read(k);
    double[][] values = read(v);
    double[][] dOut = read(dout);
    double[][] outputs = read(out);
    double[][] dQueries = new double[queries.length][q.heads() * q.size()];
    double[][] dKeys = new double[keys.length][k.heads() * k.size()];
    double[][] dValues = new double[keys.length][k.heads() * k.size()];
    int size = q.size();
    eachRow(
        q,
        k,
        spans,
        (head, kvHead, query, from, to) -> {
          double[] p = new double[to - from];
          int at = head * size;
          int kvAt = kvHead * size;
          probabilities(p, queries[query], keys, at, kvAt, from, size, spans);
          double dot = 0;
          for (int i = 0; i < size; i++) {
            dot += dOut[query][at + i] * outputs[query][at + i];
          }
          for (int key = from; key < to; key++) {
            double dp = 0;
            for (int i = 0; i < size; i++) {
              dp += dOut[query][at + i] * values[key][kvAt + i];
              dValues[key][kvAt + i] += p[key - from] * dOut[query][at + i];
            }
            double ds = p[key - from] * (dp - dot) * spans.scale();
            for (int i = 0; i < size; i++) {
              dQueries[query][at + i] += ds * keys[key][kvAt + i];
              dKeys[key][kvAt + i] += ds * queries[query][at + i];
            }
          }
        });
    write(dq, dQueries);
    write(dk, dKeys);
    write(dv, dValues);
  }

  private interface Row {
    void apply(int head, int kvHead, int query, int firstKey, int endKey);
  }

  private void eachRow(Heads q, Heads k, Spans spans, Row row) {
    int[] queryStarts = ints(spans.queryStarts(), spans.count() + 1);
    int[] keyStarts = ints(spans.keyStarts(), spans.count() + 1);
    int group = q.heads() / k.heads();
    for (int span = 0; span < spans.count(); span++) {
      int behind = keyStarts[span + 1] - queryStarts[span + 1];
      for (int query = queryStarts[span]; query < queryStarts[span + 1]; query++) {
        int end = query + behind + 1;
        int from =
            spans.window() == 0 ? keyStarts[span] : Math.max(keyStarts[span], end - spans.window());
        for (int head = 0; head < q.heads(); head++) {
          row.apply(head, head / group, query, from, end);
        }
      }
    }
  }

  private static double probabilities(
      double[] p,
      double[] query,
      double[][] keys,
      int at,
      int kvAt,
      int from,
      int size,
      Spans spans) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < p.length; j++) {
      double product = 0;
      for (int i = 0; i < size; i++) {
        product += query[at + i] * keys[from + j][kvAt + i];
      }
      p[j] = product * spans.scale();
      max = Math.max(max, p[j]);
    }
    double sum = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] = Math.exp(p[j] - max);
      sum += p[j];
    }
    for (int j = 0; j < p.length; j++) {
      p[j] /= sum;
    }
    return max + Math.log(sum);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  /** Reads as a kernel does: the program does not wait for that, and it counts as no transfer. */
  private static void load(ByteBuffer bytes, long address) {
    bytes.put(new Pointer(address).getByteBuffer(0, bytes.remaining()));
  }

  private int[] ints(long address, int count) {
    ByteBuffer bytes = buffer(count * Integer.BYTES);
    load(bytes, address);
    int[] values = new int[count];
    bytes.flip().asIntBuffer().get(values);
    return values;
  }

  private double[][] read(Heads x) {
    int columns = x.heads() * x.size();
    double[][] rows = new double[(int) x.rows()][columns];
    int width = x.dtype().byteSize();
    for (int r = 0; r < rows.length; r++) {
      ByteBuffer bytes = buffer(columns * width);
      load(bytes, x.address() + r * x.rowStride() * width);
      bytes.flip();
      for (int c = 0; c < columns; c++) {
        rows[r][c] =
            x.dtype() == DType.FLOAT32
                ? bytes.getFloat()
                : Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
      }
    }
    return rows;
  }

  private void write(Heads x, double[][] rows) {
    int width = x.dtype().byteSize();
    for (int r = 0; r < rows.length; r++) {
      ByteBuffer bytes = buffer(rows[r].length * width);
      for (double value : rows[r]) {
        if (x.dtype() == DType.FLOAT32) {
          bytes.putFloat((float) value);
        } else {
          bytes.putShort(rounded((float) value));
        }
      }
      driver.toDevice(x.address() + r * x.rowStride() * width, bytes.flip());
    }
  }

  /** The nearest bfloat16, ties to even. */
  private static short rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    int odd = (bits >>> Short.SIZE) & 1;
    return (short) ((bits + 0x7fff + odd) >>> Short.SIZE);
  }
}
