/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.ConfigException;
import dev.dpo4j.config.Fault;
import dev.dpo4j.config.Setting;
import dev.dpo4j.config.Value;
import dev.dpo4j.hub.DatasetFolder;
import dev.dpo4j.hub.FileFilter;
import dev.dpo4j.hub.HubClient;
import dev.dpo4j.hub.HubListener;
import dev.dpo4j.hub.HubLogin;
import dev.dpo4j.hub.HubName;
import dev.dpo4j.hub.HubSettings;
import dev.dpo4j.hub.RepoType;
import dev.dpo4j.model.LoraFolder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns names on the Hugging Face Hub into folders here. A path that exists always wins; what is
 * neither a path nor can be a name is left to the command, which says that it is not there.
 */
final class HubNames {
  /** What a model needs here; weights of other frameworks would only take time and room. */
  static final FileFilter MODEL_FILES =
      new FileFilter(
          List.of(
              "*.json",
              "*.safetensors",
              "*.jinja",
              "*.model",
              "merges.txt",
              "vocab.txt",
              "LICENSE*",
              "README.md"),
          List.of("*/*.safetensors", "consolidated*", "onnx/*", "original/*", "checkpoint-*/*"));

  private static final List<String> MODELS =
      List.of("model_name_or_path", "ref_model_name_or_path", "model");
  private static final List<String> DATA = List.of("dataset_name", "data");

  private final Console console;
  private final Map<String, String> environment;
  private @Nullable HubClient client;

  HubNames(Console console, Map<String, String> environment) {
    this.console = console;
    this.environment = Map.copyOf(environment);
  }

  /** The environment variables. */
  Map<String, String> environment() {
    return environment;
  }

  /** Returns the client; the environment is read when it is first needed. */
  HubClient client() {
    HubClient known = client;
    if (known == null) {
      Path home = Path.of(System.getProperty("user.home"));
      known = new HubClient(HubSettings.of(environment, home));
      client = known;
    }
    return known;
  }

  /** The token of this user. */
  HubLogin login() {
    return new HubLogin(environment, Path.of(System.getProperty("user.home")));
  }

  /** Shows a transfer on stderr. */
  HubListener progress() {
    return new HubProgress(console, client().settings().progress());
  }

  /** Whether a text names something on the Hub and nothing here. */
  static boolean isName(String text) {
    try {
      return HubName.isName(text) && !Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * Downloads what is named on the Hub.
   *
   * @param values the keys of a command with their values
   * @param keys what was said about the Hub
   * @return settings that put paths in the places of names
   */
  List<Setting> localise(Map<String, ?> values, HubKeys keys) {
    List<Setting> here = new ArrayList<>();
    String revision = keys.source().modelRevision();
    boolean revised = revision.equals(HubName.MAIN);
    for (String key : MODELS) {
      if (values.get(key) instanceof String text) {
        boolean own = key.equals("model_name_or_path");
        String path = model(key, text, own ? revision : HubName.MAIN);
        revised |= own && isName(text);
        if (!path.equals(text)) {
          here.add(setting(key, path));
        }
      }
    }
    if (!revised) {
      throw fault("model_revision", "has no effect: model_name_or_path is a path");
    }
    here.addAll(new HubData(values, keys.source().datasetConfig()).settings());
    return here;
  }

  private static Setting setting(String key, String value) {
    return new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "the Hub");
  }

  private static ConfigException fault(String key, String message) {
    return new ConfigException(new Fault(key, "", message));
  }

  /** Returns the folder of a model, and sees to the base of an adapter. */
  private String model(String key, String text, String revision) {
    String path = text;
    if (isName(text)) {
      if (text.contains("@") && !revision.equals(HubName.MAIN)) {
        throw fault("model_revision", "is " + revision + ", but " + key + " is " + text);
      }
      HubName name = HubName.parse(RepoType.MODEL, text);
      HubName wanted = text.contains("@") ? name : name.at(revision);
      path = client().snapshot(wanted, MODEL_FILES, progress()).toString();
    }
    base(path);
    return path;
  }

  /** An adapter names its base model; PEFT writes names on the Hub. */
  private void base(String model) {
    Path folder;
    try {
      folder = Path.of(model);
    } catch (InvalidPathException e) {
      return;
    }
    if (!LoraFolder.isAdapter(folder)) {
      return;
    }
    @Nullable String base = LoraFolder.baseName(folder);
    if (base != null && isName(base) && !Files.exists(folder.resolve(base))) {
      HubName name = HubName.parse(RepoType.MODEL, base);
      LoraFolder.baseStandsAt(base, client().snapshot(name, MODEL_FILES, progress()));
    }
  }

  /** The data of one command: where it stands, and under which split. */
  private final class HubData {
    private final Map<String, ?> values;
    private final @Nullable String config;
    private final List<Setting> here = new ArrayList<>();

    HubData(Map<String, ?> values, @Nullable String config) {
      this.values = values;
      this.config = config;
    }

    List<Setting> settings() {
      boolean named = false;
      for (String key : DATA) {
        if (values.get(key) instanceof String text && isName(text)) {
          named = true;
          put(key, "dataset_train_split", text);
        }
      }
      if (evaluates()) {
        @Nullable Object own = values.get("eval_dataset");
        @Nullable Object shared = values.get("dataset_name");
        if (own instanceof String text && isName(text)) {
          named = true;
          put("eval_dataset", "dataset_test_split", text);
        } else if (own == null && shared instanceof String text && isName(text)) {
          put("eval_dataset", "dataset_test_split", text);
        }
      }
      if (config != null && !named) {
        throw fault("dataset_config", "has no effect: dataset_name is a path");
      }
      return here;
    }

    private boolean evaluates() {
      String strategy = String.valueOf(values.get("eval_strategy")).toLowerCase(Locale.ROOT);
      // With dataset, eval_dataset names entries of dataset_info.json.
      boolean described = values.get("dataset") instanceof List<?> names && !names.isEmpty();
      return values.containsKey("eval_dataset") && !described && !strategy.equals("no");
    }

    /** A folder that holds one split alone is the split train to those who read it. */
    private void put(String key, String splitKey, String text) {
      String split = values.get(splitKey) instanceof String given ? given : "train";
      int bracket = split.indexOf('[');
      String name = bracket < 0 ? split : split.substring(0, bracket);
      DatasetFolder folder =
          DatasetFolder.download(
              client(),
              HubName.parse(RepoType.DATASET, text),
              !text.contains("@"),
              config,
              name.strip(),
              progress());
      here.add(setting(key, folder.path().toString()));
      if (folder.exact() && values.containsKey(splitKey)) {
        here.add(setting(splitKey, "train" + (bracket < 0 ? "" : split.substring(bracket))));
      }
    }
  }
}
