/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.SftConfig;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.eval.RowParts;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import dev.dpo4j.train.sft.SftRun;
import dev.dpo4j.train.sft.SftScoring;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Examples that several runs of supervised fine-tuning share. */
final class SftSession extends RowSession<SftConfig, ExampleDataset> {
  /** Supervised fine-tuning in a sweep. */
  static final Method<SftConfig> METHOD =
      new Method<>(
          SftConfig.class,
          List.of("sweep", "sft"),
          config -> config.model().modelNameOrPath(),
          config ->
              Arrays.asList(
                  config.model(), config.texts(), config.data(), config.eval().evalDataset()),
          SftSession::new);

  private SftSession(SftConfig config, Opening opening) {
    super(METHOD, config, opening);
  }

  @Override
  ExampleDataset read(SftConfig config, DataSource source, HfTokenizer tokenizer) {
    return TrainingRows.read(source)
        .tokenizeSupervised(tokenizer.chat(), config.data().supervisedOptions());
  }

  @Override
  TrainingRun prepare(Models models, SftConfig config, RunHooks hooks) {
    return SftRun.of(new SftRun.Parts(models.policy(), train(), held()), config, hooks);
  }

  @Override
  Measured measure(LanguageModel policy, TrainingRun run, SftConfig config) {
    List<SftScoring.Row> rows =
        SftScoring.score(
            policy,
            TrainingRun.computeOptions(config.loop()),
            held().examples(),
            config.loss().dft());
    double[] tokens = of(rows, SftScoring.Row::tokens);
    Map<String, List<Double>> parts = new LinkedHashMap<>();
    parts.put("loss", RowParts.quotient(of(rows, SftScoring.Row::loss), tokens));
    parts.put("token_accuracy", RowParts.quotient(of(rows, SftScoring.Row::correct), tokens));
    parts.put("entropy", RowParts.quotient(of(rows, SftScoring.Row::entropy), tokens));
    Map<String, Double> figures = new LinkedHashMap<>();
    parts.forEach((name, each) -> figures.put(name, mean(each)));
    return new Measured(figures, parts);
  }

  private static double[] of(List<SftScoring.Row> rows, ToDoubleFunction<SftScoring.Row> what) {
    return rows.stream().mapToDouble(what).toArray();
  }

  private static double mean(List<Double> parts) {
    return parts.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
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
