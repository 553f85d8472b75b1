/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The class for {@code spark-submit}: {@code spark-submit --class dev.dpo4j.spark.SparkMain
 * dpo4j-spark-assembly.jar dpo --config dpo.yaml}.
 */
public final class SparkMain {
  private static final int DONE = 0;
  private static final int FAILURE = 1;
  private static final int USAGE = 2;

  private static final Binder<SparkInput> INPUT = Binder.of(SparkInput.class);

  private static final String SYNOPSIS =
      """
      Usage: spark-submit --class dev.dpo4j.spark.SparkMain --jars NATIVES dpo4j-spark-assembly.jar \\
               METHOD --model_name_or_path X --dataset_name X --output_dir X [--config FILE.yaml] [--key value ...]

      Train a model on the executors of a Spark application. METHOD is dpo, kto, sft or reward.

      """;

  private SparkMain() {}

  /** Trains, prints how it went, and ends the process with 0, 1 or, after a wrong argument, 2. */
  public static void main(String[] arguments) {
    int code = run(List.of(arguments), System.out, System.err);
    if (code != DONE) {
      System.exit(code);
    }
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      if (arguments.contains("--help") || arguments.contains("-h")) {
        String asked = arguments.get(0).startsWith("-") ? "dpo" : arguments.get(0);
        out.print(SYNOPSIS + INPUT.help() + method(asked).binder().help());
        return DONE;
      }
      RankMethod<?, ?> method = method(arguments.isEmpty() ? "" : arguments.get(0));
      out.println(text(train(method, arguments.subList(1, arguments.size()))));
      return DONE;
    } catch (ConfigException e) {
      err.println("error: " + e.getMessage());
      return USAGE;
    } catch (RuntimeException e) {
      err.println("error: " + e.getMessage());
      return FAILURE;
    }
  }

  private static RankMethod<?, ?> method(String name) {
    return RankMethod.of(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    new Fault(
                        "",
                        "",
                        "expected one of %s, found %s; see --help"
                            .formatted(
                                RankMethod.names(),
                                name.isEmpty() ? "nothing" : "\"" + name + "\""))));
  }

  private static String text(SparkResult result) {
    return String.format(
        Locale.ROOT,
        "trained    %s, %d steps on %d rows by %d %s, train_loss %.4f%s%s",
        result.folder(),
        result.steps(),
        result.rows(),
        result.ranks(),
        result.ranks() == 1 ? "rank" : "ranks",
        result.trainLoss(),
        result.restarts() == 0 ? "" : ", started anew " + result.restarts() + " times",
        result.stopped() ? ", stopped" : "");
  }

  private static SparkResult train(RankMethod<?, ?> method, List<String> flags) {
    List<Setting> file = new ArrayList<>();
    List<Setting> others = new ArrayList<>();
    for (Setting flag : FlagSource.parse(flags)) {
      if (flag.key().equals("config") && flag.value() instanceof Value.Scalar name) {
        file.addAll(YamlSource.read(Path.of(name.text())));
      } else {
        others.add(flag);
      }
    }
    SparkInput input = INPUT.bind(own(file, true), own(others, true)).value();
    List<String> required = new ArrayList<>(List.of("model_name_or_path", "output_dir"));
    if (!input.namesRows()) {
      required.add("dataset_name");
    }
    RunConfig config =
        method.binder().bind(required, List.of(own(file, false), own(others, false))).value();
    SparkSession session = SparkSession.builder().appName("dpo4j " + method.name()).getOrCreate();
    try {
      SparkVersion.require(session.version());
      Dataset<Row> rows = input.read(session, config.dataset().datasetName());
      @Nullable String held = config.eval().evalDataset();
      boolean evaluates = config.eval().strategy() != Interval.NO && held != null;
      Dataset<Row> eval = evaluates ? input.readFile(session, String.valueOf(held)) : null;
      return SparkTraining.train(rows, eval, config, input.options());
    } finally {
      session.stop();
    }
  }

  /** The settings about Spark, or all others. */
  private static List<Setting> own(List<Setting> all, boolean spark) {
    return all.stream()
        .filter(one -> one.key().replace('-', '_').startsWith(SparkInput.PREFIX) == spark)
        .toList();
  }
}
