/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.hub.HubClient;
import dev.dpo4j.hub.HubLogin;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoType;
import dev.dpo4j.model.lora.LoraFolder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns names on the Hugging Face Hub into folders here. A path that exists always wins; what is
 * neither a path nor can be a name is left to the command, which says that it is not there.
 */
public final class HubNames {
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

  /** Tokenizer and template of a model, without its weights. */
  private static final FileFilter TEXT_FILES =
      new FileFilter(
          List.of("*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt"),
          List.of("*.index.json", "*/*", "checkpoint-*/*"));

  private static final String TEMPLATE = "chat_template_path";

  private static final List<String> MODELS =
      List.of("model_name_or_path", "ref_model_name_or_path", "value_model_path", "model");

  private final Console console;
  private final Map<String, String> environment;
  private @Nullable HubClient client;

  public HubNames(Console console, Map<String, String> environment) {
    this.console = console;
    this.environment = Map.copyOf(environment);
  }

  /** The environment variables. */
  public Map<String, String> environment() {
    return environment;
  }

  /** Returns the client; the environment is read when it is first needed. */
  public HubClient client() {
    HubClient known = client;
    if (known == null) {
      Path home = Path.of(System.getProperty("user.home"));
      known = new HubClient(HubSettings.of(environment, home));
      client = known;
    }
    return known;
  }

  /** The token of this user. */
  public HubLogin login() {
    return new HubLogin(environment, Path.of(System.getProperty("user.home")));
  }

  /** Shows a transfer on stderr. */
  public HubListener progress() {
    return new HubProgress(console, client().settings().progress());
  }

  /** Whether a text names something on the Hub and nothing here. */
  public static boolean isName(String text) {
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
   * @param origins the places that decided about keys
   * @param keys what was said about the Hub
   * @return settings that put paths in the places of names
   */
  List<Setting> localise(Map<String, ?> values, Map<String, String> origins, HubKeys keys) {
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
    if (values.get(TEMPLATE) instanceof String text && !isTemplate(text) && isName(text)) {
      notHere(TEMPLATE, text);
      HubName name = HubName.parse(RepoType.MODEL, text);
      Path folder = client().snapshot(name, TEXT_FILES, progress());
      here.add(setting(TEMPLATE, folder.toString()));
    }
    if (!revised) {
      throw fault("model_revision", "has no effect: model_name_or_path is a path");
    }
    here.addAll(new HubData(this, values, origins, keys.source().datasetConfig()).settings());
    return here;
  }

  /** What ends so is a file, though it may not exist. */
  private static boolean isTemplate(String text) {
    return text.endsWith(".jinja") || text.endsWith(".j2");
  }

  private static Setting setting(String key, String value) {
    return new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "the Hub");
  }

  private static ConfigException fault(String key, String message) {
    return new ConfigException(new Fault(key, "", message));
  }

  /** What looks like a path and is none may be a mistake: the user hears where it comes from. */
  void notHere(String key, String text) {
    console
        .err()
        .println(key + ": there is no path " + text + " here, so it is taken from the Hub");
  }

  /** Returns the folder of a model, and sees to the base of an adapter. */
  private String model(String key, String text, String revision) {
    String path = text;
    if (isName(text)) {
      if (text.contains("@") && !revision.equals(HubName.MAIN)) {
        throw fault("model_revision", "is " + revision + ", but " + key + " is " + text);
      }
      notHere(key, text);
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
    } else if (base != null && !Path.of(base).equals(folder)) {
      base(base); // an adapter may be on another one
    }
  }
}
