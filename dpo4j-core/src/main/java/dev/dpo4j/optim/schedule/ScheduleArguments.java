/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@code lr_scheduler_kwargs} says of a schedule, under transformers' names.
 *
 * @param values numbers and words as they were written
 */
public record ScheduleArguments(Map<String, String> values) {
  /** No arguments: the schedule has its defaults. */
  public static final ScheduleArguments NONE = new ScheduleArguments(Map.of());

  private static final Set<String> COUNTS =
      Set.of(
          "num_decay_steps",
          "num_stable_steps",
          "patience",
          "cooldown",
          "warmup",
          "timescale",
          "window_size",
          "reset_start");

  private static final Map<String, Set<String>> WORDS =
      Map.of(
          "warmup_type", Set.of("linear", "cosine", "1-sqrt"),
          "decay_type", Set.of("linear", "cosine", "1-sqrt"),
          "mode", Set.of("min", "max"),
          "threshold_mode", Set.of("rel", "abs"),
          "smooth", Set.of("true", "false"));

  public ScheduleArguments {
    values = Map.copyOf(values);
  }

  /** The arguments that a schedule takes. */
  static Set<String> names(LrSchedulerType type) {
    String names =
        switch (type) {
          case CONSTANT, CONSTANT_WITH_WARMUP, LINEAR -> "";
          case COSINE, COSINE_WITH_RESTARTS -> "num_cycles";
          case COSINE_WITH_MIN_LR -> "num_cycles min_lr min_lr_rate";
          case COSINE_WARMUP_WITH_MIN_LR -> "num_cycles min_lr min_lr_rate warmup_lr_rate";
          case POLYNOMIAL -> "lr_end power";
          case INVERSE_SQRT -> "timescale";
          case WARMUP_STABLE_DECAY ->
              "num_decay_steps num_stable_steps warmup_type decay_type min_lr_ratio num_cycles";
          case REDUCE_LR_ON_PLATEAU ->
              "mode factor patience threshold threshold_mode cooldown min_lr eps";
          case GREEDY ->
              "mode factor patience threshold threshold_mode cooldown warmup min_lr max_lr eps"
                  + " smooth window_size reset_start";
        };
    return names.isEmpty() ? Set.of() : new TreeSet<>(List.of(names.split(" ")));
  }

  /** Returns what is wrong with the arguments for a schedule, in words. */
  List<String> faults(LrSchedulerType type) {
    Set<String> names = names(type);
    List<String> faults = new ArrayList<>();
    new TreeMap<>(values)
        .forEach(
            (name, value) -> {
              if (!names.contains(name)) {
                faults.add(
                    "%s has no effect with lr_scheduler_type %s, which takes %s"
                        .formatted(
                            name, type.configName(), names.isEmpty() ? "none" : names.toString()));
              } else {
                String expected = expected(type, name, value);
                if (expected != null) {
                  faults.add("%s must be %s but was %s".formatted(name, expected, value));
                }
              }
            });
    faults.addAll(missing(type));
    return faults;
  }

  private List<String> missing(LrSchedulerType type) {
    boolean least = names(type).contains("min_lr_rate");
    if (least && values.containsKey("min_lr") == values.containsKey("min_lr_rate")) {
      return List.of(
          "must hold either min_lr or min_lr_rate for lr_scheduler_type %s, such as {\"min_lr_rate\": 0.1}"
              .formatted(type.configName()));
    } else if (type == LrSchedulerType.WARMUP_STABLE_DECAY
        && !values.containsKey("num_decay_steps")) {
      return List.of(
          "must hold num_decay_steps for lr_scheduler_type warmup_stable_decay, such as"
              + " {\"num_decay_steps\": 20}");
    } else if (values.containsKey("window_size") && !flag("smooth")) {
      return List.of("window_size has no effect unless smooth is true");
    }
    return List.of();
  }

  /** Returns what a value should have been, or null if it is that. */
  private static @Nullable String expected(LrSchedulerType type, String name, String value) {
    Set<String> words = WORDS.get(name);
    if (words != null) {
      return words.contains(value.toLowerCase(Locale.ROOT))
          ? null
          : "one of " + String.join(", ", new TreeSet<>(words));
    }
    double number;
    try {
      number = Double.parseDouble(value);
    } catch (NumberFormatException e) {
      return "a number";
    }
    boolean whole = number == Math.rint(number);
    if (!(number >= 0) || Double.isInfinite(number)) {
      return ">= 0";
    } else if (name.equals("factor")) {
      return number > 0 && number < 1 ? null : "between 0 and 1";
    } else if (name.equals("timescale") || name.equals("window_size")) {
      return whole && number >= 1 ? null : "a whole number of 1 or more";
    } else if (name.equals("num_cycles") && type == LrSchedulerType.COSINE_WITH_RESTARTS) {
      return whole && number >= 1 ? null : "a whole number of 1 or more";
    }
    return COUNTS.contains(name) && !whole ? "a whole number" : null;
  }

  /** The number of an argument, or another one where it is not given. */
  double number(String name, double otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : Double.parseDouble(value);
  }

  /** The word of an argument, or another one where it is not given. */
  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise).toLowerCase(Locale.ROOT);
  }

  boolean flag(String name) {
    return text(name, "false").equals("true");
  }
}
