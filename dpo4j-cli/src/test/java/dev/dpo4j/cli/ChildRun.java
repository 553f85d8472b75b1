/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Starts training in a process of its own, so that it can be killed. */
final class ChildRun {
  final Path model;
  final Path data;
  final List<String> arguments;

  private ChildRun(Path model, Path data, List<String> arguments) {
    this.model = model;
    this.data = data;
    this.arguments = List.copyOf(arguments);
  }

  /** The seed by which kills are drawn, printed so that they can be repeated. */
  static long killSeed() {
    long seed = Long.getLong("dpo4j.kill.seed", System.nanoTime());
    System.out.println("seed of the kills: -Ddpo4j.kill.seed=" + seed);
    return seed;
  }

  /** A DPO run of 16 steps: 11 rows, micro-batches of 2, two of them a step, six epochs. */
  static ChildRun dpo(Path folder, String... more) throws IOException {
    return of("dpo", folder, more);
  }

  /** Such a run by another method; where the model answers, a reward model judges. */
  static ChildRun of(String method, Path folder, String... more) throws IOException {
    Path model = TinyModel.write(folder);
    Path data = folder.resolve("pairs.jsonl");
    Files.writeString(
        data, IntStream.range(0, 11).mapToObj(i -> row(method, i)).collect(Collectors.joining()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                method,
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--eval_dataset=" + data,
                "--eval_steps=4",
                "--per_device_train_batch_size=2",
                "--gradient_accumulation_steps=2",
                "--num_train_epochs=6",
                "--max_steps=16",
                "--learning_rate=1e-3",
                "--logging_steps=1",
                "--save_steps=2",
                "--save_total_limit=3"));
    if (answers(method)) {
      Path reward = PpoCommandTest.rewardModel(model, folder.resolve("reward"));
      arguments.add("--reward_model_name_or_path=" + reward);
      arguments.add(method.equals("ppo") ? "--response_length=6" : "--max_completion_length=6");
    }
    arguments.addAll(List.of(more));
    return new ChildRun(model, data, arguments);
  }

  private static boolean answers(String method) {
    return Set.of("grpo", "rloo", "online_dpo", "ppo").contains(method);
  }

  private static String row(String method, int i) {
    String answers =
        switch (method) {
          case "dpo", "reward" -> "\"chosen\": \" in window %d\", \"rejected\": \" x\"";
          case "sft" -> "\"completion\": \" in window %d\"";
          case "grpo", "rloo", "online_dpo", "ppo" -> "\"solution\": \"%d\"";
          default -> "\"completion\": \" in window %d\", \"label\": " + (i % 2 == 0);
        };
    return ("{\"prompt\": \"lantern %d\", " + answers + "}\n").formatted(i, i * i);
  }

  /**
   * The arguments for a run into a folder; the last one of a key counts, and one without value
   * takes it out.
   */
  String[] into(Path output, String... more) {
    Map<String, String> byKey = new LinkedHashMap<>(); // A key that is given twice is an error.
    arguments.forEach(argument -> byKey.put(argument.split("=", -1)[0], argument));
    byKey.put("--output_dir", "--output_dir=" + output);
    for (String argument : more) {
      byKey.put(argument.split("=", -1)[0], argument);
    }
    byKey.values().removeIf(argument -> argument.endsWith("="));
    return byKey.values().toArray(String[]::new);
  }

  /** The command line of a process. */
  static List<String> command(String... arguments) {
    return command(ChildClasses.options(), arguments);
  }

  /** The command line of a process whose JVM gets further options. */
  static List<String> command(List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.maxBytes=0",
            "-Dai.djl.offline=true",
            "-cp",
            ChildClasses.path(),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** The command line of a program that is a class of the tests. */
  static List<String> program(Class<?> program, String... arguments) {
    List<String> command = command(List.of());
    command.set(command.indexOf("-cp") + 1, System.getProperty("java.class.path"));
    command.set(command.size() - 1, program.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts a process with one thread of computation, so that all processes compute alike. */
  static Process start(List<String> command) throws IOException {
    return builder(command).start();
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DPO4J_THREADS", "1");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    return builder;
  }

  /** Prepares such a process whose messages nobody reads. */
  static ProcessBuilder quiet(List<String> command) {
    return builder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
  }
}
