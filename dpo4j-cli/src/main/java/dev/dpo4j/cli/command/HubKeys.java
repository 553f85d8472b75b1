/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command is told about the Hub: keys of TRL and transformers that concern the command line
 * alone, so that no configuration of a run holds them.
 *
 * @param source which revision and which part is taken
 * @param push whether and where the result is uploaded, null where the command cannot
 */
public record HubKeys(HubSourceOptions source, @Nullable HubPushOptions push) {
  /** Nothing was said. */
  static final HubKeys NONE = new HubKeys(new HubSourceOptions("main", null), null);

  private static final Binder<HubSourceOptions> SOURCE = Binder.of(HubSourceOptions.class);
  private static final Binder<HubPushOptions> PUSH = Binder.of(HubPushOptions.class);

  /** Commands that take a model or data by one of these keys may take it from the Hub. */
  private static boolean hasSource(List<String> keys) {
    return keys.contains("model_name_or_path");
  }

  /** Binds the keys of the Hub. */
  static HubKeys bind(List<String> own, boolean uploads, CommandKeys.Binding binding) {
    HubSourceOptions source = hasSource(own) ? binding.take(SOURCE, NONE.source()) : NONE.source();
    return new HubKeys(source, uploads ? binding.take(PUSH, HubPushOptions.NONE) : null);
  }

  /** Returns the keys of a command that trains. */
  public static List<Key> keys() {
    List<Key> keys = new ArrayList<>(SOURCE.keys());
    keys.addAll(PUSH.keys());
    return keys;
  }

  /** Returns the keys that a command takes beside its own. */
  public static List<Key> keys(List<String> own, boolean uploads) {
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
