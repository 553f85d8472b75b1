/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.data.packing.Packing;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of supervised training: an example each, or a pack of examples.
 *
 * <p>The sequences of a pack are trees of their own in a flat batch, so that none sees another.
 */
final class SftRows {
  private final List<TokenizedExample> examples;
  private final @Nullable Packing packing;

  /**
   * Makes rows.
   *
   * @param packing what makes a row together, or null for an example a row
   */
  SftRows(List<TokenizedExample> examples, @Nullable Packing packing) {
    this.examples = examples;
    this.packing = packing;
  }

  /** The tokens of each example. */
  static int[] lengths(List<TokenizedExample> examples) {
    return examples.stream().mapToInt(example -> example.scored().length).toArray();
  }

  List<TokenizedExample> examples() {
    return examples;
  }

  int size() {
    return packing == null ? examples.size() : packing.packs().size();
  }

  /** The tokens of a row. */
  long tokens(int row) {
    return packing == null
        ? examples.get(row).scored().length
        : packing.packs().get(row).stream().mapToLong(Packing.Slice::length).sum();
  }

  /** The place of the row's first example in the file. */
  int sourceRow(int row) {
    int first = packing == null ? row : packing.packs().get(row).get(0).sequence();
    return examples.get(first).row();
  }

  /** The tokens of a row that are learnt; the first one of a sequence never is. */
  long scored(int row) {
    return trees(row).stream().mapToLong(SftRows::scored).sum();
  }

  private static long scored(FlatBatch.Tree tree) {
    boolean[] scored = tree.scored().get(0);
    return IntStream.range(1, scored.length).filter(i -> scored[i]).count();
  }

  /** Lays rows out as flat batches of a pass each, a sequence at least. */
  List<List<FlatBatch.Tree>> passes(ModelConfig model, int[] rows) {
    // A part of a long sequence may have nothing that is learnt.
    List<FlatBatch.Tree> trees =
        Arrays.stream(rows)
            .mapToObj(this::trees)
            .flatMap(List::stream)
            .filter(tree -> packing == null || scored(tree) > 0)
            .toList();
    int[] places = IntStream.range(0, trees.size()).toArray();
    return RowsPerPass.of(model).split(places, place -> length(trees.get(place))).stream()
        .map(pass -> Arrays.stream(pass).mapToObj(trees::get).toList())
        .toList();
  }

  /** The tokens of the largest pass. */
  long longestPass(ModelConfig model, int[] rows) {
    return passes(model, rows).stream()
        .mapToLong(pass -> pass.stream().mapToLong(SftRows::length).sum())
        .max()
        .orElse(0);
  }

  private static int length(FlatBatch.Tree tree) {
    return tree.sequences().get(0).length;
  }

  private List<FlatBatch.Tree> trees(int row) {
    if (packing == null) {
      TokenizedExample example = examples.get(row);
      return List.of(new FlatBatch.Tree(List.of(example.sequence()), List.of(example.scored())));
    }
    List<FlatBatch.Tree> trees = new ArrayList<>();
    List<Packing.Slice> slices = packing.packs().get(row);
    if (packing.joined()) {
      return List.of(joined(slices));
    }
    for (Packing.Slice slice : slices) {
      trees.add(joined(List.of(slice)));
    }
    return trees;
  }

  private FlatBatch.Tree joined(List<Packing.Slice> slices) {
    int length = slices.stream().mapToInt(Packing.Slice::length).sum();
    int[] ids = new int[length];
    boolean[] scored = new boolean[length];
    int at = 0;
    for (Packing.Slice slice : slices) {
      TokenizedExample example = examples.get(slice.sequence());
      System.arraycopy(example.sequence(), slice.from(), ids, at, slice.length());
      System.arraycopy(example.scored(), slice.from(), scored, at, slice.length());
      at += slice.length();
    }
    return new FlatBatch.Tree(List.of(ids), List.of(scored));
  }
}
