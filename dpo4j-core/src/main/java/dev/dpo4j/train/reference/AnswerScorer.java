/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lays single answers out as flat batches and reads the model's numbers back.
 *
 * <p>An answer may stand under the prompt of another row: that is how KTO estimates the KL
 * divergence. Such a sequence is cut at {@code max_length} like any other.
 */
public final class AnswerScorer {
  private final List<TokenizedExample> rows;
  private final LengthLimits limits;
  private final RowsPerPass passSize;

  /**
   * Makes a scorer.
   *
   * @param rows the rows, which may lie in a file
   * @param limits how much of a sequence is kept; the prompts of the rows are cut already
   */
  public AnswerScorer(List<TokenizedExample> rows, LengthLimits limits, RowsPerPass passSize) {
    this.rows = Collections.unmodifiableList(rows);
    this.limits = limits;
    this.passSize = passSize;
  }

  /**
   * An answer under a prompt.
   *
   * @param prompt the row whose prompt it is
   * @param answer the row whose answer it is
   */
  public record Item(int prompt, int answer) {}

  /** The answers of some rows under their own prompts. */
  public static List<Item> own(int[] rows) {
    return Arrays.stream(rows).mapToObj(row -> new Item(row, row)).toList();
  }

  /**
   * The answers of a batch, each under the prompt of the next row of the batch, the last under that
   * of the first: (x1, yn), (x2, y1), ..., as TRL does it. A row that is alone takes the answer of
   * the row before it in the data.
   */
  public List<Item> mismatched(int[] batch) {
    if (batch.length == 1) {
      return List.of(new Item(batch[0], Math.floorMod(batch[0] - 1, rows.size())));
    }
    return IntStream.range(0, batch.length)
        .mapToObj(i -> new Item(batch[i], batch[Math.floorMod(i - 1, batch.length)]))
        .toList();
  }

  public TokenizedExample row(int row) {
    return rows.get(row);
  }

  public int size() {
    return rows.size();
  }

  /** Rows that an item takes in a flat batch, and one more. */
  public int length(Item item) {
    LengthLimits.Cut cut = cut(item);
    return cut.prompt().length + cut.answer().length;
  }

  private LengthLimits.Cut cut(Item item) {
    int[] prompt = rows.get(item.prompt()).promptIds();
    TokenizedExample answer = rows.get(item.answer());
    // Where prompt and answer share the limit, a row was cut in the ratio of their whole lengths.
    boolean isCut = limits.shares() && item.prompt() == item.answer();
    return isCut
        ? new LengthLimits.Cut(prompt, answer.completionIds())
        : limits.together(prompt, answer.uncutCompletionIds());
  }

  /** Splits items into passes, in order. */
  public List<List<Item>> passes(List<Item> items) {
    int[] places = IntStream.range(0, items.size()).toArray();
    return passSize.split(places, i -> length(items.get(i))).stream()
        .map(pass -> Arrays.stream(pass).mapToObj(items::get).toList())
        .toList();
  }

  /** The flat batch of a pass: sequence i is its item i. */
  public FlatBatch batch(List<Item> pass) {
    return FlatBatch.of(pass.stream().map(this::tree).toList(), passSize.everyToken());
  }

  private FlatBatch.Tree tree(Item item) {
    LengthLimits.Cut cut = cut(item);
    return FlatBatch.Tree.single(cut.prompt(), cut.answer());
  }

  /** Scores items without keeping anything for a backward pass. */
  public List<TokenStats> score(CausalLm model, List<Item> items, Want want) {
    List<TokenStats> answers = new ArrayList<>();
    for (List<Item> pass : passes(items)) {
      FlatBatch batch = batch(pass);
      answers.addAll(read(batch, model.score(batch, want)));
    }
    return answers;
  }

  /** Cuts the entries of a batch into answers. */
  public static List<TokenStats> read(FlatBatch batch, TokenStats stats) {
    return IntStream.range(0, batch.sequences())
        .mapToObj(s -> PairScorer.answer(batch, stats, s))
        .toList();
  }
}
