/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.SftConfig;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import dev.dpo4j.train.sft.SftRun;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** What the log of a run calls the figures of an evaluation, and what a sweep calls them. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("eval_loss", "loss");
    NAMES.put("eval_mean_token_accuracy", "token_accuracy");
    NAMES.put("eval_entropy", "entropy");
  }

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
    Map<String, Double> found = run.evaluate();
    Map<String, Double> figures = new LinkedHashMap<>();
    NAMES.forEach(
        (logged, name) -> {
          Double value = found.get(logged);
          if (value != null) {
            figures.put(name, value);
          }
        });
    return new Measured(figures, List.of());
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
