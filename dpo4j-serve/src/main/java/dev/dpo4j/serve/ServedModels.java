/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.api.Generator;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.generate.EngineThread;
import dev.dpo4j.io.OwnedResources;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.AdapterRows;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.serve.protocol.TokenTexts;
import dev.dpo4j.serve.protocol.ToolFormat;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** The models of a server: one, and adapters over its weights. They share one thread. */
final class ServedModels implements AutoCloseable {
  private final EngineThread thread = EngineThread.start("dpo4j-serve");
  private final Map<String, ServedModel> models = new LinkedHashMap<>();

  /** What is closed in the end, the last made first. */
  private final OwnedResources owned = new OwnedResources();

  private ServedModels() {}

  /**
   * Loads the models.
   *
   * @throws ConfigException if an adapter belongs to another model, or two have one name
   */
  static ServedModels load(ServeOptions options) {
    ServedModels all = new ServedModels();
    try {
      all.open(options);
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void open(ServeOptions options) {
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    ComputeOptions compute = ComputeOptions.of(options.precision());
    LanguageModel language = LanguageModel.load(folder, options.packing().form(), TextChanges.NONE);
    owned.add(language);
    String given = options.servedModelName();
    String name = given == null ? lastName(folder) : given;
    add(name, language, () -> language.compute(compute), options);
    for (String adapter : options.adapterList()) {
      int at = adapter.indexOf('=');
      addAdapter(
          adapter.substring(0, at), Path.of(adapter.substring(at + 1)), language, compute, options);
    }
  }

  private static String lastName(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString();
  }

  private void addAdapter(
      String name,
      Path folder,
      LanguageModel language,
      ComputeOptions compute,
      ServeOptions options) {
    if (models.containsKey(name)) {
      throw fault("the name %s stands for two models".formatted(name));
    }
    if (!LoraFolder.isAdapter(folder)) {
      throw fault("%s is no folder of an adapter: it lacks adapter_config.json".formatted(folder));
    }
    Path base = LoraFolder.base(folder);
    if (!real(base).equals(real(language.base()))) {
      throw fault(
          "the adapter %s was trained on %s, but %s is served: name an adapter of the same model"
              .formatted(folder, base, language.base()));
    }
    if (language.adapter() != null) {
      throw fault(
          "%s is itself an adapter: serve its model, and name both as adapters"
              .formatted(language.folder()));
    }
    Path below = LoraFolder.below(folder);
    if (below != null) {
      throw fault(
          "the adapter %s was trained on the adapter %s, which the model beside it would need too: serve it as model_name_or_path"
              .formatted(folder, below));
    }
    if (!AdapterRows.resized(folder, language.config()).equals(language.config())) {
      throw fault(
          "the adapter %s has more tokens than its model, whose weights adapters share here: serve a model that dpo4j merge makes of it"
              .formatted(folder));
    }
    LoraAdapter adapter = LoraFolder.load(folder, language.config());
    owned.add(adapter);
    add(
        name,
        language,
        () -> new CausalLm(language.config(), language.parameters(), adapter, compute),
        options);
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  private static ConfigException fault(String message) {
    return new ConfigException(new Fault("adapters", "--adapters", message));
  }

  private void add(
      String name, LanguageModel language, Supplier<CausalLm> network, ServeOptions options) {
    Generator generator = Generator.on(thread, language, network, options.batchSize());
    owned.add(generator);
    Integer limit = options.maxModelLen();
    int context = generator.context();
    if (limit != null && limit > context) {
      throw new ConfigException(
          new Fault(
              "max_model_len",
              "--max_model_len",
              "is %d, but the model reads at most %d tokens".formatted(limit, context)));
    }
    String template = String.join("\n", language.tokenizer().chatTemplates().sources().values());
    models.put(
        name,
        new ServedModel(
            name,
            generator,
            limit == null ? context : limit,
            template,
            ToolFormat.of(template),
            new TokenTexts(language.tokenizer())));
  }

  /** Finds a model by the name in a request; a request without one gets the first. */
  ServedModel find(String name) {
    ServedModel model = name.isEmpty() ? models.values().iterator().next() : models.get(name);
    if (model == null) {
      throw new ApiException(
          404,
          "invalid_request_error",
          "model",
          "model_not_found",
          "The model `%s` does not exist; there are: %s."
              .formatted(name, String.join(", ", models.keySet())));
    }
    return model;
  }

  Collection<ServedModel> all() {
    return models.values();
  }

  /** Answers that wait or are being made, of all models. */
  int pending() {
    return models.values().stream().mapToInt(model -> model.generator().pending()).sum();
  }

  /** Answers that are being made, of all models. */
  int running() {
    return models.values().stream().mapToInt(model -> model.generator().running()).sum();
  }

  /** Ends what is running as cancelled and frees the memory. */
  @Override
  public void close() {
    thread.close();
    owned.close();
  }
}
