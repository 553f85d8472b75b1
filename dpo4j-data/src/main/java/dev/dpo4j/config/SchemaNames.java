/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.dialect.KeyNames;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The names of a schema, and of keys that are read beside it. */
final class SchemaNames implements KeyNames {
  private final Schema<?> schema;
  private final Map<String, Key> further = new LinkedHashMap<>();

  SchemaNames(Schema<?> schema, Collection<Key> further) {
    this.schema = schema;
    for (Key key : further) {
      this.further.put(key.name(), key);
      key.aliases().forEach(alias -> this.further.put(alias, key));
    }
  }

  private @Nullable Key find(String name) {
    @Nullable Key key = schema.find(name);
    return key == null ? further.get(name.replace('-', '_')) : key;
  }

  @Override
  public Set<String> all() {
    Set<String> names = new TreeSet<>(schema.names());
    names.addAll(further.keySet());
    return names;
  }

  @Override
  public boolean isKnown(String name) {
    return find(name) != null;
  }

  @Override
  public boolean isBoolean(String name) {
    @Nullable Key key = find(name);
    return key != null && key.isBoolean();
  }
}
