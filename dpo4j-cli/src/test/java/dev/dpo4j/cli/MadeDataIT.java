/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From prompts to a trained model: the model's own answers, judged, are what it is trained on. */
class MadeDataIT {
  @TempDir Path folder;

  private static void run(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    assertThat(code).as(console.err()).isZero();
  }

  @Test
  void answersOfAModelAreJudgedAndTrainedOn() throws IOException {
    Path model = TinyModel.write(folder);
    List<String> lines = IntStream.range(0, 6).mapToObj(i -> "a lantern " + i).toList();
    Path prompts = Files.write(folder.resolve("prompts.txt"), lines);
    Path answers = folder.resolve("answers.jsonl");
    Path pairs = folder.resolve("pairs.jsonl");
    run(
        "generate",
        "--model_name_or_path=" + model,
        "--prompts=" + prompts,
        "--output=" + answers,
        "--num_return_sequences=2",
        "--temperature=1.0",
        "--max_new_tokens=8");
    FakeEndpoint.Brain byText =
        request ->
            Response.verdict(request.shown("A").compareTo(request.shown("B")) < 0 ? "A" : "B");
    try (FakeEndpoint endpoint = new FakeEndpoint(byText)) {
      run(
          "judge",
          answers.toString(),
          "--output=" + folder.resolve("judged.jsonl"),
          "--pairs=" + pairs,
          "--base_url=" + endpoint.url(),
          "--judge_model=fake",
          // Eight tokens end few answers.
          "--keep_cut_answers=true");
    }
    assertThat(Files.readAllLines(pairs)).hasSize(6);
    run(
        "dpo",
        "--model_name_or_path=" + model,
        "--dataset_name=" + pairs,
        "--output_dir=" + folder.resolve("out"),
        "--num_train_epochs=1",
        "--per_device_train_batch_size=2",
        "--logging_steps=1");
    assertThat(Files.readAllLines(folder.resolve("out/metrics.jsonl"))).hasSize(3);
  }
}
