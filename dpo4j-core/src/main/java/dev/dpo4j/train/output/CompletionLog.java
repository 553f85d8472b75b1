/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.metrics.TensorBoardSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets the model answer a few prompts before training, after each evaluation and at the end.
 *
 * <p>{@code completions.jsonl} gets a line for each answer: step, prompt, the answer from before
 * training and the one of now. The most probable token is taken each time, so that a difference
 * comes from training alone. A resumed run keeps the lines up to its checkpoint.
 */
public final class CompletionLog implements MetricSink {
  /** The name of the file in a run folder. */
  public static final String FILE_NAME = "completions.jsonl";

  private static final String EVAL_LOSS = "eval_loss";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path file;
  private final LanguageModel policy;
  private final ComputeOptions compute;
  private final List<int[]> prompts;
  private final int maxNewTokens;
  private final @Nullable TensorBoardSink board;
  private final BooleanSupplier stopRequested;
  private List<String> before = List.of();
  private long lastStep = -1;
  private long due = -1;
  private boolean live;

  /**
   * Makes a log; nothing is generated before {@link #begin}.
   *
   * @param folder the run folder
   * @param prompts token ids, each at least one
   * @param stopRequested asked after each token: answers that are not whole then are not kept
   * @param board where the answers are shown too, or null
   */
  public CompletionLog(
      Path folder,
      LanguageModel policy,
      ComputeOptions compute,
      List<int[]> prompts,
      int maxNewTokens,
      BooleanSupplier stopRequested,
      @Nullable TensorBoardSink board) {
    this.board = board;
    this.file = folder.resolve(FILE_NAME);
    this.policy = policy;
    this.compute = compute;
    this.prompts = List.copyOf(prompts);
    this.maxNewTokens = maxNewTokens;
    this.stopRequested = stopRequested;
  }

  /** Answers for the first time, or takes up what an earlier process answered until a step. */
  public void begin(long step) {
    live = true;
    before = step == 0 ? List.of() : takeUp(step);
    if (before.isEmpty()) {
      before = answers();
      if (!before.isEmpty()) {
        write(step, before, StandardOpenOption.TRUNCATE_EXISTING);
      }
    } else if (due == step && step != lastStep) {
      add(step); // The run was stopped while it answered after that evaluation.
    }
  }

  /** Answers at the end, unless the last evaluation did. */
  public void end(long step) {
    if (step != lastStep) {
      add(step);
    }
  }

  @Override
  public void log(long step, double epoch, Map<String, Double> metrics) {
    if (step > 0 && metrics.containsKey(EVAL_LOSS)) {
      due = step;
      if (live && step != lastStep) {
        add(step);
      }
    }
  }

  private void add(long step) {
    List<String> now = before.isEmpty() ? List.of() : answers();
    if (!now.isEmpty()) {
      write(step, now, StandardOpenOption.APPEND);
    }
  }

  /** Keeps the lines until a step and returns the first answers, none where they are not whole. */
  private List<String> takeUp(long step) {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    StringBuilder kept = new StringBuilder();
    List<String> first = new ArrayList<>();
    try {
      for (String line : Files.readString(file).lines().toList()) {
        JsonNode row = JSON.readTree(line);
        if (row.path("step").asLong(Long.MAX_VALUE) <= step) {
          kept.append(line).append('\n');
          lastStep = row.path("step").asLong(0);
          if (first.size() < prompts.size()) {
            first.add(row.path("reference").asString(""));
          }
        }
      }
      AtomicFile.writeString(file, kept.toString());
    } catch (JacksonException e) {
      return List.of(); // A killed process left half a line: the answers are made anew.
    } catch (IOException e) {
      throw failed(e);
    }
    return first.size() == prompts.size() ? first : List.of();
  }

  /** The answers of the model as it is, none where a stop came between. */
  private List<String> answers() {
    StopRules stops = StopRules.of(policy.tokenizer(), policy.tokenizer().stopIds(), List.of());
    SamplingOptions greedy = SamplingOptions.greedy(maxNewTokens);
    try (CausalLm model = policy.compute(compute);
        GenerationEngine engine = new GenerationEngine(model, policy.tokenizer(), prompts.size())) {
      List<GenerationTask> tasks = new ArrayList<>();
      for (int[] prompt : prompts) {
        tasks.add(engine.submit(GenerationRequest.of(prompt, greedy, stops)));
      }
      while (tasks.stream().anyMatch(task -> !task.isDone())) {
        if (stopRequested.getAsBoolean()) {
          tasks.forEach(GenerationTask::cancel);
          return List.of();
        }
        engine.step();
      }
      return tasks.stream().map(task -> task.await().text()).toList();
    }
  }

  private void write(long step, List<String> answers, StandardOpenOption how) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < answers.size(); i++) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("step", step);
      row.put("prompt", policy.tokenizer().decode(prompts.get(i), true));
      row.put("reference", before.get(i));
      row.put("policy", answers.get(i));
      lines.append(JSON.writeValueAsString(row)).append('\n');
    }
    try {
      Files.writeString(
          file,
          lines,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          how);
    } catch (IOException e) {
      throw failed(e);
    }
    lastStep = step;
    if (board != null) {
      board.text(step, "completions", markdown(answers));
    }
  }

  private String markdown(List<String> answers) {
    StringBuilder text = new StringBuilder("| prompt | reference | policy |\n|---|---|---|\n");
    for (int i = 0; i < answers.size(); i++) {
      text.append("| ").append(cell(policy.tokenizer().decode(prompts.get(i), true)));
      text.append(" | ").append(cell(before.get(i)));
      text.append(" | ").append(cell(answers.get(i))).append(" |\n");
    }
    return text.toString();
  }

  private static String cell(String text) {
    return text.strip().replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>");
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException("Cannot keep the answers in " + file + ": " + e, e);
  }

  /** Does nothing: each answer is written at once. */
  @Override
  public void close() {}
}
