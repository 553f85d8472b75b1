/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.ConfigException;
import dev.dpo4j.config.Fault;
import dev.dpo4j.generate.Generator;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.IncrementalDecoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Lets a model answer. */
@Command(
    name = "generate",
    description = {
      "Let a model answer a prompt.",
      "",
      "The prompt goes through the model's chat template; the answer is printed as it is made."
    })
final class GenerateCommand extends BoundCommand<GenerateOptions> {
  private static final JsonMapper JSON = new JsonMapper();

  private final Console console;

  GenerateCommand(Console console) {
    super(Binder.of(GenerateOptions.class), "model_name_or_path");
    this.console = console;
  }

  @Override
  ExitCode run(GenerateOptions options) {
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    ComputeOptions compute =
        ComputeOptions.float32().withCompute(options.bf16() ? DType.BFLOAT16 : DType.FLOAT32);
    EngineRoute.choose();
    try (LanguageModel model = LanguageModel.load(folder)) {
      int[] prompt = promptIds(model, options);
      try (CausalLm lm = model.compute(compute)) {
        Generator generator = new Generator(lm, stopIds(model, options));
        if (options.json()) {
          int[] ids = generator.generate(prompt, options.sampling());
          console.out().println(json(model, ids));
        } else {
          stream(model, generator, prompt, options);
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
              "must be < " + vocabulary + ", the size of the vocabulary, but was " + id;
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

  private static Set<Integer> stopIds(LanguageModel model, GenerateOptions options) {
    return options.ignoreEos() ? Set.of() : Set.copyOf(model.tokenizer().stopIds());
  }

  private static String json(LanguageModel model, int[] ids) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("token_ids", ids);
    line.put("text", model.tokenizer().decode(ids, true));
    return JSON.writeValueAsString(line);
  }

  private void stream(
      LanguageModel model, Generator generator, int[] prompt, GenerateOptions options) {
    IncrementalDecoder decoder = new IncrementalDecoder(model.tokenizer(), true);
    generator.generate(
        prompt,
        options.sampling(),
        id -> {
          console.out().print(decoder.append(id));
          console.out().flush();
        });
    console.out().println(decoder.finish());
  }
}
