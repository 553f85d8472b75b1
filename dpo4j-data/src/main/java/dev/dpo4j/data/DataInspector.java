/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.PairOutcome;
import dev.dpo4j.data.token.PairTokenizer;
import dev.dpo4j.data.token.ReportBuilder;
import dev.dpo4j.data.token.RowIds;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Shows what training would make of preference data, without training. */
public final class DataInspector {
  private static final ObjectMapper MAPPER = JsonMapper.shared();

  private DataInspector() {}

  /**
   * What was found.
   *
   * @param report what became of every row
   * @param rows the rows that were asked for, as the model gets them
   */
  public record Inspection(DataReport report, List<Inspected> rows) {
    public Inspection {
      rows = List.copyOf(rows);
    }

    /** Returns a text for people. */
    public String toText() {
      List<String> lines = new ArrayList<>();
      lines.add(report.toTable());
      for (Inspected row : rows) {
        lines.add("");
        lines.addAll(row.toLines());
      }
      return String.join("\n", lines);
    }

    /** Returns one line of JSON: the report's object with a further field {@code rows}. */
    public String toJson() {
      Map<String, Object> map = new LinkedHashMap<>(report.toMap());
      map.put("rows", rows.stream().map(Inspected::toMap).toList());
      return MAPPER.writeValueAsString(map);
    }
  }

  /**
   * Tokenises all pairs and shows some of them.
   *
   * @param wanted says for a row (counted from 0 in its split) whether it is shown
   * @throws DataException if rows are at fault
   */
  public static Inspection inspect(
      PreferenceRows data, ChatTokenizer tokenizer, TokenizeOptions options, IntPredicate wanted) {
    PairTokenizer pairs = new PairTokenizer(tokenizer, options);
    ReportBuilder report = new ReportBuilder();
    List<Inspected> shown = new ArrayList<>();
    data.tokenize(
        pairs,
        outcome -> {
          PairTokenizer.count(outcome, report);
          if (wanted.test(outcome.info().row())) {
            shown.add(show(outcome, pairs.rowIds()));
          }
        });
    return new Inspection(report.build(data.name(), options), shown);
  }

  /**
   * Shows examples of SFT or KTO.
   *
   * @param wanted says for a row (counted from 0 in its split) whether it is shown, if it is kept
   * @param decoder turns ids into text
   */
  public static Inspection inspect(
      ExampleDataset data, IntPredicate wanted, Function<int[], String> decoder) {
    List<Inspected> shown = new ArrayList<>();
    for (TokenizedExample example : data.examples()) {
      if (wanted.test(example.row())) {
        shown.add(new InspectedExample(example, decoder.apply(example.sequence())));
      }
    }
    return new Inspection(data.report(), shown);
  }

  private static InspectedRow show(PairOutcome outcome, RowIds rowIds) {
    PreferencePair pair = outcome.pair();
    if (pair == null) {
      int[] none = {};
      return new InspectedRow(
          outcome.info().row(),
          outcome.info().origin(),
          false,
          outcome.events(),
          none,
          none,
          none,
          outcome.info().scores(),
          "",
          "");
    }
    // A row that was dropped early has no ids yet.
    RowIds.Split full = outcome.full() == null ? rowIds.split(pair) : outcome.full();
    TokenizedPair kept = outcome.kept();
    List<String> texts = rowIds.texts(pair);
    return new InspectedRow(
        pair.info().row(),
        pair.info().origin(),
        kept != null,
        outcome.events(),
        full.prompt(),
        kept == null ? full.answers().get(0) : kept.chosenIds(),
        kept == null ? full.answers().get(1) : kept.rejectedIds(),
        pair.info().scores(),
        texts.get(0),
        texts.get(1));
  }
}
