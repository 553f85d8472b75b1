/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.row.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Knows the folders that {@code save_to_disk} of Python's datasets writes, and other files of
 * Arrow, which are not read here.
 */
final class ArrowFolders {
  private static final List<String> MARKS = List.of("state.json", "dataset_dict.json");
  private static final List<String> ENDINGS = List.of(".arrow", ".feather", ".ipc");
  private static final int DEPTH = 3;

  private ArrowFolders() {}

  /**
   * Refuses a file or folder of Arrow by its name.
   *
   * @throws DataException with the line of Python that converts it
   */
  static void refuse(Path dataset) {
    boolean saved = MARKS.stream().anyMatch(name -> Files.exists(dataset.resolve(name)));
    if (Files.isRegularFile(dataset) && isArrow(dataset)) {
      throw new DataException(
          "%s is a file of Arrow, which is not read here. Write it as Parquet in Python: from datasets import Dataset; Dataset.from_file(\"%s\").to_parquet(\"%s.parquet\")"
              .formatted(dataset, dataset, stem(dataset)));
    } else if (Files.isDirectory(dataset) && saved && holdsArrow(dataset)) {
      String folder = dataset.toString();
      throw new DataException(
          ("%s was written by save_to_disk of Python's datasets and holds files of Arrow, which are not"
                      + " read here. Write it as Parquet in Python: ")
                  .formatted(folder)
              + convert(dataset));
    }
  }

  private static String convert(Path dataset) {
    String target = stem(dataset) + "-parquet";
    return Files.exists(dataset.resolve("dataset_dict.json"))
        ? "from datasets import load_from_disk; [d.to_parquet(f\"%s/{name}.parquet\") for name, d in load_from_disk(\"%s\").items()]"
            .formatted(target, dataset)
        : "from datasets import load_from_disk; load_from_disk(\"%s\").to_parquet(\"%s/train.parquet\")"
            .formatted(dataset, target);
  }

  private static boolean holdsArrow(Path folder) {
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      return files.anyMatch(ArrowFolders::isArrow);
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(folder, e), e);
    }
  }

  private static boolean isArrow(Path file) {
    String name = file.toString();
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static String stem(Path path) {
    String text = path.toString();
    int dot = text.lastIndexOf('.');
    return dot > text.lastIndexOf('/') + 1 && isArrow(path) ? text.substring(0, dot) : text;
  }
}
