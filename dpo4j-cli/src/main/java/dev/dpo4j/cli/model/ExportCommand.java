/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.gguf.GgufQuantisation;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.export.GgufAdapter;
import dev.dpo4j.model.export.GgufExport;
import dev.dpo4j.model.export.Modelfile;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Writes a model in the format of other programs. */
@Command(
    name = "export",
    description = {
      "Write a model for other programs: as one GGUF file for llama.cpp, Ollama and Java "
          + "runtimes, or as a Hugging Face folder in another precision.",
      "",
      "An adapter is merged into its base model first."
    })
public final class ExportCommand extends BoundCommand<ExportOptions> {
  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMG]B)");
  private static final String GGUF = ".gguf";

  private final Console console;

  public ExportCommand(Console console) {
    super(Binder.of(ExportOptions.class), "model_name_or_path", "output_dir");
    this.console = console;
  }

  @Override
  protected ExitCode run(ExportOptions options) throws IOException {
    Path model = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    Path output = Objects.requireNonNull(options.outputDir());
    check(options, model);
    // A GGUF file may stand beside the weights that it was made from; other weights may not.
    List<Path> read =
        options.to().equals("safetensors") ? List.of(model, LoraFolder.base(model)) : List.of();
    MergedModel.into(
        output,
        options.overwriteOutputDir(),
        read,
        () -> console.out().println(write(options, model, output)));
    return ExitCode.DONE;
  }

  private Path write(ExportOptions options, Path model, Path output) throws IOException {
    if (options.to().equals("safetensors")) {
      return safetensors(options, model, output);
    }
    return options.adapter().equals("separate")
        ? adapter(options, model, output)
        : gguf(options, model, output);
  }

  /** An option that would do nothing is an error. */
  private static void check(ExportOptions options, Path model) {
    List<Fault> faults = new ArrayList<>();
    boolean gguf = options.to().equals("gguf");
    unused(faults, "quantisation", options.quantisation(), gguf);
    unused(faults, "name", options.name(), gguf);
    unused(faults, "dtype", options.dtype(), !gguf);
    unused(faults, "max_shard_size", options.maxShardSize(), !gguf);
    if (options.adapter().equals("separate")) {
      if (!gguf) {
        faults.add(new Fault("adapter", "separate", "has no effect with --to safetensors"));
      }
      if (!LoraFolder.isAdapter(model)) {
        faults.add(
            new Fault("adapter", "separate", "needs an adapter, but " + model + " holds none"));
      }
      if (LoraFolder.isAdapter(model) && LoraFolder.below(model) != null) {
        faults.add(
            new Fault(
                "adapter",
                "separate",
                "is not possible: %s was trained on the adapter %s, and llama.cpp would need both. Export without --adapter separate: both are then merged into the base"
                    .formatted(model, LoraFolder.below(model))));
      }
      if (options.quantisation() != null) {
        faults.add(new Fault("quantisation", "", "has no effect on a separate adapter"));
      }
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
    if (options.maxShardSize() != null) {
      bytes(options.maxShardSize());
    }
  }

  private static void unused(List<Fault> faults, String key, @Nullable String value, boolean used) {
    if (value != null && !used) {
      faults.add(
          new Fault(
              key,
              value,
              "has no effect with --to "
                  + (key.equals("quantisation") || key.equals("name") ? "safetensors" : "gguf")));
    }
  }

  private static long bytes(@Nullable String size) {
    if (size == null) {
      return ShardedSafetensorsWriter.DEFAULT_MAX_SHARD_SIZE;
    }
    Matcher matcher = SIZE.matcher(size.toUpperCase(Locale.ROOT));
    double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
    if (number <= 0) {
      throw new ConfigException(
          new Fault("max_shard_size", size, "must be a size above 0 such as 5GB or 500MB"));
    }
    int power =
        switch (matcher.group(2)) {
          case "KB" -> 1;
          case "MB" -> 2;
          default -> 3;
        };
    return (long) (number * Math.pow(1000, power));
  }

  private Path safetensors(ExportOptions options, Path model, Path output) throws IOException {
    String dtype = options.dtype() == null ? "bfloat16" : options.dtype();
    try (LanguageModel loaded = MergedModel.load(model, console)) {
      loaded.save(
          output, DType.valueOf(dtype.toUpperCase(Locale.ROOT)), bytes(options.maxShardSize()));
    }
    return output;
  }

  private Path gguf(ExportOptions options, Path model, Path output) throws IOException {
    String chosen = options.quantisation() == null ? "q8_0" : options.quantisation();
    GgufQuantisation quantisation = GgufQuantisation.of(chosen).orElseThrow();
    String name = name(options, model);
    Path target = output.resolve(fileName(name) + "-" + chosen + GGUF);
    if (LoraFolder.isAdapter(model)) {
      try (LanguageModel loaded = MergedModel.load(model, console)) {
        GgufExport export = new GgufExport(loaded.config(), loaded.tokenizer());
        note(export);
        export.write(target, name, loaded.parameters(), quantisation);
        writeModelfile(output, target, null, loaded.tokenizer());
      }
      return target;
    }
    ModelConfig config = ModelConfig.read(model);
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(model);
        ModelWeights weights = ModelWeights.open(model, config)) {
      GgufExport export = new GgufExport(config, tokenizer);
      note(export);
      export.write(target, name, weights, quantisation);
      writeModelfile(output, target, null, tokenizer);
    }
    return target;
  }

  private static Path adapter(ExportOptions options, Path model, Path output) throws IOException {
    String name = name(options, model);
    Path target = output.resolve(fileName(name) + "-adapter" + GGUF);
    ModelConfig config = ModelConfig.read(LoraFolder.base(model));
    GgufAdapter.write(target, name, model, config);
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(model)) {
      Path base = Path.of(fileName(baseName(model)) + "-q8_0" + GGUF);
      writeModelfile(output, base, target, tokenizer);
    }
    return target;
  }

  private static String baseName(Path adapter) {
    return lastName(LoraFolder.base(adapter));
  }

  private static void writeModelfile(
      Path output, Path model, @Nullable Path adapter, HfTokenizer tokenizer) throws IOException {
    String text =
        Modelfile.text(
            lastName(model), Optional.ofNullable(adapter).map(ExportCommand::lastName), tokenizer);
    AtomicFile.writeString(output.resolve("Modelfile"), text);
  }

  private static String name(ExportOptions options, Path model) {
    return options.name() == null ? lastName(model).replace(GGUF, "") : options.name();
  }

  private static String lastName(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }

  private static String fileName(String name) {
    return name.replaceAll("[^\\p{L}\\p{N}._-]+", "-");
  }

  private void note(GgufExport export) {
    export.notes().forEach(note -> console.err().println("note: " + note));
  }
}
