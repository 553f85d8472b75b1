/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Which modules have an adapter, and of which rank and alpha, by the rules of PEFT.
 *
 * <p>A module is called by its whole name, such as {@code model.layers.0.self_attn.q_proj}. A name
 * of a list means the modules that are called so or whose name ends in it behind a dot; a pattern
 * is a regular expression for the whole name. Of ranks and alphas, the first pattern that fits the
 * name, or its end behind a dot, decides.
 *
 * @param modules names of the modules; empty where there is a pattern
 * @param pattern a regular expression instead of names; null where there are names
 * @param excluded names of modules that have none all the same
 * @param excludedPattern a regular expression instead of those names; null where there is none
 * @param layers the layers whose modules have one; empty for all. A pattern is not narrowed by it
 * @param layersPatterns what stands before the number of a layer in a name; empty for anything
 * @param ranks ranks other than that of the adapter, by patterns
 * @param alphas alphas other than that of the adapter, by patterns
 */
public record LoraTargets(
    List<String> modules,
    @Nullable String pattern,
    List<String> excluded,
    @Nullable String excludedPattern,
    List<Integer> layers,
    List<String> layersPatterns,
    Map<String, Integer> ranks,
    Map<String, Double> alphas) {
  /** What PEFT doubles where gate and way up of experts, once two layers, are one parameter. */
  static final String DOUBLED = ".*\\.gate_up_proj";

  private static final String ANY_LAYER = "[^.]*";

  public LoraTargets {
    modules = List.copyOf(new TreeSet<>(modules));
    excluded = List.copyOf(new TreeSet<>(excluded));
    layers = List.copyOf(new TreeSet<>(layers));
    layersPatterns = List.copyOf(layersPatterns);
    // The order decides which pattern comes first.
    ranks = Collections.unmodifiableMap(new LinkedHashMap<>(ranks));
    alphas = Collections.unmodifiableMap(new LinkedHashMap<>(alphas));
  }

  /** Modules by their names, in all layers, of one rank. */
  public static LoraTargets of(Collection<String> modules) {
    return new LoraTargets(
        List.copyOf(modules), null, List.of(), null, List.of(), List.of(), Map.of(), Map.of());
  }

  /** The same modules by other names. */
  LoraTargets withModules(Collection<String> names) {
    return new LoraTargets(
        List.copyOf(names), null, excluded, excludedPattern, layers, layersPatterns, ranks, alphas);
  }

  /**
   * The same with twice the rank and twice the alpha for gate and way up of experts, as PEFT gives
   * them where both were asked for as layers. Patterns that are there already come first.
   */
  public LoraTargets withDoubledGateUp(int r, double alpha) {
    Map<String, Integer> moreRanks = new LinkedHashMap<>(ranks);
    moreRanks.putIfAbsent(DOUBLED, 2 * r);
    Map<String, Double> moreAlphas = new LinkedHashMap<>(alphas);
    moreAlphas.putIfAbsent(DOUBLED, 2 * alpha);
    return new LoraTargets(
        modules, pattern, excluded, excludedPattern, layers, layersPatterns, moreRanks, moreAlphas);
  }

  /** The same without what is excluded. */
  LoraTargets notExcluding() {
    return new LoraTargets(
        modules, pattern, List.of(), null, layers, layersPatterns, ranks, alphas);
  }

  /** Whether it excludes modules. */
  boolean excludes() {
    return !excluded.isEmpty() || excludedPattern != null;
  }

  /** Whether it names no module at all. */
  boolean isEmpty() {
    return modules.isEmpty() && pattern == null;
  }

  /** Whether all modules of a name are alike in all layers. */
  boolean isPlain() {
    return pattern == null
        && excluded.isEmpty()
        && excludedPattern == null
        && layers.isEmpty()
        && ranks.isEmpty()
        && alphas.isEmpty();
  }

  /** Whether a module has an adapter. */
  boolean contains(String key) {
    if (excludedPattern == null ? isNamed(excluded, key) : matches(excludedPattern, key)) {
      return false;
    }
    if (pattern != null) {
      return matches(pattern, key);
    }
    return modules.contains(key) || (isNamed(modules, key) && isInLayers(key));
  }

  /** Whether one of the names means a module. */
  static boolean isNamed(Collection<String> names, String key) {
    return names.stream().anyMatch(name -> key.equals(name) || key.endsWith("." + name));
  }

  private boolean isInLayers(String key) {
    if (layers.isEmpty()) {
      return true;
    }
    if (layersPatterns.isEmpty()) {
      return isInLayers(".*?\\." + ANY_LAYER, key);
    }
    return layersPatterns.stream().anyMatch(name -> isInLayers("(?:^|.*?\\.)" + inJava(name), key));
  }

  private boolean isInLayers(String before, String key) {
    Matcher matcher = Pattern.compile(before + "\\.(?<layerNumber>\\d+)\\.").matcher(key);
    return matcher.lookingAt() && layers.contains(Integer.parseInt(matcher.group("layerNumber")));
  }

  /** The rank of a module or parameter. */
  int rank(String key, int usual) {
    return first(ranks, key, usual);
  }

  /** The alpha of a module or parameter. */
  double alpha(String key, double usual) {
    return first(alphas, key, usual);
  }

  private static <T> T first(Map<String, T> patterns, String key, T usual) {
    for (Map.Entry<String, T> entry : patterns.entrySet()) {
      if (fits(entry.getKey(), key)) {
        return entry.getValue();
      }
    }
    return usual;
  }

  /** Whether a pattern of ranks or alphas fits a name, or its end behind a dot. */
  static boolean fits(String pattern, String key) {
    return matches("(.*\\.)?(" + pattern + ")", key);
  }

  private static boolean matches(String pattern, String key) {
    return Pattern.matches(inJava(pattern), key);
  }

  /** What of a regular expression of Python Java writes otherwise. */
  private static String inJava(String pattern) {
    return pattern.replace("(?P<", "(?<").replace("\\Z", "\\z");
  }

  /** Whether a text is more than a name: a regular expression. */
  public static boolean isPattern(String text) {
    return !text.matches("[\\w.-]+");
  }

  /** Says what is wrong with a regular expression; null where nothing is. */
  public static @Nullable String fault(String pattern) {
    try {
      Pattern.compile(inJava(pattern));
      return null;
    } catch (PatternSyntaxException e) {
      return "is no regular expression: " + e.getDescription();
    }
  }

  /** Whether modules to save exclude a module, of whose name they are a part. */
  static boolean isPartOf(Set<String> saved, String key) {
    return saved.stream()
        .anyMatch(name -> matches("(^|.*\\.)" + Pattern.quote(name) + "($|\\..*)", key));
  }

  /** What differs from the same adapter on all layers, as words; empty where nothing does. */
  String describe() {
    StringBuilder text = new StringBuilder();
    if (!layers.isEmpty()) {
      text.append(" in layers ").append(layers);
    }
    if (!excluded.isEmpty() || excludedPattern != null) {
      text.append(" without ").append(excludedPattern == null ? excluded : excludedPattern);
    }
    if (!ranks.isEmpty()) {
      text.append("; ranks ").append(ranks);
    }
    if (!alphas.isEmpty()) {
      text.append("; alphas ").append(alphas);
    }
    return text.toString();
  }
}
