/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.judge.Comparison.Outcome;
import dev.dpo4j.judge.HumanLabels;
import dev.dpo4j.judge.JudgeStats;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.judge.endpoint.Usage;
import dev.dpo4j.stats.Agreement;
import dev.dpo4j.stats.Proportion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What came of a judge's work: wins, biases, agreement with people, tokens and cost. */
final class JudgeReport {
  private final List<JudgedRow> rows;
  private final JudgeStats stats;
  private final @Nullable HumanLabels human;
  private final ReplyLog log;
  private final long retries;
  private final EndpointOptions endpoint;

  JudgeReport(
      List<JudgedRow> rows,
      @Nullable HumanLabels human,
      ReplyLog log,
      long retries,
      EndpointOptions endpoint) {
    this.rows = rows;
    this.stats = JudgeStats.of(rows);
    this.human = human;
    this.log = log;
    this.retries = retries;
    this.endpoint = endpoint;
  }

  /** Where replies are kept: where it is said, else beside the output. */
  static Path repliesOf(Path output, @Nullable Path given) {
    return given == null ? output.resolveSibling(output.getFileName() + ".replies.jsonl") : given;
  }

  /** Opens the file of replies and tells of an unfinished line. */
  static ReplyLog open(Console console, Path file) {
    ReplyLog log = ReplyLog.open(file);
    if (log.cut() > 0) {
      console
          .err()
          .println("%s ended inside a reply: its %d bytes are cut off".formatted(file, log.cut()));
    }
    if (log.lost() > 0) {
      console.err().println(lost(log.lost()));
    }
    Usage known = sum(log.total());
    if (known.replies() > 0) {
      console.err().println(known.replies() + " replies are there already");
    }
    return log;
  }

  /** What is said of requests that a kill has cost. */
  static String lost(long requests) {
    return "%d requests were on their way when a command was killed: they may have been paid, and their replies are lost"
        .formatted(requests);
  }

  /** What was decided, as lines of preference rows. */
  static String pairs(List<JudgedRow> rows) {
    StringBuilder text = new StringBuilder();
    rows.stream()
        .map(JudgedRow::pair)
        .filter(Objects::nonNull)
        .forEach(pair -> text.append(JsonText.write(pair)).append('\n'));
    return text.toString();
  }

  private static Usage sum(Map<String, Usage> usage) {
    return usage.values().stream().reduce(Usage.NONE, Usage::plus);
  }

  private int leftOut() {
    return rows.stream().mapToInt(JudgedRow::leftOut).sum();
  }

  private long pairs() {
    return rows.stream().filter(row -> row.bestAndWorst() != null).count();
  }

  /** Failed comparisons make the command fail, after everything else was written. */
  ExitCode exitCode(Console console) {
    long failed = stats.count(Outcome.FAILED);
    if (failed == 0) {
      return ExitCode.DONE;
    }
    String why =
        rows.stream()
            .flatMap(row -> row.comparisons().stream())
            .filter(comparison -> !comparison.failure().isEmpty())
            .map(comparison -> comparison.failure())
            .findFirst()
            .orElse("");
    console
        .err()
        .println(
            "error: %d comparisons have no verdict; the first one: %s. The same command tries those again that were not answered; replies that cannot be used count as tries, see max_tries."
                .formatted(failed, why));
    return ExitCode.FAILURE;
  }

  /** One JSON object. */
  String json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("rows", rows.size());
    json.put("comparisons", stats.complete() + stats.count(Outcome.FAILED));
    json.put("pairs", pairs());
    json.put("cut_answers", leftOut());
    for (Outcome outcome : Outcome.values()) {
      json.put("outcome_" + outcome.name().toLowerCase(Locale.ROOT), stats.count(outcome));
    }
    json.put("flip_rate", share(stats.flipRate()));
    json.put("inconsistent_rate", share(stats.inconsistent()));
    json.put("first_place_rate", share(stats.firstPlace()));
    json.put("longer_wins_rate", share(stats.longerWins()));
    Agreement agreement = agreement();
    if (agreement != null) {
      json.put("human", agreement(agreement));
    }
    Usage added = sum(log.added());
    Usage total = sum(log.total());
    json.put("retries", retries);
    json.put("new_replies", added.replies());
    json.put("replies", total.replies());
    json.put("requests_lost", log.lost());
    json.put("prompt_tokens", total.promptTokens());
    json.put("completion_tokens", total.completionTokens());
    json.put("replies_without_usage", total.uncounted());
    json.put("new_cost", endpoint.cost(log.added()));
    json.put("cost", endpoint.cost(log.total()));
    return JsonText.write(json);
  }

  private @Nullable Agreement agreement() {
    return human == null ? null : human.agreement(rows);
  }

  private static @Nullable Object number(double value) {
    return Double.isNaN(value) ? null : value;
  }

  private static Map<String, @Nullable Object> share(Proportion share) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("value", number(share.value()));
    map.put("low", number(share.low()));
    map.put("high", number(share.high()));
    map.put("count", share.count());
    map.put("of", share.of());
    return map;
  }

  private Map<String, @Nullable Object> agreement(Agreement agreement) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("cases", agreement.cases());
    map.put("agreement", share(agreement.observed()));
    map.put("kappa", number(agreement.kappa()));
    map.put("kappa_low", number(agreement.low()));
    map.put("kappa_high", number(agreement.high()));
    map.put("categories", agreement.categories());
    map.put("human_by_judge", agreement.counts());
    map.put("labels", human == null ? 0 : human.rows());
    map.put("contradictions", human == null ? 0 : human.contradictions());
    return map;
  }

  /** Tables for people. */
  String text() {
    Table table = Table.withHeader("what", "share", "95 %", "count");
    long all = stats.complete() + stats.count(Outcome.FAILED);
    table.row("comparisons", "", "", String.valueOf(all));
    row(table, "no verdict", new Proportion(stats.count(Outcome.FAILED), all));
    long won = stats.count(Outcome.FIRST) + stats.count(Outcome.SECOND);
    row(table, "decided in both orders", new Proportion(won, stats.complete()));
    row(table, "tie in both orders", new Proportion(stats.count(Outcome.TIE), stats.complete()));
    row(table, "flips: the orders name different answers", stats.flipRate());
    row(table, "inconsistent: flips, or a tie in one order", stats.inconsistent());
    row(table, "verdicts for the place shown first", stats.firstPlace());
    row(table, "decisions for the longer answer", stats.longerWins());
    StringBuilder text = new StringBuilder(table.render());
    text.append('\n').append(pairs()).append(" of ").append(rows.size());
    text.append(" rows give a preference pair\n");
    if (leftOut() > 0) {
      text.append(leftOut())
          .append(" answers were cut at their limit of tokens and not compared; ")
          .append("keep_cut_answers true compares them too\n");
    }
    Agreement agreement = agreement();
    if (agreement != null) {
      appendHuman(text, agreement);
    }
    appendCost(text);
    return text.toString();
  }

  private static void row(Table table, String what, Proportion share) {
    boolean none = share.of() == 0;
    table.row(
        what,
        none ? "-" : percent(share.value()),
        none ? "-" : percent(share.low()) + " to " + percent(share.high()),
        share.count() + " of " + share.of());
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * value);
  }

  private void appendHuman(StringBuilder text, Agreement agreement) {
    text.append("\nagreement with people on ").append(agreement.cases()).append(" comparisons");
    HumanLabels labels = human;
    if (labels != null && labels.contradictions() > 0) {
      text.append(" (").append(labels.contradictions()).append(" labelled both ways: ties)");
    }
    text.append('\n');
    if (agreement.cases() == 0) {
      text.append("no label has the prompt and the answers of a row\n");
      return;
    }
    text.append(
        String.format(
            Locale.ROOT,
            "same verdict %s, Cohen's kappa %.3f (95 %%: %.3f to %.3f)%n",
            percent(agreement.observed().value()),
            agreement.kappa(),
            agreement.low(),
            agreement.high()));
    List<String> titles = new ArrayList<>(List.of("people \\ judge"));
    titles.addAll(agreement.categories());
    Table table = Table.withHeader(titles.toArray(String[]::new));
    for (int i = 0; i < agreement.categories().size(); i++) {
      List<String> cells = new ArrayList<>(List.of(agreement.categories().get(i)));
      for (long count : agreement.counts()[i]) {
        cells.add(String.valueOf(count));
      }
      table.row(cells.toArray(String[]::new));
    }
    text.append(table.render());
  }

  private void appendCost(StringBuilder text) {
    Usage added = sum(log.added());
    Usage total = sum(log.total());
    text.append(
        String.format(
            Locale.ROOT,
            "%nreplies %,d (%,d new, %d tries again), %,d tokens read, %,d written",
            total.replies(),
            added.replies(),
            retries,
            total.promptTokens(),
            total.completionTokens()));
    if (total.uncounted() > 0) {
      text.append(", not counted by the server in ").append(total.uncounted());
    }
    Double cost = endpoint.cost(log.total());
    Double fresh = endpoint.cost(log.added());
    if (cost != null && fresh != null) {
      text.append(String.format(Locale.ROOT, ", cost %.4f (%.4f new)", cost, fresh));
    }
    text.append('\n');
    if (log.lost() > 0) {
      text.append(lost(log.lost())).append('\n');
    }
  }
}
