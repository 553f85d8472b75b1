/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a command is told about the Hub: keys of TRL and transformers that concern the command line
 * alone, so that no configuration of a run holds them.
 *
 * @param source which revision and which part is taken
 * @param push whether and where the result is uploaded, null where the command cannot
 */
record HubKeys(HubSourceOptions source, @Nullable HubPushOptions push) {
  /** Nothing was said. */
  static final HubKeys NONE = new HubKeys(new HubSourceOptions("main", null), null);

  private static final Binder<HubSourceOptions> SOURCE = Binder.of(HubSourceOptions.class);
  private static final Binder<HubPushOptions> PUSH = Binder.of(HubPushOptions.class);

  /** Commands that take a model or data by one of these keys may take it from the Hub. */
  private static boolean hasSource(List<String> keys) {
    return keys.contains("model_name_or_path");
  }

  /**
   * Reads the keys and removes them from the settings.
   *
   * @param keys the keys of the command itself
   * @param uploads whether the command can upload
   * @param sources lists that can be changed, the weakest first
   */
  static HubKeys take(List<String> keys, boolean uploads, List<List<Setting>> sources) {
    HubSourceOptions source = hasSource(keys) ? take(SOURCE, keys, sources).value() : NONE.source();
    return new HubKeys(source, uploads ? take(PUSH, keys, sources).value() : null);
  }

  /** Takes the keys of a record out of the settings, but for those that the command has itself. */
  static <T extends Record> Bound<T> take(
      Binder<T> binder, List<String> keys, List<List<Setting>> sources) {
    Set<String> own = binder.keys().stream().map(Key::name).collect(Collectors.toSet());
    keys.forEach(own::remove);
    List<List<Setting>> taken = new ArrayList<>();
    for (List<Setting> source : sources) {
      List<Setting> some =
          source.stream().filter(setting -> own.contains(plain(setting.key()))).toList();
      source.removeAll(some);
      taken.add(some);
    }
    return binder.bind(List.of(), taken);
  }

  private static String plain(String key) {
    return key.replace('-', '_');
  }

  /** Returns the keys of a command that trains. */
  static List<Key> keys() {
    List<Key> keys = new ArrayList<>(SOURCE.keys());
    keys.addAll(PUSH.keys());
    return keys;
  }

  /** Returns the keys that a command takes beside its own. */
  static List<Key> keys(List<String> own, boolean uploads) {
    List<Key> keys = new ArrayList<>();
    if (hasSource(own)) {
      keys.addAll(SOURCE.keys());
    }
    if (uploads) {
      keys.addAll(PUSH.keys());
    }
    return keys;
  }

  /** Returns the help for the keys that a command takes. */
  static String help(List<String> keys, boolean uploads) {
    return (hasSource(keys) ? SOURCE.help() : "") + (uploads ? PUSH.help() : "");
  }
}
