/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.eval.UnpairedFigures;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.kto.UnpairedScoring;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Single answers that several runs of KTO share, and what the reference says of the held-out ones.
 *
 * <p>The reference scores the training rows anew in each run: which answers are put under which
 * other prompts changes with the batches.
 */
final class KtoSession extends RowSession<KtoConfig, ExampleDataset> {
  /** KTO in a sweep. */
  static final Method<KtoConfig> METHOD =
      new Method<>(
          KtoConfig.class,
          List.of("sweep", "kto"),
          config -> config.model().modelNameOrPath(),
          config ->
              Arrays.asList(
                  config.model(),
                  config.texts(),
                  config.dataset(),
                  config.ranked(),
                  config.eval().evalDataset(),
                  config.loop().bf16(),
                  config.peft().dtype()),
          KtoSession::new);

  private final UnpairedScoring.Scores untrained;

  private KtoSession(KtoConfig config, Opening opening) {
    super(METHOD, config, opening);
    try (LanguageModel model = untrained(config)) {
      this.untrained = score(model, config, opening.progress());
    }
  }

  private UnpairedScoring.Scores score(
      LanguageModel model, KtoConfig config, IntConsumer progress) {
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    return UnpairedScoring.score(
        model, compute, held().examples(), config.dataset().limits(), progress);
  }

  @Override
  ExampleDataset read(KtoConfig config, DataSource source, HfTokenizer tokenizer) {
    return TrainingRows.read(source, config.ranked())
        .tokenizeLabelled(tokenizer.chat(), config.dataset().limits());
  }

  @Override
  @Nullable LanguageModel reference(KtoConfig config) {
    String folder = config.model().refModelNameOrPath();
    return folder == null ? null : config.texts().reference(Path.of(folder));
  }

  @Override
  TrainingRun prepare(Models models, KtoConfig config, RunHooks hooks) {
    return KtoRun.of(
        new KtoRun.Parts(models.policy(), models.reference(), train(), held()), config, hooks);
  }

  @Override
  Measured measure(LanguageModel policy, TrainingRun run, KtoConfig config) {
    UnpairedScoring.Scores trained = score(policy, config, rows -> {});
    List<TokenizedExample> rows = held().examples();
    boolean[] desirable = new boolean[rows.size()];
    for (int i = 0; i < desirable.length; i++) {
      desirable[i] = Boolean.TRUE.equals(rows.get(i).label());
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    UnpairedFigures found =
        new UnpairedFigures(
            minus(trained.own(), untrained.own()),
            desirable,
            minus(trained.mismatched(), untrained.mismatched()),
            config.loss().beta());
    found
        .figures(config.loop().seed())
        .forEach((name, figure) -> figures.put(name, figure.value()));
    return new Measured(figures, found.parts());
  }

  private static double[] minus(double[] these, double[] those) {
    return SweepSession.differences(these, those).stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  @Override
  List<int[]> prompts(int count) {
    return SamplePrompts.first(held().examples(), TokenizedExample::promptIds, count);
  }

  @Override
  public int trainRows() {
    return train().size();
  }

  @Override
  public int heldRows() {
    return held().size();
  }
}
