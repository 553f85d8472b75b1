/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.io.Futures;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.EndpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Has the answers of many rows compared, each with each, and keeps the order of the rows. */
public final class Judging implements RowJudge {
  private final Judge judge;
  private final boolean keepCut;

  /** Makes it of a judge; answers that were cut at a limit of tokens are not compared. */
  public Judging(Judge judge) {
    this(judge, false);
  }

  /**
   * Makes it of a judge.
   *
   * @param keepCut whether answers that were cut at a limit of tokens are compared too
   */
  public Judging(Judge judge, boolean keepCut) {
    this.judge = judge;
    this.keepCut = keepCut;
  }

  /** How many comparisons rows need; each takes two requests. */
  public int comparisons(List<PromptRow> rows) {
    return rows.stream()
        .mapToInt(row -> compared(row).size() * (compared(row).size() - 1) / 2)
        .sum();
  }

  /** The places of the answers that are compared. */
  private List<Integer> compared(PromptRow row) {
    return IntStream.range(0, row.responses().size())
        .filter(i -> keepCut || !row.responses().get(i).cut())
        .boxed()
        .toList();
  }

  @Override
  public String name() {
    return judge.model();
  }

  /**
   * Compares the answers of all rows.
   *
   * @param progress told the number of rows that are done
   * @return the rows in their order
   * @throws dev.dpo4j.data.row.DataException if a row has fewer than two answers
   * @throws EndpointException if the endpoint cannot be used
   * @throws Asker.AskingStoppedException if somebody asked to stop
   */
  @Override
  public List<JudgedRow> judge(List<PromptRow> rows, IntConsumer progress) {
    RowJudge.requireAnswers(rows);
    List<List<CompletableFuture<Comparison>>> pending = new ArrayList<>();
    for (PromptRow row : rows) {
      pending.add(compare(row));
    }
    List<JudgedRow> judged = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<Comparison> comparisons = pending.get(i).stream().map(Futures::join).toList();
      judged.add(new JudgedRow(rows.get(i), comparisons));
      progress.accept(judged.size());
    }
    return judged;
  }

  private List<CompletableFuture<Comparison>> compare(PromptRow row) {
    String[] answers =
        row.responses().stream().map(PromptRow.Response::text).toArray(String[]::new);
    List<CompletableFuture<Comparison>> all = new ArrayList<>();
    List<Integer> places = compared(row);
    for (int first : places) {
      for (int second : places) {
        if (first < second) {
          all.add(judge.compare(row.prompt(), answers, first, second));
        }
      }
    }
    return all;
  }
}
