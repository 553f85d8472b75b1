/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs of every method of training with another value for one key, for the tests that no option is
 * ignored in silence.
 */
abstract class OptionRuns {
  /** Keys that name places, and those that change memory or speed and promise the same numbers. */
  private static final Map<String, String> NEUTRAL = NeutralOptions.REASONS;

  /** A value other than the default or that of {@link #base} for every other key. */
  private static final Map<String, String> FLIPS = OptionFlips.all();

  /** Settings in which a key has an effect that it lacks, and is refused, in the base run. */
  private static final Map<String, Map<String, String>> SETTINGS = OptionSettings.all();

  /**
   * Keys whose effect in their setting is on memory and speed alone: packs that fit hold the same
   * tokens, and only for kto does the batch decide the KL.
   */
  private static final Set<String> SAME_NUMBERS =
      Set.of(
          "dpo per_device_eval_batch_size",
          "reward per_device_eval_batch_size",
          "sft per_device_eval_batch_size",
          "sft eval_packing");

  /** Methods that train on answers which the model gives, here judged by a reward model. */
  private static final Set<String> ANSWERING = Set.of("grpo", "rloo", "online_dpo", "ppo");

  /** Other values for ppo, whose three short rollouts are judged by a reward model as well. */
  private static final Map<String, String> PPO_VALUES =
      Map.of("reward_funcs", "brevity_reward", "early_stopping_patience", "1");

  /** Keys that act only where a run or its data have what they speak of. */
  private static final Set<String> ON_SOME_DATA =
      Set.of(
          "displacement_limit",
          "drop_media_rows",
          "drop_differing_histories",
          "truncation_mode",
          "bos_token",
          "grpo loss_type",
          "online_dpo ld_alpha");

  /** Keys that a method refuses in every setting. */
  private static final Set<String> REFUSED =
      Set.of(
          "kto truncation_mode",
          "grpo truncation_mode",
          "rloo truncation_mode",
          "online_dpo truncation_mode",
          "ppo truncation_mode",
          "ppo max_completion_length",
          "ppo disable_dropout",
          "ppo lora_dropout",
          "reward truncation_mode",
          "reward log_completions",
          "reward log_completions_prompts",
          "reward log_completions_max_new_tokens",
          "reward log_completions_file");

  @TempDir static Path folder;
  private static Path model = Path.of("");
  private static Path otherModel = Path.of("");
  private static Path reward = Path.of("");
  private static final Map<String, Path> DATA = new HashMap<>();
  private static final Map<String, String> LEFT = new HashMap<>();
  private static int runs;

  private static void writeOtherData() throws IOException {
    DATA.put(
        "TEMPLATE",
        Files.writeString(
            folder.resolve("other.jinja"), "{% for m in messages %}{{ m.role }}{% endfor %}"));
    String pairs =
        """
        {"prompt": "Human: a lantern\\n\\nAssistant:", "chosen": " in the window", "rejected": " no"}
        {"prompt": "Human: a window\\n\\nAssistant:", "chosen": " lantern", "rejected": " idea"}
        {"prompt": "Human: the house\\n\\nAssistant:", "chosen": " same", "rejected": " ever"}
        """;
    DATA.put("TWO_FORMS", Files.writeString(folder.resolve("forms.jsonl"), pairs));
    String ranked =
        """
        {"prompt": "a lantern", "responses": [" in the window", " no idea", " ever"], "scores": [9, 1, 5]}
        {"prompt": "a window", "responses": [" with a lantern", " really", " same"], "scores": [2, 1, 3]}
        {"prompt": "the house", "responses": [" window", " lantern", " somewhere"], "scores": [4, 8, 6]}
        """;
    DATA.put("RANKED", Files.writeString(folder.resolve("ranked.jsonl"), ranked));
    String media =
        """
        {"prompt": "a lantern", "chosen": " in the window", "rejected": " no idea", "image": null}
        {"prompt": "a window", "chosen": " with a lantern", "rejected": " ever", "image": "a.png"}
        {"prompt": "the house", "chosen": " window", "rejected": " lantern"}
        """;
    DATA.put("MEDIA", Files.writeString(folder.resolve("media.jsonl"), media));
    DATA.put(
        "HISTORIES", Files.writeString(folder.resolve("histories.jsonl"), OptionFlips.histories()));
    for (String name : List.of("DIR", "DIR2")) {
      Path place = Files.createDirectories(folder.resolve(name));
      DATA.put(name, place);
      String info =
          """
          {"one": {"file_name": "one.jsonl", "ranking": true, "columns": COLUMNS},
           "two": {"file_name": "../forms.jsonl", "ranking": true, "columns": COLUMNS}}
          """;
      String columns =
          "{\"prompt\": \"prompt\", \"chosen\": \"chosen\", \"rejected\": \"rejected\"}";
      Files.writeString(place.resolve("dataset_info.json"), info.replace("COLUMNS", columns));
      String rows =
          """
          {"prompt": "the lantern", "chosen": " window", "rejected": " house"}
          {"prompt": "NAME", "chosen": " in the house", "rejected": " as ever"}
          """;
      Files.writeString(place.resolve("one.jsonl"), rows.replace("NAME", name));
    }
  }

  /** A placeholder stands for data that are written before the tests. */
  private static String resolve(String method, String given) {
    String name = given.equals("DATA") ? method : given;
    return DATA.containsKey(name) ? String.valueOf(DATA.get(name)) : given;
  }

  @BeforeAll
  static void writeModelsAndData() throws IOException {
    LEFT.clear(); // Two classes may run in one JVM, each in a folder of its own.
    DATA.clear();
    model = TinyModel.write(folder.resolve("a"));
    otherModel = TinyModel.write(folder.resolve("b"), 2);
    String pairs =
        """
        {"prompt": "a lantern", "chosen": " in the window of the house", "rejected": " somewhere"}
        {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea at all, really"}
        {"prompt": "窗边", "chosen": "的灯笼", "rejected": "随便"}
        {"prompt": "same", "chosen": " as ever", "rejected": " as ever"}
        {"prompt": "灯笼", "chosen": "在窗边", "rejected": "没听过，也不想知道"}
        """;
    DATA.put("dpo", Files.writeString(folder.resolve("pairs.jsonl"), pairs));
    DATA.put("sft", DATA.get("dpo"));
    DATA.put("reward", DATA.get("dpo"));
    String answers =
        """
        {"prompt": "a lantern", "completion": " in the window of the house", "label": true}
        {"prompt": "a window", "completion": " no idea at all, really", "label": false}
        {"prompt": "窗边", "completion": "的灯笼", "label": true}
        {"prompt": "same", "completion": " as ever", "label": false}
        {"prompt": "灯笼", "completion": "在窗边", "label": true}
        """;
    ANSWERING.forEach(method -> DATA.put(method, DATA.get("dpo")));
    reward = PpoCommandTest.rewardModel(model, folder.resolve("reward"));
    DATA.put("CRITIC", PpoCommandTest.rewardModel(otherModel, folder.resolve("critic")));
    DATA.put("kto", Files.writeString(folder.resolve("answers.jsonl"), answers));
    writeOtherData();
  }

  static Map<String, String> base(String method) {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("model_name_or_path", model.toString());
    flags.put("dataset_name", String.valueOf(DATA.get(method)));
    flags.put("per_device_train_batch_size", "2");
    flags.put("num_train_epochs", "1");
    flags.put("learning_rate", "1e-3");
    flags.put("logging_steps", "2");
    flags.put("train_sampling_strategy", "random");
    flags.put("save_strategy", "no");
    if (ANSWERING.contains(method)) {
      flags.put("reward_model_name_or_path", reward.toString());
      flags.put(method.equals("ppo") ? "response_length" : "max_completion_length", "6");
    }
    if (method.equals("grpo") || method.equals("rloo")) {
      flags.put("num_generations", "2");
      flags.put("beta", "0.1");
    }
    return flags;
  }

  private static String value(String method, String key) {
    String flip = String.valueOf(FLIPS.get(key));
    if (!resolve(method, flip).equals(flip)) {
      return resolve(method, flip);
    } else if (key.equals("loss_type")) {
      return Map.of(
              "dpo",
              "hinge",
              "online_dpo",
              "hinge",
              "sft",
              "dft",
              "kto",
              "apo_zero_unpaired",
              "grpo",
              "dr_grpo")
          .get(method);
    }
    if (key.equals("lora_modules_to_save") && method.equals("reward")) {
      return "embed_tokens"; // its head is no lm_head
    }
    if (method.equals("ppo") && PPO_VALUES.containsKey(key)) {
      return PPO_VALUES.get(key);
    }
    if (key.equals("disable_dropout")) {
      return String.valueOf(method.equals("sft"));
    }
    return flip.equals("OTHER") ? otherModel.toString() : flip;
  }

  /** What a run leaves behind: log, warnings, names of the files; null if it was refused. */
  static @Nullable String run(String method, Map<String, String> flags) {
    Path output = folder.resolve("run" + runs++);
    List<String> arguments = new ArrayList<>(List.of(method, "--output_dir=" + output));
    flags.forEach((key, value) -> arguments.add("--" + key + "=" + value));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    if (code == ExitCode.USAGE.code() || code == ExitCode.DATA.code()) {
      return null;
    }
    assertThat(code).as("%s%n%s", arguments, console.err()).isZero();
    try (Stream<Path> files = Files.walk(output)) {
      StringBuilder left = new StringBuilder(Files.readString(output.resolve("metrics.jsonl")));
      console.err().lines().filter(line -> line.startsWith("warning")).forEach(left::append);
      files.map(file -> output.relativize(file).toString()).sorted().forEach(left::append);
      Path answers = output.resolve("completions.jsonl");
      left.append(Files.exists(answers) ? Files.readString(answers) : "");
      Path model = output.resolve("model.safetensors");
      Path adapter = output.resolve("adapter_model.safetensors");
      byte[] weights = Files.readAllBytes(Files.exists(adapter) ? adapter : model);
      Path averaged = output.resolve("bema/model.safetensors");
      if (Files.exists(averaged)) {
        left.append(Arrays.hashCode(Files.readAllBytes(averaged)));
      }
      return left.append(Arrays.hashCode(weights)).toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static @Nullable String runOnce(String method, Map<String, String> flags) {
    return LEFT.computeIfAbsent(method + flags, absent -> String.valueOf(run(method, flags)));
  }

  static Stream<DynamicTest> everyKey(String method, Binder<?> binder) {
    return binder.keys().stream()
        .map(Key::name)
        .filter(key -> !NEUTRAL.containsKey(key))
        .map(key -> DynamicTest.dynamicTest(method + " --" + key, () -> check(method, key)));
  }

  private static void check(String method, String key) {
    assertThat(FLIPS).as("a new option needs another value here").containsKey(key);
    Map<String, String> base = base(method);
    Map<String, String> flipped = new LinkedHashMap<>(base);
    flipped.put(key, value(method, key));
    if (REFUSED.contains(method + " " + key)) {
      assertThat(run(method, flipped)).isNull();
      return;
    }
    // Answers of ppo end with the token, which six draws of random weights do not hit.
    boolean onSomeData =
        ON_SOME_DATA.contains(key)
            || ON_SOME_DATA.contains(method + " " + key)
            || (method.equals("ppo") && key.equals("eos_token"));
    if (!onSomeData) {
      assertThat(run(method, flipped)).isNotEqualTo(runOnce(method, base));
    }
    String own = method + " " + key;
    Map<String, String> added = SETTINGS.getOrDefault(own, SETTINGS.getOrDefault(key, Map.of()));
    if (!added.isEmpty()) {
      checkInItsSetting(method, key, added);
    }
  }

  private static void checkInItsSetting(String method, String key, Map<String, String> added) {
    Map<String, String> setting = base(method);
    added.forEach((name, given) -> setting.put(name, resolve(method, given)));
    setting.values().removeIf("NONE"::equals);
    if (method.equals("ppo")) {
      setting.replace("greater_is_better", "false"); // its loss rises here
    }
    Map<String, String> flipped = new LinkedHashMap<>(setting);
    flipped.put(key, value(method, key));
    String before = key.equals("sync_ref_model") ? "" : runOnce(method, setting);
    String after = run(method, flipped);
    assertThat(after).as("%s is taken in %s", key, setting).isNotNull();
    if (SAME_NUMBERS.contains(method + " " + key)) {
      assertThat(after).isEqualTo(before);
    } else {
      assertThat(after).isNotEqualTo(before).isNotEqualTo(runOnce(method, base(method)));
    }
  }
}
