/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where data sets of the Hub stand on this machine, which {@code dataset_info.json} names by {@code
 * hf_hub_url}. Who can download says so before the data are read.
 */
public final class RemoteDatasets {
  private static final Map<Remote, Place> PLACES = new ConcurrentHashMap<>();

  /**
   * A data set on the Hub.
   *
   * @param name its name, with a revision behind an at sign where one is asked for
   * @param config its configuration, empty for the usual one
   * @param folder the folder of its files within it, empty for all
   * @param split the split, with slicing
   */
  public record Remote(String name, String config, String folder, String split) {}

  /** A folder, and whether it holds nothing but the split. */
  private record Place(Path folder, boolean exact) {}

  private RemoteDatasets() {}

  /** Returns the data sets of the Hub that entries of a {@code dataset_info.json} name. */
  public static List<Remote> of(Path datasetDir, List<String> names) {
    return DatasetInfo.remotes(datasetDir, names);
  }

  /**
   * Says where a data set stands.
   *
   * @param exact whether the folder holds the files of the split and nothing else
   */
  public static void standsAt(Remote remote, Path folder, boolean exact) {
    PLACES.put(remote, new Place(folder, exact));
  }

  /** Returns where a data set stands; empty where nobody has said so. */
  static String placeOf(Remote remote) {
    @Nullable Place place = PLACES.get(remote);
    return place == null ? "" : place.folder().resolve(remote.folder()).toString();
  }

  static boolean isExact(Remote remote) {
    @Nullable Place place = PLACES.get(remote);
    return place != null && place.exact();
  }
}
