/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What somebody has filled in, as the command would understand it.
 *
 * @param method the command
 * @param name the name of the run, which is that of its folder
 * @param yaml the configuration as a file
 * @param arguments the same as flags, behind the name of the program
 * @param faults what is wrong; with any of them there is no configuration
 */
public record RunDraft(
    RunMethod method, String name, String yaml, List<String> arguments, List<Fault> faults) {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} ._+=-]{0,99}");

  public RunDraft {
    arguments = List.copyOf(arguments);
    faults = List.copyOf(faults);
  }

  /** Whether a text can be the name of a run: one folder, not hidden, and never a way out. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches() && !text.endsWith(" ") && !text.endsWith(".");
  }

  /**
   * Reads a form.
   *
   * @param root the folder in which the run gets its own
   * @param values texts by key; an empty one is not given
   */
  public static RunDraft of(RunMethod method, Path root, String name, Map<String, String> values) {
    List<Fault> faults = new ArrayList<>();
    Map<String, String> given = new LinkedHashMap<>();
    Set<String> known = method.fields().stream().map(Key::name).collect(Collectors.toSet());
    values.forEach(
        (key, value) -> {
          if (!known.contains(key)) {
            faults.add(new Fault(key, "", "is no field of this form"));
          } else if (!value.isBlank()) {
            given.put(key, value.strip());
          }
        });
    if (isName(name)) {
      given.put(RunMethod.OUTPUT, root.resolve(name).toString());
    } else {
      faults.add(
          new Fault(
              RunMethod.OUTPUT,
              "",
              "must be a name of letters, digits and . _ + = - for the folder of the run"));
    }
    return draft(method, name, given, faults);
  }

  private static RunDraft draft(
      RunMethod method, String name, Map<String, String> given, List<Fault> faults) {
    List<String> flags = new ArrayList<>();
    given.forEach((key, value) -> flags.add("--" + key + "=" + value));
    String yaml = "";
    try {
      yaml = yaml(method.binder(), required(method, given), FlagSource.parse(flags));
    } catch (ConfigException e) {
      faults.addAll(e.faults());
    }
    List<String> arguments = new ArrayList<>(List.of(method.command()));
    given.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    return new RunDraft(method, name, faults.isEmpty() ? yaml : "", arguments, faults);
  }

  /** The files may be named by other keys as well. */
  private static List<String> required(RunMethod method, Map<String, String> given) {
    boolean named = given.containsKey("dataset") || given.containsKey("dataset_mixture");
    return method.required().stream()
        .filter(key -> !(named && key.equals("dataset_name")))
        // A name that cannot be is a fault already.
        .filter(key -> !key.equals(RunMethod.OUTPUT))
        .toList();
  }

  private static <T extends Record> String yaml(
      Binder<T> binder, List<String> required, List<Setting> settings) {
    T config = binder.bind(required, List.of(settings)).value();
    Set<String> named = settings.stream().map(Setting::key).collect(Collectors.toSet());
    return binder.toYaml(config, named);
  }
}
