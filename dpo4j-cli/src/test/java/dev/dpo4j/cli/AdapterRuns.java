/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Short runs that train an adapter on the tiny model, and commands on what they leave. */
final class AdapterRuns {
  private static final JsonMapper JSON = new JsonMapper();

  final ChildRun run;
  private CapturedConsole console = new CapturedConsole();

  AdapterRuns(Path folder) throws IOException {
    run = ChildRun.dpo(folder, "--use_peft=true", "--max_steps=3");
  }

  /** Runs a command; what it prints takes the place of what the last one printed. */
  int execute(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  /** What the last command printed. */
  CapturedConsole console() {
    return console;
  }

  /** The log-probabilities of the chosen answers under a model or adapter. */
  List<Double> logps(Path model) {
    int code =
        execute("logps", "--model_name_or_path=" + model, "--dataset_name=" + run.data, "--json");
    assertThat(code).as(console.err()).isZero();
    return console.out().lines().map(l -> JSON.readTree(l).get("chosen_logp").asDouble()).toList();
  }
}
