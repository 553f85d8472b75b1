/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.nn.HeadPass;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.shard.DividedStore;
import dev.dpo4j.nn.shard.Division;
import dev.dpo4j.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model of which each process holds its part, and the passes that all processes
 * make through them together.
 *
 * <p>Nobody has a layer unless all put it together, so each process takes part in every pass of the
 * others. Before a pass a process says which one it is to be. Who has another pass to make, or
 * none, takes part without computing anything and asks again.
 */
public final class DividedWeights implements AutoCloseable {
  private static final int[] NO_TOKENS = {};

  /** Parts begin on a cache line. */
  private static final long BORDER = 16;

  private final ModelConfig config;
  private final DividedStore store;
  private final boolean trained;
  private final DividedLayers layers;
  private final DividedRows embedding;
  private final DividedRows head;
  private boolean downwards;

  /** What a process goes through the weights for; the later goes first where they differ. */
  public enum Pass {
    /** Nothing any more before all processes do something else. */
    NONE,
    /** A forward pass that keeps nothing. */
    SCORE,
    /** A forward pass that may be followed by a backward pass. */
    FORWARD,
    /** The backward pass. */
    BACKWARD
  }

  /**
   * Divides weights that every process has, and gives their memory back.
   *
   * @param trained whether gradients are wanted
   */
  public DividedWeights(
      ModelConfig config, ParameterStore all, boolean trained, Collectives ranks) {
    this.config = config;
    this.trained = trained;
    this.store = new DividedStore(all, cuts(all, config), ranks);
    int embeddingUnits = DividedRows.cuts(all.get(WeightNames.EMBEDDING)).size();
    this.embedding = new DividedRows(store, all.get(WeightNames.EMBEDDING), 0);
    this.layers = new DividedLayers(config, store, embeddingUnits);
    this.head =
        config.tieWordEmbeddings()
            ? embedding
            : new DividedRows(
                store, all.get(config.head().weight()), embeddingUnits + config.layers());
  }

  /** The units of the matrices: some rows of embedding and head, and each layer. */
  private static List<Division.Cut> cuts(ParameterStore all, ModelConfig config) {
    List<Division.Cut> cuts = new ArrayList<>(DividedRows.cuts(all.get(WeightNames.EMBEDDING)));
    long end = cuts.get(cuts.size() - 1).end();
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = WeightNames.ofLayer(layer, "");
      for (Parameter parameter : all.parameters()) {
        if (parameter.decayed() && parameter.name().startsWith(prefix)) {
          end = Math.max(end, parameter.offset() + parameter.count());
        }
      }
      cuts.add(new Division.Cut(end, BORDER));
    }
    if (!config.tieWordEmbeddings()) {
      cuts.addAll(DividedRows.cuts(all.get(config.head().weight())));
    }
    return cuts;
  }

  /**
   * Numbers that the largest process owns.
   *
   * @param all the weights, of which only names, shapes and places are looked at
   */
  public static long longest(ParameterStore all, ModelConfig config, int processes) {
    return DividedStore.division(all, cuts(all, config), processes).longest();
  }

  /** Bytes of memory in which layers and rows are put together and gradients are made. */
  public static long workingBytes(ParameterStore all, ModelConfig config, long layerBytes) {
    long rows = DividedRows.bytes(all.get(WeightNames.EMBEDDING));
    return 3 * layerBytes + rows * config.vocabularyMatrices();
  }

  /** What each process holds. */
  public DividedStore store() {
    return store;
  }

  /** Takes part in the passes that other processes still make. */
  public void meet() {
    begin(Pass.NONE);
  }

  /** Begins a pass; before it, this process takes part in others that go first. */
  public void begin(Pass wanted) {
    Pass next = first(wanted);
    while (next != wanted) {
      start(next);
      takePart(next);
      next = first(wanted);
    }
    start(wanted);
  }

  private Pass first(Pass wanted) {
    byte[] own = wanted.name().getBytes(StandardCharsets.US_ASCII);
    return store.ranks().allGather(own).stream()
        .map(name -> Pass.valueOf(new String(name, StandardCharsets.US_ASCII)))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private void start(Pass pass) {
    downwards = pass == Pass.BACKWARD;
    if (pass == Pass.SCORE || pass == Pass.FORWARD) {
      layers.forget();
    }
  }

  /** Does all that a process does together with the others in a pass, and nothing else. */
  private void takePart(Pass pass) {
    int last = config.layers() - 1;
    if (pass == Pass.BACKWARD) {
      endHeadBackward();
      for (int layer = last; layer >= 0; layer--) {
        layer(layer);
        if (trained) {
          layers.gradient(layer);
          leave(layer);
        }
      }
      if (trained) {
        embedding.add(null, NO_TOKENS);
      }
    } else {
      embedding.read(null, NO_TOKENS);
      for (int layer = 0; layer <= last; layer++) {
        layer(layer);
      }
      endHead();
    }
  }

  /** Enters a layer, in the memory of one layer, under the names of the first of its kind. */
  public ParameterStore layer(int index) {
    return layers.enter(index, downwards ? index - 1 : index + 1);
  }

  /** Where the gradient of the layer that was entered goes, zeroed. */
  public ParameterStore gradient(int index) {
    return layers.gradient(index);
  }

  /** Ends the backward pass of a layer: its gradient goes to its owners. */
  public void leave(int index) {
    layers.addGradient(index);
  }

  /** The embedding of the tokens of this process. */
  public void embed(Tensor out, int[] tokens) {
    embedding.read(out, tokens);
  }

  /** Adds the gradient of the embedding of the tokens of this process. */
  public void addEmbedding(Tensor gradients, int[] tokens) {
    embedding.add(gradients, tokens);
  }

  /** The head, for one pass. */
  public HeadPass.Matrix head() {
    return head.values();
  }

  /** Takes the gradient of the head; null where it is frozen. */
  public HeadPass.@Nullable Matrix headGradient() {
    return trained ? head.gradient() : null;
  }

  /** Ends a pass of the head. */
  public void endHead() {
    head.end();
  }

  /** Ends a backward pass of the head. */
  public void endHeadBackward() {
    if (trained) {
      head.endBackward();
    } else {
      head.end();
    }
  }

  /** A parameter that every process has as a whole: a norm's scale or a bias. */
  public Tensor small(String name) {
    return store.small().value(name);
  }

  /** The gradient of one of these. */
  public Tensor smallGradient(String name) {
    return store.small().grad(name);
  }

  @Override
  public void close() {
    layers.close();
    embedding.close();
    if (head != embedding) {
      head.close();
    }
    store.close();
  }
}
