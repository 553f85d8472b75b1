/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.form.DatasetEntry;
import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.Tags;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.dataformat.yaml.YAMLFactory;

/**
 * Reads descriptions of data sets as LLaMA-Factory has them: {@code dataset_info.json} in the
 * folder of the data, or the same as {@code dataset_info.yaml}.
 *
 * <p>Only the entries that are asked for are looked at, and in them every key: one that cannot be
 * honoured is an error.
 */
final class DatasetInfo {
  private static final int DEEPEST = 50;
  private static final YAMLFactory YAML =
      YAMLFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();

  static final List<String> FILE_NAMES =
      List.of("dataset_info.json", "dataset_info.yaml", "dataset_info.yml");

  private static final Set<String> KEYS =
      Set.of(
          "file_name",
          "file_sha1",
          "formatting",
          "ranking",
          "split",
          "columns",
          "tags",
          "num_samples",
          "hf_hub_url",
          "subset",
          "folder",
          "revision");
  private static final Set<String> FORMATTINGS = Set.of("alpaca", "sharegpt", "openai");
  private static final Set<String> COMMON =
      Set.of("system", "tools", "chosen", "rejected", "kto_tag");
  private static final Set<String> ALPACA = Set.of("prompt", "query", "response", "history");
  private static final Set<String> TAGS =
      Set.of(
          "role_tag",
          "content_tag",
          "user_tag",
          "assistant_tag",
          "observation_tag",
          "function_tag",
          "system_tag");

  /** Keys of LLaMA-Factory that have no counterpart here, and what to do. */
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry(
              "ms_hub_url",
              "data are read from files: download the data set, and give its file_name"),
          Map.entry(
              "om_hub_url",
              "data are read from files: download the data set, and give its file_name"),
          Map.entry("script_url", "no code of a data set is ever run: give a file_name"),
          Map.entry(
              "cloud_file_name", "data are read from files: download it, and give its file_name"));

  private final Path file;
  private final Map<?, ?> entries;
  private final List<Fault> faults = new ArrayList<>();

  private DatasetInfo(Path file, Map<?, ?> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** Finds the file in a folder. */
  static Path find(Path folder) {
    return FILE_NAMES.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    new Fault(
                        "dataset_dir",
                        "",
                        "%s has no %s, in which the names of dataset are looked up"
                            .formatted(folder, FILE_NAMES.get(0)))));
  }

  /**
   * Reads entries.
   *
   * @throws ConfigException with all faults of all of them
   */
  static List<DatasetEntry> read(Path folder, List<String> names) {
    Path file = find(folder);
    DatasetInfo info = new DatasetInfo(file, parse(file));
    List<DatasetEntry> found = new ArrayList<>();
    for (String name : names) {
      DatasetEntry entry = info.entry(name);
      if (entry != null) {
        found.add(entry);
      }
    }
    if (!info.faults.isEmpty()) {
      throw new ConfigException(info.faults);
    }
    return found;
  }

  private static Map<?, ?> parse(Path file) {
    try {
      Object value;
      if (file.toString().endsWith(".json")) {
        value = JsonRows.parse(SmallFile.readString(file));
      } else {
        String text = YamlSource.text(file);
        try (JsonParser parser = YAML.createParser(ObjectReadContext.empty(), text)) {
          value = parser.nextToken() == null ? Map.of() : JsonRows.value(parser, 0);
        }
      }
      if (value instanceof Map<?, ?> map) {
        return map;
      }
      throw new RowFault("must be an object of data sets by name but is " + Columns.kind(value));
    } catch (RowFault e) {
      throw new ConfigException(new Fault("dataset_dir", "", file + " " + e.text()));
    } catch (JacksonException e) {
      String what = file + " is not YAML: " + JsonRows.describe(e);
      throw new ConfigException(new Fault("dataset_dir", "", what));
    } catch (IOException e) {
      throw new ConfigException(new Fault("dataset_dir", "", "cannot read " + file + ": " + e));
    }
  }

  private void fault(String name, String key, String message) {
    faults.add(new Fault(key.isEmpty() ? name : name + "." + key, file.toString(), message));
  }

  private @Nullable DatasetEntry entry(String name) {
    if (!(entries.get(name) instanceof Map<?, ?> entry)) {
      fault(name, "", "is not described there; found " + entries.keySet());
      return null;
    }
    int before = faults.size();
    checkKeys(name, entry);
    String formatting = text(name, entry, "formatting", "alpaca");
    String fileName = text(name, entry, "file_name", "");
    String hub = text(name, entry, "hf_hub_url", "");
    if (!hub.isEmpty()) {
      fileName = RemoteDatasets.placeOf(remote(name, entry));
      if (fileName.isEmpty()) {
        fault(
            name,
            "hf_hub_url",
            "cannot be honoured: the library downloads no data; use the command line, or give a"
                + " file_name");
      }
    }
    if (hub.isEmpty()) {
      checkHubKeys(name, entry);
    }
    checkSha1(name, entry, fileName);
    if (fileName.isEmpty() && faults.size() == before) {
      fault(
          name, "file_name", "is missing: name a file, a folder or a glob in " + file.getParent());
    }
    if (!FORMATTINGS.contains(formatting)) {
      fault(
          name,
          "formatting",
          "must be one of " + new TreeSet<>(FORMATTINGS) + " but is " + formatting);
    }
    boolean alpaca = formatting.equals("alpaca");
    Map<String, String> columns = columns(name, entry, alpaca);
    Map<String, String> tags = texts(name, entry, "tags");
    if (alpaca && !tags.isEmpty()) {
      fault(name, "tags", "have no effect with formatting alpaca: set formatting to sharegpt");
    }
    checkTags(name, tags);
    checkRanking(name, entry, columns);
    String split = text(name, entry, "split", "train");
    if (!hub.isEmpty() && RemoteDatasets.isExact(remote(name, entry))) {
      int bracket = split.indexOf('[');
      split = "train" + (bracket < 0 ? "" : split.substring(bracket));
    }
    if (faults.size() > before) {
      return null;
    }
    return new DatasetEntry(
        name,
        file.resolveSibling(fileName).toString(),
        split,
        ColumnNames.of(columns),
        entry.get("columns") != null,
        alpaca ? null : Tags.of(tags, formatting.equals("openai")),
        samples(name, entry));
  }

  /** What an entry takes from the Hub. */
  private RemoteDatasets.Remote remote(String name, Map<?, ?> entry) {
    String revision = text(name, entry, "revision", "");
    String url = text(name, entry, "hf_hub_url", "");
    return new RemoteDatasets.Remote(
        revision.isEmpty() ? url : url + "@" + revision,
        text(name, entry, "subset", ""),
        text(name, entry, "folder", ""),
        text(name, entry, "split", "train"));
  }

  /**
   * Returns what the named entries take from the Hub; entries that are at fault are left out, since
   * reading them says so.
   */
  static List<RemoteDatasets.Remote> remotes(Path folder, List<String> names) {
    Path file = find(folder);
    DatasetInfo info = new DatasetInfo(file, parse(file));
    List<RemoteDatasets.Remote> found = new ArrayList<>();
    for (String name : names) {
      if (info.entries.get(name) instanceof Map<?, ?> entry
          && entry.get("hf_hub_url") instanceof String url
          && !url.isEmpty()) {
        found.add(info.remote(name, entry));
      }
    }
    return found;
  }

  private void checkHubKeys(String name, Map<?, ?> entry) {
    for (String key : List.of("subset", "folder", "revision")) {
      if (!text(name, entry, key, "").isEmpty()) {
        fault(name, key, "has no effect without hf_hub_url: remove it");
      }
    }
  }

  /** A file that is not the one that was described trains something else. */
  private void checkSha1(String name, Map<?, ?> entry, String fileName) {
    String expected = text(name, entry, "file_sha1", "").toLowerCase(Locale.ROOT);
    Path data = file.resolveSibling(fileName);
    if (expected.isEmpty() || !Files.isRegularFile(data)) {
      return;
    }
    try {
      String found = Checksums.of(data, MessageDigest.getInstance("SHA-1"));
      if (!found.equals(expected)) {
        fault(
            name,
            "file_sha1",
            "is %s, but %s has %s: it is another file, or remove the key"
                .formatted(expected, fileName, found));
      }
    } catch (IOException | NoSuchAlgorithmException e) {
      fault(name, "file_sha1", "cannot be checked: " + e);
    }
  }

  private @Nullable Integer samples(String name, Map<?, ?> entry) {
    Object value = entry.get("num_samples");
    if (value instanceof Number number && number.intValue() > 0) {
      return number.intValue();
    } else if (value != null) {
      fault(name, "num_samples", "must be a whole number above 0 but is " + value);
    }
    return null;
  }

  private void checkKeys(String name, Map<?, ?> entry) {
    for (Object key : entry.keySet()) {
      String refused = REFUSED.get(String.valueOf(key));
      if (refused != null) {
        fault(name, String.valueOf(key), "cannot be honoured: " + refused);
      } else if (!KEYS.contains(String.valueOf(key))) {
        fault(name, String.valueOf(key), "is not known; known are " + new TreeSet<>(KEYS));
      }
    }
  }

  private Map<String, String> columns(String name, Map<?, ?> entry, boolean alpaca) {
    Map<String, String> columns = texts(name, entry, "columns");
    if (entry.get("columns") == null) {
      return alpaca
          ? Map.of("prompt", "instruction", "query", "input", "response", "output")
          : Map.of("messages", "conversations");
    }
    for (String key : columns.keySet()) {
      boolean known =
          COMMON.contains(key) || (alpaca ? ALPACA.contains(key) : key.equals("messages"));
      if (Set.of("images", "videos", "audios").contains(key)) {
        fault(
            name,
            "columns." + key,
            "cannot be honoured: only texts are trained on. Remove it; drop_media_rows leaves rows with such a column out");
      } else if (!known && (ALPACA.contains(key) || key.equals("messages"))) {
        fault(name, "columns." + key, "has no effect with this formatting: remove it");
      } else if (!known) {
        Set<String> all = new TreeSet<>(COMMON);
        all.addAll(alpaca ? ALPACA : Set.of("messages"));
        fault(name, "columns." + key, "is not known; known are " + all);
      }
    }
    String needed = alpaca ? "prompt" : "messages";
    if (!columns.containsKey(needed)) {
      fault(
          name,
          "columns." + needed,
          "is missing: where columns are named, all that are read must be");
    } else if (alpaca && !columns.containsKey("response") && !columns.containsKey("chosen")) {
      fault(
          name,
          "columns.response",
          "is missing: name the answers, or for plain text to continue call its column text and give the file as dataset_name");
    }
    return columns;
  }

  private void checkTags(String name, Map<String, String> tags) {
    for (String key : tags.keySet()) {
      if (!TAGS.contains(key)) {
        fault(name, "tags." + key, "is not known; known are " + new TreeSet<>(TAGS));
      }
    }
  }

  private void checkRanking(String name, Map<?, ?> entry, Map<String, String> columns) {
    Object ranking = entry.get("ranking");
    if (ranking != null && !(ranking instanceof Boolean)) {
      fault(name, "ranking", "must be true or false but is " + Columns.kind(ranking));
      return;
    }
    boolean pairs = columns.containsKey("chosen") && columns.containsKey("rejected");
    boolean any = columns.containsKey("chosen") || columns.containsKey("rejected");
    if (Boolean.TRUE.equals(ranking) && !pairs) {
      fault(name, "ranking", "is true, but columns does not name both chosen and rejected");
    } else if (!Boolean.TRUE.equals(ranking) && any) {
      fault(name, "ranking", "is not true, but columns names chosen or rejected: set it to true");
    } else if (pairs && columns.containsKey("kto_tag")) {
      fault(name, "columns.kto_tag", "has no effect beside chosen and rejected: remove it");
    }
  }

  private String text(String name, Map<?, ?> entry, String key, String absent) {
    Object value = entry.get(key);
    if (value == null || value instanceof String) {
      return value == null ? absent : (String) value;
    }
    fault(name, key, "must be text but is " + Columns.kind(value));
    return absent;
  }

  private Map<String, String> texts(String name, Map<?, ?> entry, String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    Object value = entry.get(key);
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (inner, text) -> {
            if (text instanceof String given && given.isEmpty()) {
              // An empty name means that there is no such column.
              return;
            } else if (text instanceof String given) {
              texts.put(String.valueOf(inner), given);
            } else if (text != null) {
              fault(name, key + "." + inner, "must be text but is " + Columns.kind(text));
            }
          });
    } else if (value != null) {
      fault(name, key, "must be an object but is " + Columns.kind(value));
    }
    return texts;
  }
}
