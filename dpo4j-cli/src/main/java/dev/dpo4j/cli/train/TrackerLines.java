/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.io.RunTracker;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.output.RunTrackers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says where a run can be followed, and what to call for tools that read files. */
final class TrackerLines {
  /** A run that has ended does not wait any longer for a server. */
  private static final Duration END = Duration.ofSeconds(5);

  /** Somebody who asks for it waits, but not for a server that hangs. */
  private static final Duration ASKED = Duration.ofMinutes(30);

  private final Console console;

  TrackerLines(Console console) {
    this.console = console;
  }

  /** Sends the page of a run that has ended, and names what is left to do. */
  void atEnd(Path run, OutputOptions options) {
    for (RunTracker tracker : RunTrackers.of(options)) {
      RunTracker.Sent sent = tracker.send(run, END);
      sent.notes().forEach(note -> console.err().println("warning: " + note));
      if (sent.problem() == null) {
        console.err().printf("%-10s %s%n", tracker.name(), sent.where());
      } else {
        console
            .err()
            .printf(
                "warning: %s has not got all of this run: %s. It is kept; to send it: dpo4j report --send %s%n",
                tracker.name(), sent.problem(), quoted(run.toString()));
      }
    }
    commands(run)
        .forEach(
            (name, command) -> {
              if (options.reportTo().contains(name)) {
                console
                    .err()
                    .printf(
                        "%-10s %s takes the files of TensorBoard: %s%n",
                        "report_to", name, command);
              }
            });
  }

  /** How tools that read TensorBoard's files take those of a run. */
  static Map<String, String> commands(Path run) {
    Path runs = run.resolve("runs");
    Path name = run.toAbsolutePath().normalize().getFileName();
    String project = name == null ? "dpo4j" : name.toString();
    Map<String, String> commands = new LinkedHashMap<>();
    // Later versions have lost the option, and say so.
    commands.put(
        "wandb",
        "pip install \"wandb<=0.29.0\" tensorboard && wandb sync --sync-tensorboard "
            + quoted(runs.toString()));
    commands.put(
        "trackio",
        "pip install \"trackio[tensorboard]\" && python -c %s %s %s"
            .formatted(
                "'import sys, trackio; trackio.import_tf_events(*sys.argv[1:])'",
                quoted(runs.toString()),
                quoted(project)));
    commands.put(
        "swanlab",
        "pip install swanlab tensorboard && swanlab convert --type tensorboard --tb-log-dir "
            + quoted(runs.toString()));
    return commands;
  }

  /** Sends all that is missing of some runs. */
  ExitCode send(List<Path> runs) {
    boolean whole = true;
    for (Path run : runs) {
      if (OwnerLock.isHeld(run)) {
        console
            .err()
            .println(run + ": the run goes on and is sent by itself, if report_to says so");
        continue;
      }
      for (RunTracker tracker : RunTracker.all()) {
        RunTracker.Sent sent = tracker.send(run, ASKED);
        sent.notes().forEach(note -> console.err().println("warning: " + note));
        if (sent.problem() == null) {
          console.out().println(sent.where());
        } else {
          console.err().println("%s: not sent: %s".formatted(run, sent.problem()));
          whole = false;
        }
      }
    }
    return whole ? ExitCode.DONE : ExitCode.FAILURE;
  }

  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./=:+@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
