/* SPDX-License-Identifier: Apache-2.0 */
import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import java.nio.file.Path;
import java.util.List;

/** Fine-tunes a model on preference pairs made in memory: FineTune MODEL_FOLDER OUTPUT_FOLDER. */
public final class FineTune {
  private FineTune() {}

  public static void main(String[] args) {
    // The model to train, and the frozen reference (leave refModel out: the model itself is taken).
    try (Model model = Model.load(args[0]);
        Model refModel = Model.load(args[0])) {

      PreferenceData dataset =
          PreferenceData.ofQuestions(
              List.of("Introduce the project.", "Which method should a beginner take?"),
              List.of(
                  "It fine-tunes language models on preferences, in Java and without Python.",
                  "Start with DPO: it needs no reward model, and two settings decide the result."),
              List.of("Never heard of it.", "All the same, pick any."));

      DpoConfig config =
          DpoConfig.builder()
              .outputDir(Path.of(args[1]))
              .beta(0.1)
              .learningRate(5e-7)
              .perDeviceTrainBatchSize(2)
              .numTrainEpochs(1)
              .loggingSteps(10)
              .bf16(true)
              .build();

      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .refModel(refModel)
              .config(config)
              .trainDataset(dataset)
              .onStep(step -> System.out.println(step.step() + " " + step.metrics().get("loss")))
              .build();

      trainer.train();
    }
  }
}
