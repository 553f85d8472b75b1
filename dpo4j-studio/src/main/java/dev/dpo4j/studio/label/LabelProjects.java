/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.row.DataException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Label servers that were opened from another page; each has a port and a token of its own. */
public final class LabelProjects implements Closeable {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,80}");

  private final Map<Path, LabelServer> open = new LinkedHashMap<>();

  /**
   * Opens a project that was begun before.
   *
   * @param decisions its file
   * @param folder the folder in which its rows must stand
   * @return the address that lets a browser in
   * @throws DataException if it cannot be used
   * @throws ConfigException if somebody else has it open
   */
  public synchronized String open(Path decisions, Path folder) throws IOException {
    String name = String.valueOf(decisions.getFileName());
    LabelProject project =
        LabelProject.read(name, decisions)
            .orElseThrow(() -> new DataException(name + " is no file of decisions."));
    Path rows = Path.of(project.source());
    if (!Files.exists(rows) || !rows.toRealPath().startsWith(folder.toRealPath())) {
      throw new DataException(
          "The rows of this project, %s, are not in %s: open it with ./dpo4j label."
              .formatted(project.source(), folder));
    }
    Map<String, String> options =
        Map.of(
            "overlap", String.valueOf(project.overlap()), "seed", String.valueOf(project.seed()));
    return serve(rows, decisions, options);
  }

  /**
   * Begins a project.
   *
   * @param rows the rows to judge
   * @param folder the folder in which its file of decisions is made
   * @param name the name of that file, without its ending
   * @param overlap people who judge each row
   * @return the address that lets a browser in
   */
  public synchronized String begin(Path rows, Path folder, String name, String overlap)
      throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new DataException("The name must be of letters, digits, and . _ -");
    }
    Path decisions = folder.resolve(name + ".jsonl");
    if (Files.exists(decisions)) {
      throw new DataException(decisions.getFileName() + " is there already: choose another name.");
    }
    return serve(rows, decisions, Map.of("overlap", overlap));
  }

  private String serve(Path rows, Path decisions, Map<String, String> options) throws IOException {
    LabelServer known = open.get(decisions);
    if (known != null) {
      return known.address().toString();
    }
    Map<String, String> values = new LinkedHashMap<>(options);
    values.put("dataset_name", rows.toString());
    values.put("output", decisions.toString());
    List<Setting> settings = new ArrayList<>();
    values.forEach(
        (key, value) ->
            settings.add(new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "the page")));
    LabelServer server =
        LabelServer.start(LabelOptions.binder().bind(List.<String>of(), List.of(settings)).value());
    open.put(decisions, server);
    return server.address().toString();
  }

  @Override
  public synchronized void close() throws IOException {
    for (LabelServer server : open.values()) {
      server.close();
    }
    open.clear();
  }
}
