/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Value;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of a sweep with their values, and the combinations of them. */
final class SweepSpace {
  private static final Pattern RANGE = Pattern.compile("(log|uniform):([^:]+):([^:]+)");
  private static final MathContext DIGITS = new MathContext(3);

  /** Draws that may repeat an earlier one before the space counts as exhausted. */
  private static final int REPEATS = 1000;

  private final Map<String, List<String>> axes;

  private SweepSpace(Map<String, List<String>> axes) {
    this.axes = axes;
  }

  /**
   * Reads what was written as {@code sweep}.
   *
   * @throws ConfigException if it is no map of keys to values
   */
  static SweepSpace of(@Nullable Value written) {
    Map<String, List<String>> axes = new LinkedHashMap<>();
    if (written instanceof Value.Mapping map) {
      map.entries()
          .forEach(
              (key, value) ->
                  add(
                      axes,
                      key,
                      value instanceof Value.Sequence list ? list.items() : List.of(value)));
    } else if (written instanceof Value.Sequence list) {
      list.items().forEach(item -> addWritten(axes, item));
    } else if (written != null) {
      addWritten(axes, written);
    }
    if (axes.isEmpty()) {
      throw fault("names no key: write beta=0.01,0.1,1 learning_rate=5e-7,5e-6");
    }
    axes.forEach(
        (key, values) -> {
          if (values.size() != new LinkedHashSet<>(values).size()) {
            throw fault("has a value of " + key + " twice: " + String.join(", ", values));
          }
        });
    return new SweepSpace(axes);
  }

  /** Takes {@code key=a,b,c}, or a map in a list. */
  private static void addWritten(Map<String, List<String>> axes, Value item) {
    if (item instanceof Value.Mapping map) {
      map.entries().forEach((key, value) -> add(axes, key, List.of(value)));
      return;
    }
    String text = item instanceof Value.Scalar scalar ? scalar.text() : item.describe();
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw fault("expected key=value,value and so on, found \"" + text + "\"");
    }
    List<Value> values = new ArrayList<>();
    for (String part : text.substring(equals + 1).split(",", -1)) {
      values.add(new Value.Scalar(part.strip(), Value.Kind.FLAG));
    }
    add(axes, text.substring(0, equals), values);
  }

  private static void add(Map<String, List<String>> axes, String key, List<Value> values) {
    String name = key.strip().replaceFirst("^--", "").replace('-', '_');
    List<String> texts = new ArrayList<>();
    for (Value value : values) {
      texts.add(value instanceof Value.Scalar scalar ? scalar.text() : flow(value));
    }
    if (name.equals("seed") || name.equals("output_dir")) {
      throw fault(
          "cannot vary " + name + (name.equals("seed") ? ": sweep_seeds does" : ": it is made"));
    }
    if (texts.isEmpty() || texts.contains("")) {
      throw fault("names no value of " + name);
    }
    if (axes.put(name, texts) != null) {
      throw fault("names " + name + " twice");
    }
  }

  private static String flow(Value value) {
    return value instanceof Value.Sequence list
        ? "["
            + String.join(
                ", ",
                list.items().stream()
                    .map(item -> item instanceof Value.Scalar one ? one.text() : item.describe())
                    .toList())
            + "]"
        : value.describe();
  }

  private static ConfigException fault(String message) {
    return new ConfigException(new Fault("sweep", "", message));
  }

  /** The keys that are varied. */
  Set<String> keys() {
    return axes.keySet();
  }

  /** Every combination, the last key changing first. */
  List<Map<String, String>> grid() {
    List<Map<String, String>> points = List.of(Map.of());
    for (Map.Entry<String, List<String>> axis : axes.entrySet()) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> point : points) {
        for (String value : axis.getValue()) {
          if (RANGE.matcher(value).matches()) {
            throw fault(
                "has a range for "
                    + axis.getKey()
                    + ", of which there is no grid: list values, or set sweep_trials and"
                    + " sweep_strategy random or halving");
          }
          Map<String, String> more = new LinkedHashMap<>(point);
          more.put(axis.getKey(), value);
          longer.add(more);
        }
      }
      points = longer;
    }
    return points;
  }

  /** Different combinations that are drawn; fewer where there are no more. */
  List<Map<String, String>> random(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Set<Map<String, String>> points = new LinkedHashSet<>();
    for (int tries = 0; points.size() < count && tries < count + REPEATS; tries++) {
      Map<String, String> point = new LinkedHashMap<>();
      axes.forEach(
          (key, values) ->
              point.put(key, draw(key, values.get(random.nextInt(values.size())), random)));
      points.add(point);
    }
    return new ArrayList<>(points);
  }

  private static String draw(String key, String value, SplittableRandom random) {
    Matcher range = RANGE.matcher(value);
    if (!range.matches()) {
      return value;
    }
    double low;
    double high;
    try {
      low = Double.parseDouble(range.group(2));
      high = Double.parseDouble(range.group(3));
    } catch (NumberFormatException e) {
      throw fault("has a range of " + key + " whose ends are no numbers: " + value);
    }
    boolean log = range.group(1).equals("log");
    if (!(low < high) || (log && low <= 0)) {
      throw fault(
          "has a range of "
              + key
              + " that is empty: "
              + value
              + (log ? "; log needs a low end above 0" : ""));
    }
    double share = random.nextDouble();
    double drawn =
        log ? Math.exp(Math.log(low) + share * Math.log(high / low)) : low + share * (high - low);
    return new BigDecimal(drawn).round(DIGITS).stripTrailingZeros().toString().replace("E", "e");
  }
}
