/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.report.RunReport;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.run.RunHooks;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains as one rank: takes the tokens, loads the models, and takes part in the steps.
 *
 * @param <C> the configuration
 * @param <D> the tokenised rows
 */
final class RankRun<C extends Record & RunConfig, D> {
  private static final Logger LOG = LoggerFactory.getLogger(RankRun.class);

  private final RankMethod<C, D> method;
  private final RankTask.Work work;
  private final C config;

  private RankRun(RankMethod<C, D> method, RankTask.Work work, List<String> flags) {
    this.method = method;
    this.work = work;
    this.config = method.bind(work.yaml(), flags);
  }

  /**
   * Of what the driver has sent.
   *
   * @param flags other values for some keys
   */
  static RankRun<?, ?> of(RankTask.Work work, List<String> flags) {
    return of(RankMethod.of(work.method()).orElseThrow(), work, flags);
  }

  private static <C extends Record & RunConfig, D> RankRun<C, D> of(
      RankMethod<C, D> method, RankTask.Work work, List<String> flags) {
    return new RankRun<>(method, work, flags);
  }

  /** Logs the steps, which the executor's log then shows. */
  private static final class Log implements TrainListener {
    @Override
    public void onStep(StepReport report) {
      LOG.info("step {} of {}: {}", report.step(), report.maxSteps(), report.metrics());
    }

    @Override
    public void onEnd(Path folder, TrainResult result) {
      RunReport.write(folder);
    }
  }

  C config() {
    return config;
  }

  TrainResult train(Collectives ranks, BooleanSupplier stopRequested) {
    ranks.agree("configuration", config.toYaml(), "submit one application for each run");
    Path folder = Path.of(Objects.requireNonNull(method.model(config)));
    @Nullable String second = method.reference(config);
    D train = read(work.tokens());
    @Nullable D eval = work.evalTokens().isEmpty() ? null : read(work.evalTokens());
    if (ranks.leads()) {
      LOG.info("{}", method.report(train).toTable());
    }
    try (LanguageModel policy = method.load(folder, config);
        @Nullable LanguageModel reference =
            second == null ? null : config.texts().reference(Path.of(second))) {
      TrainListener listener = ranks.leads() ? new Log() : TrainListener.NONE;
      RunHooks hooks = RunHooks.of(listener, stopRequested).among(ranks);
      return method.train(new RankMethod.Parts<>(policy, reference, train, eval), config, hooks);
    }
  }

  private D read(String folder) {
    return method.open(
        TokenJob.files(Path.of(folder)), String.valueOf(config.dataset().datasetName()));
  }
}
