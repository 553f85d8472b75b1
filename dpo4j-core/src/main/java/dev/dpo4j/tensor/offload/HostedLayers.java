/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.offload;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What the layers of a pass keep for their way back, in memory of the host.
 *
 * <p>Three layers have a place on the device; a layer has the place of the third one before it. So
 * while one is computed, what another one left goes to the host, or comes from there, beside it.
 * What comes back lies where it lay: tensors of {@link #open} stay valid, and hold their numbers
 * again after {@link #await}.
 */
public final class HostedLayers implements AutoCloseable {
  /** Layers that have a place on the device. */
  public static final int PLACES = 3;

  private static final Arena.Mark EMPTY = new Arena.Mark(0, 0);

  private final int layers;
  private final Arena[] places = new Arena[PLACES];
  private final long[] lastCopy = new long[PLACES];
  private final Arena host;
  private final List<List<Kept>> kept = new ArrayList<>();

  /** A stretch of a place, and where its numbers are left. */
  private record Kept(Tensor device, Tensor host) {}

  /**
   * Makes room for no layer yet; memory is taken when it is needed.
   *
   * @param layers how many layers a pass has
   * @param blockElements elements that are taken at once, of a layer about
   */
  public HostedLayers(int layers, long blockElements) {
    this.layers = layers;
    for (int i = 0; i < PLACES; i++) {
      places[i] = new Arena(blockElements);
    }
    this.host = new Arena(blockElements, elements -> Ops.emptyOnHost(DType.FLOAT32, elements));
  }

  /** Begins a pass: what an earlier one left is forgotten. */
  public void begin() {
    host.release(EMPTY);
    kept.clear();
  }

  /**
   * The place of a layer, empty. The layer before it must have been computed, and the one before
   * that have been {@link #leave left}.
   *
   * @param layer from 0 on; what the last layer hands on counts as one more
   */
  public Arena open(int layer) {
    Arena place = places[layer % PLACES];
    Ops.await(lastCopy[layer % PLACES]);
    place.release(EMPTY);
    return place;
  }

  /**
   * Lets what a layer keeps go to the host, if its place will be needed by another one. The views
   * that this takes belong to the current scope, which must be open until the pass ends.
   */
  public void leave(int layer) {
    List<Kept> left = new ArrayList<>();
    if (layer + PLACES <= layers) {
      for (Tensor stretch : places[layer % PLACES].inUse()) {
        Tensor copy = host.take(stretch.count());
        lastCopy[layer % PLACES] = Ops.copyAside(copy, stretch);
        left.add(new Kept(stretch, copy));
      }
    }
    kept.add(left);
  }

  /**
   * Lets what a layer keeps come back into its place, which no layer behind it needs any more. A
   * layer that never left, or that does not exist, is left alone.
   */
  public void bring(int layer) {
    if (layer >= 0 && layer < kept.size()) {
      for (Kept stretch : kept.get(layer)) {
        lastCopy[layer % PLACES] = Ops.copyAside(stretch.device(), stretch.host());
      }
    }
  }

  /** Lets what is computed from now on find what a layer keeps. */
  public void await(int layer) {
    Ops.await(lastCopy[layer % PLACES]);
  }

  @Override
  public void close() {
    for (int i = 0; i < PLACES; i++) {
      Ops.await(lastCopy[i]);
      places[i].close();
    }
    host.close();
  }
}
