/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import java.util.List;
import java.util.function.IntConsumer;

/** Compares the answers of rows: a model behind an endpoint, or a reward model. */
public interface RowJudge {
  /**
   * Compares the answers of all rows, each with each.
   *
   * @param progress told the number of rows that are done
   * @return the rows in their order
   * @throws DataException if a row has fewer than two answers
   */
  List<JudgedRow> judge(List<PromptRow> rows, IntConsumer progress);

  /** What the judge is called in reports: the name of a model, or its folder. */
  String name();

  /**
   * Checks that there is something to compare in every row.
   *
   * @throws DataException if a row has fewer than two answers
   */
  static void requireAnswers(List<PromptRow> rows) {
    for (PromptRow row : rows) {
      if (row.responses().size() < 2) {
        throw new DataException(
            "%s: has %d answers, but two or more are compared: expected responses, answers, or chosen and rejected"
                .formatted(row.origin(), row.responses().size()));
      }
    }
  }
}
