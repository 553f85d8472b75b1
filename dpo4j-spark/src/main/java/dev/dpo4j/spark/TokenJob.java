/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.io.Folders;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.options.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Tokenises rows on the executors, into files on shared storage that the ranks map: a rank reads
 * the rows that the sampler gives it.
 *
 * <p>A task takes one file of rows. Where rows depend on each other, such as by a split or a
 * mixture, one task takes all of them.
 */
final class TokenJob implements FlatMapFunction<Iterator<String>, String> {
  private static final long serialVersionUID = 1L;

  private static final String ENDING = ".tokens";

  private final String method;
  private final String yaml;
  private final boolean evaluation;
  private final String folder;

  /**
   * Of a run.
   *
   * @param method its name
   * @param yaml its configuration, which names all files of rows
   * @param evaluation whether the held-out rows are meant
   * @param folder where the files of tokens go
   */
  TokenJob(String method, String yaml, boolean evaluation, Path folder) {
    this.method = method;
    this.yaml = yaml;
    this.evaluation = evaluation;
    this.folder = folder.toString();
  }

  /**
   * Runs it.
   *
   * @param files the rows, in their order
   * @throws SparkRunException with what is wrong with the rows
   */
  void run(JavaSparkContext context, List<String> files) throws IOException {
    Path target = Path.of(folder);
    Folders.delete(target);
    Files.createDirectories(target);
    List<String> tasks = new ArrayList<>();
    if (!files.isEmpty() && standAlone(RankMethod.of(method).orElseThrow())) {
      files.forEach(file -> tasks.add(tasks.size() + "\t" + file));
    } else {
      tasks.add("0\t");
    }
    List<String> faults =
        context.parallelize(tasks, tasks.size()).mapPartitions(this, false).collect();
    if (!faults.isEmpty()) {
      throw new SparkRunException("The run failed: " + String.join("\n", faults));
    }
  }

  private <C extends Record & RunConfig> boolean standAlone(RankMethod<C, ?> of) {
    return of.rowsStandAlone(of.bind(yaml, List.of()));
  }

  /** The files in such a folder, in the order of the rows. */
  static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The tokens in %s cannot be read: every executor must see that folder: %s"
              .formatted(folder, e),
          e);
    }
  }

  /** Gives what is wrong with the rows: to try it again, as Spark would, does not help. */
  @Override
  public Iterator<String> call(Iterator<String> tasks) throws IOException {
    List<String> faults = new ArrayList<>();
    while (tasks.hasNext()) {
      String task = tasks.next();
      int tab = task.indexOf('\t');
      int number = Integer.parseInt(task.substring(0, tab));
      try {
        tokenize(RankMethod.of(method).orElseThrow(), number, task.substring(tab + 1));
      } catch (UncheckedIOException e) {
        throw e;
      } catch (RuntimeException e) {
        faults.add(String.valueOf(e.getMessage()));
      }
    }
    return faults.iterator();
  }

  private <C extends Record & RunConfig> void tokenize(RankMethod<C, ?> of, int number, String file)
      throws IOException {
    C config = of.bind(yaml, List.of());
    DataSource source;
    if (!file.isEmpty()) {
      source = DataSource.of(Path.of(file), "train");
    } else {
      source = evaluation ? config.evaluationSource() : config.trainSource();
    }
    Path model = Path.of(Objects.requireNonNull(of.modelFolder(config)));
    Path aside = Path.of(folder, ".%08d-%s".formatted(number, UUID.randomUUID()));
    try (HfTokenizer tokenizer = config.texts().tokenizer(model)) {
      of.tokenize(tokenizer.chat(), config, source, aside);
      Path target = Path.of(folder, "part-%08d%s".formatted(number, ENDING));
      Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}
