/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A card that is asked for and cannot be had ends a command before anything is written. */
class WithoutACardIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "--device=cuda, 1, 'NVIDIA''s driver', use --device cpu",
    "--device=cuda:3, 1, 'NVIDIA''s driver', use --device cpu",
    "--device=gpu, 2, device, 'must be auto, cpu, cuda or cuda:N but was \"gpu\"'",
  })
  void theMessageSaysWhatIsMissingAndWhatToDo(String device, int code, String found, String remedy)
      throws Exception {
    Path output = folder.resolve("out");
    String text = run(code, ChildRun.of("dpo", folder).into(output, device));
    assertThat(text).contains(found, remedy).doesNotContain("\tat ");
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dpo --dry_run=true --output_dir=OUT --dataset_name=ROWS --model_name_or_path=MODEL",
        "sft --output_dir=OUT --dataset_name=ROWS --model_name_or_path=MODEL",
        "generate --model_name_or_path=MODEL --prompt=a",
        "generate --model_name_or_path=MODEL --prompts=ROWS --output=OUT",
        "chat --model_name_or_path=MODEL",
        "serve --model_name_or_path=MODEL",
        "logps --model_name_or_path=MODEL --dataset_name=ROWS",
        "score --model_name_or_path=MODEL --dataset_name=ROWS --output=OUT",
        "eval --model_name_or_path=MODEL --dataset_name=ROWS --output=OUT",
        "bench --model=MODEL --data=ROWS",
        "data doctor ROWS --model=MODEL --score=true --html=OUT",
        "judge ROWS --reward_model_name_or_path=MODEL --output=OUT",
        "synth ROWS --reward_model_name_or_path=MODEL --output=OUT --model=writer"
            + " --base_url=http://127.0.0.1:9",
      })
  void everyCommandThatComputesTakesTheDeviceBeforeItReadsOrWrites(String line) throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    Path output = folder.resolve("out");
    List<String> arguments =
        Arrays.stream(line.split(" ", -1))
            .map(word -> word.replace("MODEL", run.model.toString()))
            .map(word -> word.replace("ROWS", run.data.toString()))
            .map(word -> word.replace("OUT", output.toString()))
            .collect(Collectors.toCollection(ArrayList::new));
    arguments.add("--device=cuda");
    String text = run(1, arguments.toArray(String[]::new));
    assertThat(text).contains("NVIDIA's driver", "use --device cpu").doesNotContain("\tat ");
    assertThat(text.lines().filter(told -> told.contains("rows"))).as("of the data").isEmpty();
    if (!line.startsWith("generate --model_name_or_path=MODEL --prompts")) {
      assertThat(output).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data doctor ROWS --device=cuda",
        "judge ROWS --output=OUT --base_url=http://127.0.0.1:9 --judge_model=j --device=cuda",
        "synth ROWS --output=OUT --base_url=http://127.0.0.1:9 --model=w --use_cpu=true",
      })
  void aDeviceWithoutEffectIsRefused(String line) throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    String[] arguments =
        line.replace("ROWS", run.data.toString())
            .replace("OUT", folder.resolve("out").toString())
            .split(" ", -1);
    assertThat(run(2, arguments)).containsPattern("(device|use_cpu): has no effect without");
  }

  private static String run(int code, String... arguments) throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
    Process process =
        new ProcessBuilder(ChildRun.command(arguments))
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isEqualTo(code);
    return text;
  }
}
