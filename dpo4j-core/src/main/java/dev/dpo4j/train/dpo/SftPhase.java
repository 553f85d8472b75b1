/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.RunCheck;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import dev.dpo4j.train.sft.SftMethod;
import dev.dpo4j.train.sft.SftRunConfig;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;

/** The phase of {@code sft_first}: supervised training on the chosen answers, before DPO. */
final class SftPhase {
  /** The folder of the phase in the run folder, and its name towards listeners. */
  static final String NAME = RunCheck.FIRST_PHASE;

  private final DpoRunConfig config;

  SftPhase(DpoRunConfig config) {
    this.config = config;
  }

  /** The folder of the model that DPO starts from. */
  Path start(LanguageModel policy, Path output) {
    return config.sft().sftFirst() ? output.resolve(NAME) : policy.folder();
  }

  /** Trains the policy in place and writes it to a folder of its own, if this is asked for. */
  void run(DpoRun.Parts parts, TrainingMethod.RunContext surroundings) {
    if (!config.sft().sftFirst()) {
      return;
    }
    if (surroundings.resumedFrom() != null) {
      // DPO had begun: the model after SFT is the reference, and the checkpoint the policy.
      parts.policy().restore(surroundings.output().resolve(NAME));
      return;
    }
    SftRunConfig sft = config.sftPhase(surroundings.output().resolve(NAME));
    PreferenceDataset eval = parts.eval();
    SftMethod method =
        new SftMethod(
            parts.policy().config(),
            chosen(parts.train()),
            eval == null ? null : chosen(eval),
            parts.train().report(),
            sft);
    TrainListener listener = surroundings.listener();
    TrainResult result =
        new TrainingRun(
                sft,
                parts.policy(),
                method,
                RunHooks.of(listener, surroundings.stopRequested())
                    .among(surroundings.share().ranks()))
            .run();
    listener.onPhase(NAME, result);
  }

  private static List<TokenizedExample> chosen(PreferenceDataset pairs) {
    List<TokenizedPair> all = pairs.pairs();
    // A view: the pairs may lie in a file, and a list of examples would not.
    return new AbstractList<>() {
      @Override
      public TokenizedExample get(int index) {
        return TokenizedExample.chosenOf(all.get(index));
      }

      @Override
      public int size() {
        return all.size();
      }
    };
  }
}
