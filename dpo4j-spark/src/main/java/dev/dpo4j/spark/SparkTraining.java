/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.Folders;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Trains on the executors of a Spark application: with {@code DpoConfig}, {@code KtoConfig}, {@code
 * SftConfig} or {@code RewardConfig}.
 *
 * <p>One barrier stage runs the ranks, one in each executor; they meet over Gloo and compute what a
 * single process would compute on the same rows. The rows go from executor to executor through
 * files beside {@code output_dir}, which must lie on storage that the driver and all executors see
 * under the same path; so must the model. Where an executor is lost, Spark starts the stage anew,
 * and the run goes on from its last checkpoint.
 */
public final class SparkTraining {
  private static final int SECRET_BYTES = 32;

  private SparkTraining() {}

  /**
   * Trains on the rows of a Dataset, one rank in each executor.
   *
   * @param rows rows in any form that the method reads, such as the columns {@code prompt}, {@code
   *     chosen} and {@code rejected}
   * @param config how to train, such as {@code DpoConfig}; it needs {@code model_name_or_path} and
   *     {@code output_dir}
   * @throws IllegalArgumentException if it is the configuration of a method that trains in one
   *     process only
   * @throws SparkRunException if the cluster cannot run it, or a rank has failed
   * @throws ConfigException if the configuration does not fit
   */
  public static SparkResult train(Dataset<Row> rows, RunConfig config) {
    return train(rows, null, config, SparkOptions.DEFAULT);
  }

  /**
   * Trains on the rows of a Dataset.
   *
   * @param options how many ranks there are, and how the rows are ordered
   * @see #train(Dataset, RunConfig)
   */
  public static SparkResult train(Dataset<Row> rows, RunConfig config, SparkOptions options) {
    return train(rows, null, config, options);
  }

  /**
   * Trains on the rows of a Dataset and evaluates those of another, as often as {@code
   * eval_strategy} says.
   *
   * @param eval held-out rows, or null
   * @see #train(Dataset, RunConfig)
   */
  public static SparkResult train(
      Dataset<Row> rows, @Nullable Dataset<Row> eval, RunConfig config, SparkOptions options) {
    SparkContext context = rows.sparkSession().sparkContext();
    SparkVersion.require(context.version());
    refuseDynamicAllocation(context.getConf());
    Path output = Shared.output(config);
    Path staging = output.resolveSibling(output.getFileName() + ".spark");
    try (OwnerLock owner = OwnerLock.ofFolder(staging)) {
      try {
        SparkResult result = train(new Given(rows, eval, config, options), output, staging);
        // After a failure they stay: its message may name a file and a line.
        Folders.delete(staging.resolve("rows"));
        return result;
      } finally {
        Folders.delete(staging.resolve("run"));
      }
    } catch (FileAlreadyExistsException e) {
      throw new ConfigException(
          new Fault("output_dir", output.toString(), String.valueOf(e.getReason())));
    } catch (IOException e) {
      throw new SparkRunException("The rows cannot be kept in " + staging + ": " + e, e);
    }
  }

  /** What the caller has given. */
  private record Given(
      Dataset<Row> rows, @Nullable Dataset<Row> eval, RunConfig config, SparkOptions options) {}

  private static SparkResult train(Given given, Path output, Path staging) throws IOException {
    SparkContext context = given.rows().sparkSession().sparkContext();
    RankMethod<?, ?> method = RankMethod.of(given.config());
    List<String> flags = new ArrayList<>(Shared.absolute(method, given.config()));
    Path rowsFolder = staging.resolve("rows");
    StagedRows rows =
        StagedRows.write(given.rows(), given.options().orderBy(), rowsFolder.resolve("train"));
    flags.add("--output_dir=" + output);
    flags.add("--dataset_name=" + rows.glob());
    @Nullable Dataset<Row> held = given.eval();
    boolean evaluates = given.config().eval().strategy() != Interval.NO;
    @Nullable StagedRows evalRows =
        evaluates && held != null ? StagedRows.write(held, null, rowsFolder.resolve("eval")) : null;
    if (evalRows != null) {
      flags.add("--eval_dataset=" + evalRows.glob());
    }
    String yaml = method.bind(given.config().toYaml(), flags).toYaml();
    JavaSparkContext java = new JavaSparkContext(context);
    Path tokens = rowsFolder.resolve("train-tokens");
    new TokenJob(method.name(), yaml, false, tokens).run(java, rows.files());
    @Nullable Path evalTokens = evaluates ? rowsFolder.resolve("eval-tokens") : null;
    if (evalTokens != null) {
      List<String> files = evalRows == null ? List.of() : evalRows.files();
      new TokenJob(method.name(), yaml, true, evalTokens).run(java, files);
    }
    Path word = staging.resolve("run");
    Folders.delete(word);
    Files.createDirectories(word);
    int ranks = ranks(context, given.options());
    RankTask task =
        new RankTask(
            new RankTask.Work(
                method.name(),
                yaml,
                word.toString(),
                tokens.toString(),
                evalTokens == null ? "" : evalTokens.toString()),
            secret());
    return result(stage(java, ranks, task), output, rows.rows());
  }

  private static SparkResult result(List<RankTask.Outcome> outcomes, Path output, long rows) {
    for (RankTask.Outcome outcome : outcomes) {
      if (!outcome.failure().isEmpty()) {
        throw new SparkRunException("The run failed: " + outcome.failure());
      }
    }
    RankTask.Outcome first = outcomes.get(0); // All say the same.
    return new SparkResult(
        output.toString(),
        outcomes.size(),
        rows,
        first.steps(),
        first.stopped(),
        first.trainLoss(),
        first.attempt());
  }

  private static List<RankTask.Outcome> stage(JavaSparkContext context, int ranks, RankTask task) {
    List<Integer> numbers = IntStream.range(0, ranks).boxed().toList();
    RDD<Integer> rdd = context.parallelize(numbers, ranks).rdd();
    ClassTag<String> tag = ClassTag$.MODULE$.apply(String.class);
    RDD<String> outcomes = rdd.barrier().mapPartitions(task, false, tag);
    try {
      // Spark starts a barrier stage anew only where another stage comes after it.
      return JavaRDD.fromRDD(outcomes, tag).repartition(1).collect().stream()
          .map(RankTask.Outcome::ofText)
          .toList();
    } catch (Exception e) {
      // Scala declares no exceptions, so that the compiler does not know of this one.
      if (e instanceof SparkException) {
        throw new SparkRunException(
            "The ranks failed on the cluster: " + String.valueOf(e.getMessage()), e);
      }
      throw e;
    }
  }

  private static int ranks(SparkContext context, SparkOptions options) {
    if (options.ranks() > 0) {
      return options.ranks();
    }
    SparkConf conf = context.getConf();
    int asked = conf.getInt("spark.executor.instances", 0);
    int registered = context.statusTracker().getExecutorInfos().length - 1; // Without the driver.
    return Math.max(1, asked > 0 ? asked : registered);
  }

  private static void refuseDynamicAllocation(SparkConf conf) {
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new SparkRunException(
          "spark.dynamicAllocation.enabled is true, and the ranks of a run need a fixed number of executors: set it to false, and spark.executor.instances to the number of ranks");
    }
  }

  private static String secret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
