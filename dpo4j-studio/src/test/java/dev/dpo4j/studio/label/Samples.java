/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows, options and sessions for tests. */
final class Samples {
  static final Clock NOON = Clock.fixed(Instant.parse("2030-01-31T12:00:00Z"), ZoneOffset.UTC);

  private Samples() {}

  /** Writes rows {@code prompt i} with the answers {@code first i} and {@code second i}. */
  static Path rows(Path folder, int count) throws IOException {
    String rows =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    "{\"prompt\": \"prompt %d\", \"answers\": [\"first %d\", \"second %d\"]}\n"
                        .formatted(i, i, i))
            .collect(Collectors.joining());
    return Files.writeString(folder.resolve("rows.jsonl"), rows);
  }

  /** Writes gold questions whose better answer says {@code good}. */
  static Path gold(Path folder, int count) throws IOException {
    String rows =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    "{\"prompt\": \"gold %d\", \"chosen\": \"good %d\", \"rejected\": \"bad %d\"}\n"
                        .formatted(i, i, i))
            .collect(Collectors.joining());
    return Files.writeString(folder.resolve("gold.jsonl"), rows);
  }

  /** Binds options as the command line does. */
  static LabelOptions options(Map<String, String> flags) {
    List<Setting> settings = new ArrayList<>();
    flags.forEach(
        (key, value) ->
            settings.add(new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "--" + key)));
    return LabelOptions.binder().bind(List.of(), List.of(settings)).value();
  }

  /** Begins a session, or goes on with what the log holds. */
  static LabelSession session(
      Path rows, List<LabelRow> gold, LabelOptions options, DecisionLog log) {
    return new LabelSession(LabelRow.read(rows), gold, options, log, NOON, () -> 0L);
  }

  /** An answer to the question in a view. */
  static LabelSession.Answer answer(LabelSession.View view, Choice choice) {
    return new LabelSession.Answer(
        String.valueOf(view.question() == null ? "" : view.question().id()),
        choice,
        "",
        List.of(),
        2.5);
  }

  /** The side on which the first answer of the row stands, as a choice. */
  static Choice firstSide(LabelSession.View view) {
    return view.question().left() == 0 ? Choice.LEFT : Choice.RIGHT;
  }

  /** The side on which the second answer of the row stands, as a choice. */
  static Choice secondSide(LabelSession.View view) {
    return view.question().left() == 0 ? Choice.RIGHT : Choice.LEFT;
  }
}
