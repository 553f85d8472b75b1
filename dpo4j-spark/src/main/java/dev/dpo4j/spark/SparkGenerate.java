/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.PromptData;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.model.LanguageModel;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Lets a model answer prompts, partition by partition, as {@code dpo4j generate --prompts} does on
 * one machine: each answer has the seed that it has there.
 */
public final class SparkGenerate {
  private static final StructType SCHEMA =
      new StructType()
          .add("row", DataTypes.LongType, false)
          .add("prompt", DataTypes.StringType, false)
          .add("responses", DataTypes.createArrayType(DataTypes.StringType, false), false)
          .add("seeds", DataTypes.createArrayType(DataTypes.LongType, false), false)
          .add("tokens", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
          .add("finish_reasons", DataTypes.createArrayType(DataTypes.StringType, false), false);

  private SparkGenerate() {}

  /**
   * Answers each prompt once or several times, with the model's chat template.
   *
   * @param prompts rows of any form that has a prompt
   * @param model the folder of the model, which all executors must see
   * @param sampling how tokens are chosen; the seeds of the answers are made from its seed
   * @param answers how many answers each prompt gets
   * @param batchSize most answers that an executor makes at a time
   * @return for each prompt the number of its row (by partition and position), its text, and lists
   *     of the responses, their seeds, their numbers of tokens and why they ended
   */
  public static Dataset<Row> of(
      Dataset<Row> prompts, String model, SamplingOptions sampling, int answers, int batchSize) {
    if (answers < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "expected at least one answer and a batch of at least 1, found %d and %d"
              .formatted(answers, batchSize));
    }
    String folder = Path.of(model).toAbsolutePath().toString();
    return new Task(folder, Sampling.of(sampling), answers, batchSize).over(prompts, SCHEMA);
  }

  /** Options that can be sent to an executor. */
  private record Sampling(
      int maxNewTokens,
      double temperature,
      int topK,
      double topP,
      double minP,
      double repetitionPenalty,
      long seed)
      implements Serializable {
    static Sampling of(SamplingOptions s) {
      return new Sampling(
          s.maxNewTokens(),
          s.temperature(),
          s.topK(),
          s.topP(),
          s.minP(),
          s.repetitionPenalty(),
          s.seed());
    }

    SamplingOptions options() {
      return new SamplingOptions(
          maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, seed);
    }
  }

  private static final class Task extends PartitionTask {
    private static final long serialVersionUID = 1L;

    private final String model;
    private final Sampling sampling;
    private final int answers;
    private final int batchSize;

    Task(String model, Sampling sampling, int answers, int batchSize) {
      this.model = model;
      this.sampling = sampling;
      this.answers = answers;
      this.batchSize = batchSize;
    }

    /** A prompt and the answers that are being made. */
    private record Open(long row, Prompt prompt, List<Long> seeds, List<GenerationTask> tasks) {
      boolean isDone() {
        return tasks.stream().allMatch(GenerationTask::isDone);
      }
    }

    @Override
    List<Row> rows(Path file, long first) {
      List<PromptRow> prompts = PromptData.read(file);
      try (ExecutorModel held = ExecutorModel.use(model)) {
        return ExecutorModel.thread().call(() -> answers(held, prompts, first));
      }
    }

    private List<Row> answers(ExecutorModel held, List<PromptRow> prompts, long first) {
      List<Open> open = new ArrayList<>();
      try (GenerationEngine engine =
          new GenerationEngine(held.network(), held.language().tokenizer(), batchSize)) {
        for (PromptRow prompt : prompts) {
          open.add(ask(engine, held.language(), prompt, first + prompt.row()));
        }
        while (!open.stream().allMatch(Open::isDone)) {
          engine.step();
        }
        return open.stream().map(Task::answered).toList();
      }
    }

    private Open ask(GenerationEngine engine, LanguageModel language, PromptRow asked, long row) {
      Prompt.Chat prompt = chat(asked.prompt());
      int[] ids =
          language
              .chat()
              .encode(
                  Message.allFields(prompt.messages()),
                  prompt.context().tools(),
                  prompt.context().templateKwargs(),
                  true);
      int context = language.config().maxPositionEmbeddings();
      if (ids.length >= context) {
        throw new DataException(
            "row %d: the prompt has %d tokens, but %s reads at most %d: remove the row, or shorten it"
                .formatted(row, ids.length, model, context - 1));
      }
      StopRules stops =
          StopRules.of(language.tokenizer(), language.tokenizer().stopIds(), List.of());
      List<Long> seeds = new ArrayList<>();
      List<GenerationTask> tasks = new ArrayList<>();
      SamplingOptions options = sampling.options();
      for (int sample = 0; sample < answers; sample++) {
        long seed = SampleSeeds.of(options.seed(), row, sample);
        seeds.add(seed);
        tasks.add(engine.submit(GenerationRequest.of(ids, options.withSeed(seed), stops)));
      }
      return new Open(row, prompt, seeds, tasks);
    }

    private static Prompt.Chat chat(Prompt prompt) {
      return prompt instanceof Prompt.Text text
          ? Prompt.Chat.ofUser(text.text())
          : (Prompt.Chat) prompt;
    }

    private static Row answered(Open open) {
      List<Answer> answers = open.tasks().stream().map(GenerationTask::await).toList();
      return RowFactory.create(
          open.row(),
          open.prompt().plain(),
          answers.stream().map(Answer::text).toArray(String[]::new),
          open.seeds().toArray(Long[]::new),
          answers.stream().map(answer -> answer.tokenIds().size()).toArray(Integer[]::new),
          answers.stream().map(answer -> answer.finishReason().id()).toArray(String[]::new));
    }
  }
}
