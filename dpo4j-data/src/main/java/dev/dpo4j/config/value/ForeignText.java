/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Refuses files that are no configuration of a run, each with what to do about it. */
final class ForeignText {
  // Each of these reads a line once: with a pattern that runs on over lines, or that can go back, a
  // file of a megabyte would take hours.
  private static final Pattern TAB = Pattern.compile("(?m)^ *+\\t[ \\t]*+\\S");
  private static final Pattern PYTHON = Pattern.compile("!!python/[\\w/.:]*");
  private static final Pattern MERGE = Pattern.compile("(?m)^[ \\t]*+<<[ \\t]*+:");
  private static final Pattern ANCHOR =
      Pattern.compile("(?m)^[^#'\"\n]*:[ \\t]++&[A-Za-z_][\\w-]*+(\\s|$)");
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\{[^}]{0,200}}|\\boc\\.env\\b[^ ]*");
  private static final Set<String> ACCELERATE =
      Set.of("compute_environment", "distributed_type", "machine_rank", "num_machines");
  private static final Set<String> DEEPSPEED =
      Set.of("zero_optimization", "train_micro_batch_size_per_gpu");

  private ForeignText() {}

  /** Reads the text of a file. */
  static List<Setting> read(String text, String name) {
    check(text, name);
    try {
      List<Setting> settings = YamlSource.parse(text, name);
      check(settings);
      return settings;
    } catch (ConfigException e) {
      // In a block of text a tab is no fault.
      refuse(text, name, TAB, "is indented with a tab, which YAML does not allow: use spaces");
      throw e;
    }
  }

  /** Looks at the text of a file before it is read as YAML. */
  private static void check(String text, String name) {
    String start = text.stripLeading();
    if (start.startsWith("{") || start.startsWith("[")) {
      boolean notebook = name.endsWith(".ipynb") || text.contains("\"nbformat\"");
      boolean engine = DEEPSPEED.stream().anyMatch(text::contains);
      throw fault(
          "",
          name,
          notebook
              ? "is a notebook, not a configuration: write its settings into a YAML file, one \"key: value\" a line"
              : engine
                  ? "is a configuration of DeepSpeed, which has no effect in one process: give the file of the run"
                  : "is JSON: expected YAML, one \"key: value\" a line without braces, quotes around keys and commas");
    }
    refuse(
        text,
        name,
        PYTHON,
        "has the tag FOUND, which would run Python: write the plain value instead");
    refuse(
        text,
        name,
        MERGE,
        "merges another map with <<, which is not supported: write its keys out");
    refuse(
        text,
        name,
        ANCHOR,
        "has an anchor (&name), which is not supported: write the value where it is needed");
  }

  private static void refuse(String text, String name, Pattern pattern, String message) {
    Matcher found = pattern.matcher(text);
    if (found.find()) {
      String before = text.substring(0, found.end() - 1);
      String line = before.substring(before.lastIndexOf('\n') + 1);
      boolean secret = !Secrets.maskLines(line).equals(line);
      throw fault(
          "",
          name + ":" + before.lines().count(),
          message.replace("FOUND", secret ? Secrets.HIDDEN : found.group().strip()));
    }
  }

  /** Looks at what was read. */
  private static void check(List<Setting> settings) {
    for (Setting setting : settings) {
      if (ACCELERATE.contains(setting.key())) {
        throw fault(
            setting.key(),
            setting.where(),
            "belongs to the configuration of accelerate launch, which says how processes are"
                + " started: give the file of the run, such as the one for trl dpo --config");
      }
      boolean template = setting.key().startsWith("chat_template");
      @Nullable String placeholder = template ? null : placeholder(setting.value());
      if (placeholder != null) {
        throw fault(
            setting.key(),
            setting.where(),
            "holds the placeholder %s, which is not filled in: write the value, or give it as --%s"
                .formatted(placeholder, setting.key()));
      }
    }
  }

  private static @Nullable String placeholder(Value value) {
    if (value instanceof Scalar scalar) {
      Matcher found = PLACEHOLDER.matcher(scalar.text());
      return found.find() ? found.group() : null;
    }
    List<Value> inner =
        value instanceof Sequence list
            ? list.items()
            : List.copyOf(((Mapping) value).entries().values());
    for (Value one : inner) {
      @Nullable String found = placeholder(one);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static ConfigException fault(String key, String where, String message) {
    return new ConfigException(new Fault(key, where, message));
  }
}
