/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every method of training gives on the emulated card what it gives on the processor. */
class MethodsOnACardIT {
  private static final JsonMapper JSON = new JsonMapper();

  /** Float32 sums in another order, after two optimizer steps. */
  private static final double TOLERANCE = 1e-3;

  /** The same where both compute in bfloat16, which rounds in other places on a card. */
  private static final double REDUCED = 3e-2;

  /** What is compared then: a count or a rank jumps where two numbers are close. */
  private static final Set<String> SMOOTH =
      Set.of("loss", "grad_norm", "logps/chosen", "logps/rejected");

  /** Below this an error counts as absolute: rewards begin at zero. */
  private static final double FLOOR = 0.2;

  private static final String LORA = "--use_peft=true --lora_r=4 --lora_dropout=0 ";
  private static final String GROUPS = "--num_generations=2 ";

  /** Method and options; each way of holding weights, states and activations is there once. */
  private static final String[][] RUNS = {
    {"dpo", "--bf16=false --loss_type=sigmoid,sft --loss_weights=1,0.5 --optim=lion"},
    {"dpo", "--bf16=true --gradient_checkpointing=true --optim=adafactor"},
    {"dpo", "--bf16=false --load_in_4bit=true --bnb_4bit_quant_type=nf4 " + LORA},
    {"sft", "--bf16=false --packing=true --max_length=64 --optim=adamw_8bit"},
    {"kto", "--bf16=false --offload_optimizer=true"},
    {"reward", "--bf16=false --use_dora=true " + LORA},
    {"grpo", "--bf16=false --beta=0.1 --num_iterations=2 " + GROUPS},
    {"rloo", "--bf16=false " + GROUPS + LORA},
    {"online_dpo", "--bf16=false --activation_offloading=true"},
    {"ppo", "--bf16=false"},
  };

  @TempDir private Path folder;

  /** Runs all on one device, each into a folder of its number. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException {
      Path output = Path.of(arguments[1]);
      for (int i = 0; i < RUNS.length; i++) {
        Path inputs = Files.createDirectories(output.resolve("inputs" + i));
        List<String> options = new ArrayList<>(List.of(RUNS[i][1].trim().split(" +")));
        options.addAll(
            List.of(
                "--device=" + arguments[0],
                "--max_steps=3",
                "--gradient_accumulation_steps=1",
                "--per_device_train_batch_size=4",
                "--save_strategy=no",
                "--save_steps=",
                "--save_total_limit=",
                "--eval_dataset=",
                "--eval_steps="));
        ChildRun run = ChildRun.of(RUNS[i][0], inputs, options.toArray(String[]::new));
        CapturedConsole console = new CapturedConsole();
        int code = new Cli(console.console(), new Interruption()).execute(run.into(run(output, i)));
        assertThat(code).as(String.join(" ", RUNS[i]) + "\n" + console.err()).isZero();
      }
    }
  }

  @Test
  void everyMetricOfEveryStepIsThatOfTheProcessor() throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    Process processor = start("cpu");
    Process card = start("emulated");
    for (String device : List.of("cpu", "emulated")) {
      int code = (device.equals("cpu") ? processor : card).waitFor();
      assertThat(code).as(Files.readString(folder.resolve(device + ".log"))).isZero();
    }
    for (int i = 0; i < RUNS.length; i++) {
      compare(i);
    }
  }

  private Process start(String device) throws IOException {
    List<String> command =
        ChildRun.program(Program.class, device, folder.resolve(device).toString());
    return ChildRun.quiet(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(device + ".log").toFile())
        .start();
  }

  private void compare(int run) throws IOException {
    String name = String.join(" ", RUNS[run]);
    List<JsonNode> expected = metrics("cpu", run);
    List<JsonNode> found = metrics("emulated", run);
    assertThat(found).as(name).hasSameSizeAs(expected).hasSize(3);
    boolean reduced = name.contains("bf16=true");
    double tolerance = reduced ? REDUCED : TOLERANCE;
    for (int step = 0; step < expected.size(); step++) {
      assertThat(keys(found.get(step))).as(name).isEqualTo(keys(expected.get(step)));
      for (String key : reduced ? SMOOTH : keys(expected.get(step))) {
        double value = expected.get(step).get(key).asDouble();
        assertThat(Math.abs(found.get(step).get(key).asDouble() - value))
            .as("%s: %s of step %d, which is %s on the processor", name, key, step + 1, value)
            .isLessThanOrEqualTo(tolerance * Math.max(Math.abs(value), FLOOR));
      }
    }
  }

  /** The numbers that do not tell of time. */
  private static Set<String> keys(JsonNode step) {
    Set<String> keys = new TreeSet<>();
    step.properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNumber()) {
                keys.add(entry.getKey());
              }
            });
    keys.removeIf(key -> key.contains("time") || key.contains("second"));
    return keys;
  }

  private List<JsonNode> metrics(String device, int run) throws IOException {
    Path file = run(folder.resolve(device), run).resolve("metrics.jsonl");
    return Files.readAllLines(file).stream().map(JSON::readTree).toList();
  }

  private static Path run(Path output, int number) {
    return output.resolve("run" + number);
  }
}
