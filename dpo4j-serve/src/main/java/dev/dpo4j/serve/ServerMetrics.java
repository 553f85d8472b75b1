/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What the server has done, in Prometheus' format of text. */
final class ServerMetrics {
  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder answerTokens = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final LongAdder firstTokens = new LongAdder();
  private final DoubleAdder firstTokenSeconds = new DoubleAdder();
  private final LongAdder finished = new LongAdder();
  private final DoubleAdder seconds = new DoubleAdder();
  private final AtomicInteger inFlight = new AtomicInteger();

  void request(String path, int status) {
    requests
        .computeIfAbsent("path=\"" + path + "\",status=\"" + status + "\"", key -> new LongAdder())
        .increment();
  }

  void tokens(long prompt, long answer) {
    promptTokens.add(prompt);
    answerTokens.add(answer);
  }

  void cancelled() {
    cancelled.increment();
  }

  void firstToken(double after) {
    firstTokens.increment();
    firstTokenSeconds.add(after);
  }

  void finished(double after) {
    finished.increment();
    seconds.add(after);
  }

  AtomicInteger inFlight() {
    return inFlight;
  }

  String text(int running, int waiting) {
    StringBuilder text = new StringBuilder();
    text.append("# HELP dpo4j_requests_total Requests by path and status.\n");
    text.append("# TYPE dpo4j_requests_total counter\n");
    new TreeMap<>(requests)
        .forEach(
            (labels, count) ->
                text.append("dpo4j_requests_total{%s} %d\n".formatted(labels, count.sum())));
    line(text, "dpo4j_prompt_tokens_total", "counter", "Tokens of prompts.", promptTokens.sum());
    line(text, "dpo4j_answer_tokens_total", "counter", "Tokens of answers.", answerTokens.sum());
    line(
        text,
        "dpo4j_cancelled_total",
        "counter",
        "Requests whose client left before the end.",
        cancelled.sum());
    line(text, "dpo4j_answers_running", "gauge", "Answers being made.", running);
    line(text, "dpo4j_answers_waiting", "gauge", "Answers that wait.", waiting);
    summary(
        text,
        "dpo4j_first_token_seconds",
        "Time to the first token.",
        firstTokens,
        firstTokenSeconds);
    summary(text, "dpo4j_request_seconds", "Time of whole requests.", finished, seconds);
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String type, String help, long value) {
    text.append(
        "# HELP %s %s\n# TYPE %s %s\n%s %d\n".formatted(name, help, name, type, name, value));
  }

  private static void summary(
      StringBuilder text, String name, String help, LongAdder count, DoubleAdder sum) {
    text.append(
        String.format(
            Locale.ROOT,
            "# HELP %s %s%n# TYPE %s summary%n%s_count %d%n%s_sum %.6f%n",
            name,
            help,
            name,
            name,
            count.sum(),
            name,
            sum.sum()));
  }
}
