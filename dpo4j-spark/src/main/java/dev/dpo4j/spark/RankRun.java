/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.report.RunReport;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.run.RunHooks;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains as one rank: reads the rows, loads the models, and takes part in the steps. */
final class RankRun {
  private static final Logger LOG = LoggerFactory.getLogger(RankRun.class);

  private final DpoConfig config;
  private final Collectives ranks;
  private final BooleanSupplier stopRequested;

  RankRun(DpoConfig config, Collectives ranks, BooleanSupplier stopRequested) {
    this.config = config;
    this.ranks = ranks;
    this.stopRequested = stopRequested;
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

  TrainResult train() {
    ranks.agree("configuration", config.toYaml(), "submit one application for each run");
    Path folder = Path.of(Objects.requireNonNull(config.model().modelNameOrPath()));
    @Nullable String second = config.model().refModelNameOrPath();
    PreferenceDataset train;
    @Nullable PreferenceDataset eval = null;
    try (HfTokenizer tokenizer = config.texts().tokenizer(folder)) {
      train = read(tokenizer, config.trainSource());
      if (config.eval().strategy() != Interval.NO) {
        eval = read(tokenizer, config.evaluationSource());
      }
    }
    if (ranks.leads()) {
      LOG.info("{}", train.report().toTable());
    }
    try (LanguageModel policy = config.texts().model(folder, config.peft().base());
        @Nullable LanguageModel reference =
            second == null ? null : config.texts().reference(Path.of(second))) {
      TrainListener listener = ranks.leads() ? new Log() : TrainListener.NONE;
      RunHooks hooks = RunHooks.of(listener, stopRequested).among(ranks);
      return DpoRun.of(new DpoRun.Parts(policy, reference, train, eval), config, hooks).run();
    }
  }

  private PreferenceDataset read(HfTokenizer tokenizer, DataSource source) {
    return PreferenceRows.read(source, config.data().ranked())
        .tokenize(tokenizer.chat(), config.data().tokenizeOptions());
  }
}
