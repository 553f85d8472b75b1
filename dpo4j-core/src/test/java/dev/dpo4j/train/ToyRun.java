/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.generate.TinyChat;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.SamplingStrategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A tiny model, a few rows and a step by hand, to try a method of training without a run. */
public final class ToyRun {
  public static final PreferenceRows PAIRS =
      PreferenceRows.ofQuestions(
          List.of("a lantern", "the window", "a house", "the lantern"),
          List.of("in a window", "of the house", "a lantern", "in the house"),
          List.of("x", "y", "z", "w"));

  private ToyRun() {}

  public static LanguageModel model(Path folder) throws IOException {
    return TinyChat.load(folder, 7, 1);
  }

  public static PreferenceDataset pairs(LanguageModel model) {
    return PAIRS.tokenize(model.chat(), TokenizeOptions.ofMaxLength(64));
  }

  /** Answers, every second one undesirable. */
  public static ExampleDataset labelled(LanguageModel model) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String text : List.of("a lantern", "the window", "a house", "the lantern")) {
      rows.add(Map.of("prompt", text, "completion", " in a house", "label", rows.size() % 2 == 0));
    }
    return TrainingRows.ofRows(rows).tokenizeLabelled(model.chat(), LengthLimits.ofMaxLength(64));
  }

  /** What surrounds a method that trains on four rows, two in a batch. */
  public static TrainingMethod.RunContext context(Path folder, TrainListener listener) {
    StepPlan plan = new StepPlan(4, 2, 1, SamplingStrategy.SEQUENTIAL, 1, false, 1, -1);
    return new TrainingMethod.RunContext(folder, null, plan, listener, () -> false, RankRows.ALL);
  }

  /** Computes a step's loss; its gradient is left behind. */
  public static double loss(TrainTask task, TrainingMethod.RunContext context) {
    double[] loss = {0};
    task.step(context.plan().step(1), (share, metrics) -> loss[0] += share);
    return loss[0];
  }

  /** Moves the weights a little against their gradient, which is zero afterwards. */
  public static void descend(LanguageModel model, double rate) {
    ParameterStore weights = model.trained();
    weights.values().add_(weights.grads(), -rate);
    weights.grads().zero_();
  }
}
