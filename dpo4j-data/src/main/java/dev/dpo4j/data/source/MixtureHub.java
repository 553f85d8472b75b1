/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts folders in the places of names in a {@code dataset_mixture}. */
public final class MixtureHub {
  private MixtureHub() {}

  /** Finds the folder of a data set. */
  public interface Finder {
    /**
     * Returns where a data set stands; null where its id is a path.
     *
     * @param config its configuration, or null
     * @param split its split, without slicing
     */
    @Nullable Place find(String id, @Nullable String config, String split);
  }

  /**
   * A folder.
   *
   * @param folder its path
   * @param exact whether it holds the files of the split and nothing else
   */
  public record Place(String folder, boolean exact) {}

  /** Returns the mixture with folders; the same where it names nothing to find. */
  public static Value localise(Value mixture, Finder finder) {
    if (!(mixture instanceof Mapping map)) {
      return mixture;
    }
    Map<String, Value> entries = new LinkedHashMap<>(map.entries());
    for (String key : List.of("datasets", "test_datasets")) {
      if (entries.get(key) instanceof Sequence list) {
        List<Value> items = new ArrayList<>();
        list.items().forEach(item -> items.add(localised(item, finder)));
        entries.put(key, new Sequence(items));
      }
    }
    return new Mapping(entries);
  }

  private static Value localised(Value item, Finder finder) {
    if (!(item instanceof Mapping map) || !(map.entries().get("id") instanceof Scalar id)) {
      return item;
    }
    Map<String, Value> entries = new LinkedHashMap<>(map.entries());
    String split = text(entries.get("split"), "train");
    int bracket = split.indexOf('[');
    String name = bracket < 0 ? split : split.substring(0, bracket);
    String config = text(entries.get("config"), "");
    String revision = text(entries.get("revision"), "");
    String asked = revision.isEmpty() ? id.text() : id.text() + "@" + revision;
    @Nullable Place place = finder.find(asked, config.isEmpty() ? null : config, name.strip());
    if (place == null) {
      return item;
    }
    entries.put("id", new Scalar(place.folder(), Kind.TEXT));
    entries.remove("config");
    entries.remove("revision");
    if (place.exact()) {
      String slice = bracket < 0 ? "" : split.substring(bracket);
      entries.put("split", new Scalar("train" + slice, Kind.TEXT));
    }
    return new Mapping(entries);
  }

  private static String text(@Nullable Value value, String absent) {
    return value instanceof Scalar scalar && scalar.kind() != Kind.NULL ? scalar.text() : absent;
  }
}
