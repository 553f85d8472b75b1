/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.command.Program;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.studio.launch.RunMethod;
import dev.dpo4j.studio.watch.RunStudio;
import dev.dpo4j.studio.watch.StudioOptions;
import dev.dpo4j.studio.watch.StudioSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** Serves the pages on which runs are watched. */
@Command(
    name = "studio",
    description = {
      "Watch the runs of a folder in the browser while they train, and start new ones.",
      "",
      "Prints an address on this machine that lets a browser in, and serves until "
          + "Ctrl-C. Runs do not notice when it ends. DPO4J_STUDIO_TOKEN sets the token, so that "
          + "the address stays the same and Prometheus can read /metrics."
    })
public final class StudioCommand extends BoundCommand<StudioOptions> {
  private static final String TOKEN = "DPO4J_STUDIO_TOKEN";

  private final Console console;
  private final Map<String, String> environment;

  public StudioCommand(Console console, Map<String, String> environment) {
    super(StudioOptions.binder(), "runs");
    this.console = console;
    this.environment = environment;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("RUNS", "runs"));
  }

  @Override
  protected ExitCode run(StudioOptions options) throws IOException {
    StudioSetup setup =
        new StudioSetup(environment.get(TOKEN), methods(), program(), Program.name());
    try (RunStudio studio = RunStudio.start(options, setup)) {
      console
          .err()
          .printf(
              "%d runs in %s. Open the address below; Ctrl-C ends the studio, not the runs.%n",
              studio.runs(), options.runs());
      console.out().println(studio.address());
      console.out().flush();
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE;
  }

  private static List<RunMethod> methods() {
    List<String> required = List.of("model_name_or_path", "dataset_name", "output_dir");
    return List.of(
        new RunMethod("dpo", DpoConfig.binder(), required),
        new RunMethod("sft", SftConfig.binder(), required),
        new RunMethod("kto", KtoConfig.binder(), required),
        new RunMethod("reward", RewardConfig.binder(), required),
        new RunMethod("orpo", DpoConfig.binder(RecipeMethod.ORPO), required),
        new RunMethod("cpo", DpoConfig.binder(RecipeMethod.CPO), required));
  }

  /** The launcher that has started this process, or this Java where there is none. */
  private static List<String> program() {
    String home = System.getProperty("dpo4j.home", "");
    Path launcher = Path.of(home, "dpo4j").toAbsolutePath();
    if (!home.isEmpty() && Files.isExecutable(launcher)) {
      return List.of(launcher.toString());
    }
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
        "-Dorg.bytedeco.javacpp.maxBytes=0",
        "-Dai.djl.offline=true",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.dpo4j.cli.Main");
  }
}
