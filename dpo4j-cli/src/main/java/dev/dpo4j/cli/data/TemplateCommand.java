/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.data;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.CommandFailure;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.io.ParserText;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.TemplateException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Renders a chat template. */
@Command(
    name = "template",
    description = {
      "Render a chat template and print the text, exactly.",
      "",
      "The input is a JSON object: messages, tools, add_generation_prompt, and the "
          + "special tokens (bos_token, eos_token, ...) beside them or in an object "
          + "special_tokens. Every further key is a variable of the template, too. A template "
          + "that raises ends with its message and code 1."
    })
public final class TemplateCommand extends BoundCommand<TemplateCommand.Options> {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private final Console console;

  /** What is rendered. */
  record Options(
      @Option(help = "File of the template, such as T.jinja.") @Nullable Path template,
      @Option(help = "File with the variables as a JSON object.") @Nullable Path input) {}

  public TemplateCommand(Console console) {
    super(Binder.of(Options.class), "template", "input");
    this.console = console;
  }

  @Override
  protected ExitCode run(Options options) {
    Path templateFile = Objects.requireNonNull(options.template());
    Path inputFile = Objects.requireNonNull(options.input());
    String source = read(templateFile);
    Map<String, @Nullable Object> variables = variables(inputFile);
    try {
      console.out().print(ChatTemplate.compile(source).render(variables).text());
      return ExitCode.DONE;
    } catch (TemplateException e) {
      throw new CommandFailure(templateFile + ": " + e.getMessage());
    }
  }

  /** What transformers passes where the caller says nothing, then the input over it. */
  private static Map<String, @Nullable Object> variables(Path file) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", false);
    JsonNode given = parse(file);
    if (!given.has("messages")) {
      throw new CommandFailure(file + ": the key messages is missing");
    }
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      boolean nested = entry.getKey().equals("special_tokens") && entry.getValue().isObject();
      if (nested) {
        entry.getValue().properties().forEach(token -> put(variables, token));
      } else {
        put(variables, entry);
      }
    }
    return variables;
  }

  private static void put(
      Map<String, @Nullable Object> variables, Map.Entry<String, JsonNode> entry) {
    boolean absent = entry.getValue().isNull();
    variables.put(entry.getKey(), absent ? null : JSON.treeToValue(entry.getValue(), Object.class));
  }

  private static JsonNode parse(Path file) {
    try {
      JsonNode given = JSON.readTree(read(file));
      if (!given.isObject()) {
        throw new CommandFailure(file + ": expected a JSON object, found another kind of value");
      }
      return given;
    } catch (JacksonException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new CommandFailure(
          file
              + ":"
              + line
              + ": expected a JSON object, "
              + ParserText.plain(e.getOriginalMessage()));
    }
  }

  private static String read(Path file) {
    try {
      return SmallFile.readString(file);
    } catch (NoSuchFileException e) {
      throw new CommandFailure("no such file: " + file);
    } catch (CharacterCodingException e) {
      throw new CommandFailure(file + " is not valid UTF-8");
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file + ": " + e.getMessage());
    }
  }
}
