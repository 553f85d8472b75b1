/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.offload;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Arrays with one number for each weight, or for each group of weights, through which a step walks
 * once: on the device, or on the host and window by window on the device.
 *
 * <p>Of arrays on the host, two windows are on the device during {@link #walk}. While one is
 * computed with, the next one comes and the one before it goes, beside the computation.
 */
public final class HostedNumbers implements AutoCloseable {
  /** Weights of a window, a multiple of what steps do at once. */
  public static final long WINDOW = 1L << 20;

  /** Windows on the device. */
  public static final int WINDOWS = 2;

  private final boolean onHost;
  private final long window;
  private final List<Array> arrays = new ArrayList<>();

  /** Makes a set without arrays. */
  public HostedNumbers(boolean onHost) {
    this(onHost, WINDOW);
  }

  /** The same with windows of another size. */
  HostedNumbers(boolean onHost, long window) {
    this.onHost = onHost;
    this.window = window;
  }

  /** Computes with a stretch of the weights. */
  @FunctionalInterface
  public interface Step {
    /** Computes with the weights from one to another, exclusive; arrays hold their numbers. */
    void take(long from, long to);
  }

  /** An array of numbers. */
  public static final class Array {
    private final Tensor all;
    private final long group;
    private Tensor present;
    private long begin;

    private Array(Tensor all, long group) {
      this.all = all;
      this.group = group;
      this.present = all;
    }

    /** All numbers, for who saves and restores them. */
    public Tensor all() {
      return all;
    }

    /** Those that can be computed with at present, from number {@link #begin} on. */
    public Tensor present() {
      return present;
    }

    /** The number that {@link #present} begins with. */
    public long begin() {
      return begin;
    }

    /** A part of {@link #present}, counted over the whole array. */
    public Tensor narrow(long offset, long length) {
      return present.narrow(0, offset - begin, length);
    }
  }

  /**
   * Makes an array of zeros.
   *
   * @param group weights of a number
   * @param shape its first size counts the numbers
   */
  public Array add(DType dtype, long group, long... shape) {
    Tensor all =
        Scope.outside(
            () -> (onHost ? Ops.emptyOnHost(dtype, shape) : Tensor.empty(dtype, shape)).zero_());
    Array array = new Array(all, group);
    arrays.add(array);
    return array;
  }

  /** Computes with all weights in their order, in one stretch or window by window. */
  public void walk(long weights, Step step) {
    if (!onHost || arrays.isEmpty()) {
      step.take(0, weights);
      return;
    }
    long windows = (weights + window - 1) / window;
    try (Scope scope = Scope.open()) {
      List<List<Tensor>> places = new ArrayList<>();
      for (int i = 0; i < Math.min(WINDOWS, windows); i++) {
        places.add(arrays.stream().map(this::place).toList());
      }
      long next = copy(0, weights, places.get(0), false);
      long last = next;
      for (long i = 0; i < windows; i++) {
        List<Tensor> place = places.get((int) (i % WINDOWS));
        long ready = next;
        if (i + 1 < windows) {
          next = copy(i + 1, weights, places.get((int) ((i + 1) % WINDOWS)), false);
        }
        Ops.await(ready);
        show(i, place);
        step.take(i * window, Math.min(weights, (i + 1) * window));
        last = copy(i, weights, place, true);
      }
      Ops.await(last);
    } finally {
      for (Array array : arrays) {
        array.present = array.all;
        array.begin = 0;
      }
    }
  }

  /** Memory of the device for a window of an array. */
  private Tensor place(Array array) {
    long[] shape = array.all.shape();
    shape[0] = Math.min(shape[0], window / array.group);
    return Tensor.empty(array.all.dtype(), shape);
  }

  private void show(long index, List<Tensor> place) {
    for (int i = 0; i < arrays.size(); i++) {
      arrays.get(i).present = place.get(i);
      arrays.get(i).begin = index * (window / arrays.get(i).group);
    }
  }

  /** Begins to copy a window of all arrays; the number of the last copy. */
  private long copy(long index, long weights, List<Tensor> place, boolean toHost) {
    long copy = 0;
    for (int i = 0; i < arrays.size(); i++) {
      Array array = arrays.get(i);
      long from = index * (window / array.group);
      // The last window also has what an array is longer than the weights.
      boolean isLast = (index + 1) * window >= weights;
      long count = isLast ? array.all.size(0) - from : window / array.group;
      Tensor host = array.all.narrow(0, from, count);
      Tensor device = place.get(i).narrow(0, 0, count);
      copy = toHost ? Ops.copyAside(host, device) : Ops.copyAside(device, host);
    }
    return copy;
  }

  @Override
  public void close() {
    arrays.forEach(array -> array.all.close());
    arrays.clear();
  }
}
