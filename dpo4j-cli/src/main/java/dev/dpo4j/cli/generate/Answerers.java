/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.io.OwnedResources;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.TextChanges;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The one or two models that answer every prompt, token by token in turn. */
final class Answerers implements AutoCloseable {
  /** A model with its batch. */
  private record Answerer(
      LanguageModel model, StopRules stops, GenerationEngine engine, OwnedResources owned) {
    int[] ids(Prompt prompt) {
      if (prompt instanceof Prompt.Text text) {
        return model.tokenizer().encode(text.text(), true);
      }
      Prompt.Chat chat = (Prompt.Chat) prompt;
      return model
          .chat()
          .encode(
              Message.allFields(chat.messages()),
              chat.context().tools(),
              chat.context().templateKwargs(),
              true);
    }

    void close() {
      owned.close();
    }
  }

  private final List<Answerer> answerers = new ArrayList<>();
  private final GenerateOptions options;

  /** The answers of all models to each prompt, in the order of the prompts. */
  private final Deque<List<GenerationTask>> open = new ArrayDeque<>();

  private Answerers(GenerateOptions options) {
    this.options = options;
  }

  /** The folders of the models, in the order of the responses. */
  static List<String> names(GenerateOptions options) {
    String first = Objects.requireNonNull(options.modelNameOrPath());
    String second = options.secondModelNameOrPath();
    return second == null ? List.of(first) : List.of(first, second);
  }

  static Answerers load(GenerateOptions options) {
    Answerers all = new Answerers(options);
    try {
      for (String name : names(options)) {
        all.load(Path.of(name));
      }
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void load(Path folder) {
    ComputeOptions compute = Precision.of(options.precision());
    OwnedResources owned = new OwnedResources();
    try {
      LanguageModel model =
          owned.add(LanguageModel.load(folder, options.packing().form(), TextChanges.NONE));
      StopRules stops = GenerateCommand.stopRules(model.tokenizer(), options);
      CausalLm lm = owned.add(model.compute(compute));
      Speculation speculation = owned.add(new Speculation(options));
      GenerationEngine engine =
          owned.add(speculation.engine(lm, model, options.batchSize(), compute));
      answerers.add(new Answerer(model, stops, engine, owned));
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /**
   * Refuses a prompt that a model cannot read, before hours were spent on those before it.
   *
   * @throws DataException with file and line
   */
  void check(PromptRow row, Prompt prompt) {
    for (Answerer answerer : answerers) {
      int length;
      try {
        length = answerer.ids(prompt).length;
      } catch (TemplateException | IllegalArgumentException e) {
        throw new DataException(
            "%s: the prompt cannot be rendered: %s".formatted(row.origin(), e.getMessage()), e);
      }
      int context = answerer.model().config().maxPositionEmbeddings();
      if (length == 0 || length >= context) {
        throw new DataException(
            "%s: the prompt has %d tokens, but %s reads from 1 to %d: remove the row, or shorten it"
                .formatted(row.origin(), length, answerer.model().folder(), context - 1));
      }
    }
  }

  /** Asks every model. */
  void add(Prompt prompt, long[] seeds) {
    List<GenerationTask> tasks = new ArrayList<>();
    for (Answerer answerer : answerers) {
      int[] ids = answerer.ids(prompt);
      for (long seed : seeds) {
        tasks.add(
            answerer
                .engine()
                .submit(
                    GenerationRequest.of(
                        ids, options.sampling().withSeed(seed), answerer.stops())));
      }
    }
    open.add(tasks);
  }

  /** One token of every running answer. */
  void step() {
    answerers.forEach(answerer -> answerer.engine().step());
  }

  /** Tokens generated so far. */
  long generated() {
    return answerers.stream().mapToLong(answerer -> answerer.engine().generated()).sum();
  }

  /** The answers of all models to the oldest prompt, or null while one of them is not ready. */
  @Nullable List<Answer> poll() {
    List<GenerationTask> oldest = open.peek();
    if (oldest == null || !oldest.stream().allMatch(GenerationTask::isDone)) {
      return null;
    }
    open.remove();
    return oldest.stream().map(GenerationTask::await).toList();
  }

  @Override
  public void close() {
    answerers.forEach(Answerer::close);
    answerers.clear();
  }
}
