/* SPDX-License-Identifier: Apache-2.0 */
package example;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.FreshModel;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.springframework.stereotype.Service;

/** Trains a tiny model. */
@Service
class Trainer {
  /** Trains below a folder and returns the loss of the last step. */
  double train(Path output) throws IOException {
    Path fresh = output.resolve("fresh");
    FreshModel.write(fresh, List.of("Chords: three carry a hundred songs.", "Pick any."), 1);
    PreferenceData pairs =
        PreferenceData.ofQuestions(
            List.of("Chords or scales first?"),
            List.of("Chords: three carry a hundred songs."),
            List.of("Pick any."));
    DpoConfig config =
        DpoConfig.builder().outputDir(output.resolve("trained")).numTrainEpochs(1).build();
    try (Model model = Model.load(fresh)) {
      double[] loss = new double[1];
      DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(pairs)
          .onStep(step -> loss[0] = step.metrics().get("loss"))
          .build()
          .train();
      return loss[0];
    }
  }
}
