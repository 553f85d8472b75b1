/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads configurations from YAML, as the option {@code --config} of the commands does. */
final class ConfigYaml {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigYaml.class);

  private ConfigYaml() {}

  static <C extends Record> C read(Path file, Binder<C> binder) {
    return bind(YamlSource.read(file), binder);
  }

  static <C extends Record> C parse(String yaml, Class<C> type, Binder<C> binder) {
    return bind(YamlSource.parse(yaml, type.getSimpleName() + ".of"), binder);
  }

  /** Keys of other tools become ours; what became of each is logged. */
  private static <C extends Record> C bind(List<Setting> settings, Binder<C> binder) {
    Bound<C> bound = binder.bind(settings, List.<Setting>of());
    bound.notes().forEach(note -> LOG.info("{}", note));
    return bound.value();
  }
}
