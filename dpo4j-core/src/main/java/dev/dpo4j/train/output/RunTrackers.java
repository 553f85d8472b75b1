/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.RunTracker;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.OutputOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The trackers that follow a run folder. They read it by themselves; the run only passes on what
 * goes wrong, once for each kind of trouble.
 */
public final class RunTrackers implements MetricSink {
  private final Map<String, RunTracker.Following> following = new LinkedHashMap<>();
  private final Map<String, String> told = new LinkedHashMap<>();
  private final TrainListener listener;

  private RunTrackers(TrainListener listener) {
    this.listener = listener;
  }

  /**
   * Refuses trackers that are not there or not set up.
   *
   * @throws ConfigException with all that is wrong
   */
  public static void require(OutputOptions options) {
    List<Fault> faults = new ArrayList<>();
    for (String name : options.servers()) {
      Optional<RunTracker> tracker = RunTracker.named(name);
      String fault =
          tracker.isEmpty()
              ? name + " needs the module dpo4j-report beside dpo4j-core"
              : tracker.get().fault();
      if (fault != null) {
        faults.add(new Fault("report_to", name, fault));
      }
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  /** The trackers that a run is sent to. */
  public static List<RunTracker> of(OutputOptions options) {
    List<RunTracker> found = new ArrayList<>();
    for (RunTracker tracker : RunTracker.all()) {
      boolean asked = options.servers().contains(tracker.name());
      if (asked || (options.serversIfNamed().contains(tracker.name()) && tracker.fault() == null)) {
        found.add(tracker);
      }
    }
    return found;
  }

  /** Takes away what trackers know of an earlier run of the folder. */
  static void forget(Path folder) throws IOException {
    for (RunTracker tracker : RunTracker.all()) {
      Files.deleteIfExists(folder.resolve(tracker.fileName()));
    }
  }

  /** Begins to send what the run writes. */
  static RunTrackers open(OutputOptions options, Path folder, TrainListener listener) {
    RunTrackers opened = new RunTrackers(listener);
    for (RunTracker tracker : of(options)) {
      opened.following.put(tracker.name(), tracker.follow(folder));
    }
    return opened;
  }

  @Override
  public void log(long step, double epoch, Map<String, Double> metrics) {
    following.forEach(
        (name, one) -> {
          String problem = one.problem();
          if (problem != null && !Objects.equals(problem, told.put(name, problem))) {
            listener.onWarning(name, problem + ". The run goes on; what is missing is sent later");
          }
        });
  }

  @Override
  public void close() {
    following.values().forEach(RunTracker.Following::close);
  }
}
