/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.form.PromptRow.Response;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.Futures;
import dev.dpo4j.judge.endpoint.AskOutcome;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/**
 * Answers written by models for prompts.
 *
 * <p>{@link #bestOfN} has one model write several answers, for a judge to rank. {@link #contrast}
 * has a strong model write the answer that is meant to be chosen, and takes the one that is meant
 * to be rejected from a weaker model, from the same model asked to do worse, or from the row
 * itself.
 */
public final class Synthesis {
  private Synthesis() {}

  /** Where the worse answer of a contrast comes from. */
  public enum Worse {
    /** A weaker model writes it. */
    WEAK_MODEL,
    /** The strong model writes it and is asked to do worse. */
    DEGRADED,
    /** The row has it: its rejected answer, or its only one. */
    GIVEN
  }

  /**
   * A prompt with the answers that were written for it.
   *
   * @param row the prompt; its answers are those of the models, the better one first in a contrast
   * @param models who wrote each answer
   * @param fault why the row cannot be used; empty if it can
   */
  public record WrittenRow(PromptRow row, List<String> models, String fault) {
    public WrittenRow {
      models = List.copyOf(models);
    }
  }

  /**
   * Has several answers written for each prompt.
   *
   * @param answers number of answers, at least two; equal ones count once
   * @param progress told the number of prompts that are done
   */
  public static List<WrittenRow> bestOfN(
      List<PromptRow> rows, Writer writer, int answers, IntConsumer progress) {
    List<List<CompletableFuture<AskOutcome<Writer.Written>>>> pending = new ArrayList<>();
    for (PromptRow row : rows) {
      List<CompletableFuture<AskOutcome<Writer.Written>>> ofRow = new ArrayList<>();
      for (int variant = 0; variant < answers; variant++) {
        ofRow.add(writer.write(row, variant));
      }
      pending.add(ofRow);
    }
    List<WrittenRow> written = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Set<String> texts = new LinkedHashSet<>();
      String fault = "";
      for (CompletableFuture<AskOutcome<Writer.Written>> future : pending.get(i)) {
        fault = take(Futures.join(future), texts, fault);
      }
      String none = fault.isEmpty() ? "all answers are equal" : fault;
      List<Response> responses = texts.stream().map(Response::of).toList();
      List<String> models = texts.stream().map(text -> writer.model()).toList();
      written.add(row(rows.get(i), responses, models, texts.size() < 2 ? none : ""));
      progress.accept(written.size());
    }
    return written;
  }

  /** Adds an answer that can be used, or says why not. */
  private static String take(AskOutcome<Writer.Written> asked, Set<String> texts, String fault) {
    if (asked instanceof AskOutcome.Answered<Writer.Written> answered) {
      if (answered.value().cut()) {
        return "an answer was cut off at max_tokens";
      }
      texts.add(answered.value().text());
      return fault;
    }
    return ((AskOutcome.Failed<Writer.Written>) asked).why();
  }

  /**
   * Has a good answer written for each prompt, and sets a worse one against it.
   *
   * @param weak who writes the worse answer; not asked where the rows give it
   * @param worse where the worse answer comes from
   * @param progress told the number of prompts that are done
   * @throws DataException if a row should give the worse answer and has none
   */
  public static List<WrittenRow> contrast(
      List<PromptRow> rows, Writer strong, Writer weak, Worse worse, IntConsumer progress) {
    List<CompletableFuture<AskOutcome<Writer.Written>>> good = new ArrayList<>();
    List<CompletableFuture<AskOutcome<Writer.Written>>> bad = new ArrayList<>();
    for (PromptRow row : rows) {
      if (worse == Worse.GIVEN && row.responses().isEmpty()) {
        throw new DataException(
            row.origin()
                + ": has no answer that could be the rejected one: expected responses, completion"
                + " or rejected");
      }
    }
    for (PromptRow row : rows) {
      good.add(strong.write(row, 0));
      if (worse != Worse.GIVEN) {
        bad.add(weak.write(row, 0));
      }
    }
    List<WrittenRow> written = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      PromptRow row = rows.get(i);
      Set<String> texts = new LinkedHashSet<>();
      String fault = take(Futures.join(good.get(i)), texts, "");
      String rejectedBy = worse == Worse.GIVEN ? "given" : weak.model();
      List<Response> responses = new ArrayList<>(texts.stream().map(Response::of).toList());
      if (worse == Worse.GIVEN) {
        responses.add(row.responses().get(row.responses().size() - 1));
      } else {
        Set<String> other = new LinkedHashSet<>();
        fault = take(Futures.join(bad.get(i)), other, fault);
        other.forEach(text -> responses.add(Response.of(text)));
      }
      if (fault.isEmpty() && responses.get(0).text().equals(responses.get(1).text())) {
        fault = "both answers are equal";
      }
      List<String> models = new ArrayList<>(List.of(strong.model(), rejectedBy));
      written.add(row(row, responses, models.subList(0, responses.size()), fault));
      progress.accept(written.size());
    }
    return written;
  }

  private static WrittenRow row(
      PromptRow row, List<Response> responses, List<String> models, String fault) {
    PromptRow answered = new PromptRow(row.row(), row.origin(), row.prompt(), responses);
    return new WrittenRow(answered, models, fault);
  }
}
