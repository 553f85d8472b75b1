/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.io.ShownText;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.LongSequences;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Lets a model answer. */
@Command(
    name = "generate",
    description = {
      "Let a model answer a prompt, or a file of prompts.",
      "",
      "A prompt goes through the model's chat template. The answer to --prompt is "
          + "printed as it is made; the answers to --prompts go to --output, several at a "
          + "time and in order."
    })
public final class GenerateCommand extends BoundCommand<GenerateOptions> {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Console console;

  public GenerateCommand(Console console) {
    super(Binder.of(GenerateOptions.class), "model_name_or_path");
    this.console = console;
  }

  @Override
  protected ExitCode run(GenerateOptions options) {
    Path prompts = options.prompts();
    Path output = options.output();
    if (prompts != null && output != null) {
      return new GenerateBatch(console, options).run(prompts, output);
    }
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    EngineRoute.choose(options.device());
    ComputeOptions compute = Precision.of(options.precision());
    try (LanguageModel model =
        LanguageModel.load(folder, options.packing().form(), TextChanges.NONE)) {
      int[] prompt = promptIds(model, options);
      String longPrompt = LongSequences.warning(model.config(), prompt.length, false);
      if (longPrompt != null) {
        console.err().println("note: " + longPrompt);
      }
      try (CausalLm lm = model.compute(compute);
          Speculation speculation = new Speculation(options);
          GenerationEngine engine = speculation.engine(lm, model, 1, compute)) {
        StopRules stops = stopRules(model.tokenizer(), options);
        GenerationRequest request = GenerationRequest.of(prompt, options.sampling(), stops);
        if (options.json()) {
          console.out().println(json(engine.answer(request)));
        } else {
          stream(engine, request);
        }
      }
    }
    return ExitCode.DONE;
  }

  @SuppressWarnings("NullAway") // it loses the nullness of the values of a map on the way
  private static int[] promptIds(LanguageModel model, GenerateOptions options) {
    @Nullable List<Integer> given = options.promptIds();
    if (given != null) {
      int vocabulary = model.config().vocabSize();
      for (int id : given) {
        if (id >= vocabulary) {
          String message =
              "must be less than " + vocabulary + ", the size of the vocabulary, but was " + id;
          throw new ConfigException(new Fault("prompt_ids", "", message));
        }
      }
      return given.stream().mapToInt(Integer::intValue).toArray();
    }
    String prompt = Objects.requireNonNull(options.prompt());
    int[] ids =
        options.applyChatTemplate()
            ? model.chat().encode(messages(prompt, options.system()), null, Map.of(), true)
            : model.tokenizer().encode(prompt, true);
    if (ids.length == 0) {
      throw new ConfigException(new Fault("prompt", "", "has no tokens: nothing to continue"));
    }
    return ids;
  }

  private static List<Map<String, Object>> messages(String prompt, @Nullable String system) {
    List<Map<String, Object>> messages = new ArrayList<>();
    if (system != null) {
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("role", "system");
      message.put("content", system);
      messages.add(message);
    }
    messages.addAll(ChatTokenizer.userMessage(prompt));
    return messages;
  }

  static StopRules stopRules(HfTokenizer tokenizer, GenerateOptions options) {
    List<Integer> ids = options.ignoreEos() ? List.of() : tokenizer.stopIds();
    return StopRules.of(tokenizer, ids, options.stops());
  }

  private static String json(Answer answer) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("token_ids", answer.tokenIds());
    line.put("text", answer.text());
    return JSON.writeValueAsString(line);
  }

  private void stream(GenerationEngine engine, GenerationRequest request) {
    // What a model says may hold what a terminal obeys; a file or a pipe gets it as it is.
    boolean person = Terminal.hasTerminal();
    engine.answer(
        request.withListener(
            (id, piece, logProb) -> {
              console.out().print(person ? ShownText.plain(piece) : piece);
              console.out().flush();
            }));
    console.out().println();
  }
}
