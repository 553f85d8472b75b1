/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.io.RunRequest;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.ConfigChanges;
import dev.dpo4j.train.options.RunConfig;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps what happened in a run beside its metrics: {@code events.jsonl}, one JSON object a line.
 *
 * <p>Here stands what {@code metrics.jsonl} leaves out because it differs from run to run or is no
 * number: start and end with their time, what became of the rows, the plan, warnings, speed and
 * memory. A report reads it. What is told before the folder may be written is kept until then, and
 * every call goes on to the listener of the run. A file that cannot be written does not end the
 * run: that is logged once.
 */
public final class RunEvents implements TrainListener, AutoCloseable {
  /** The name of the file in a run folder. */
  public static final String FILE_NAME = "events.jsonl";

  /** Rows that are named for one reason; there may be millions. */
  private static final int ROWS_NAMED = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);

  private final TrainListener next;
  private final Clock clock;
  private final List<String> early = new ArrayList<>();
  private @Nullable BufferedWriter writer;
  private boolean opened;
  private boolean training;
  private long tokens;
  private double seconds;
  private double secondsSoFar;

  public RunEvents(TrainListener next) {
    this(next, Clock.systemUTC());
  }

  RunEvents(TrainListener next, Clock clock) {
    this.next = next;
    this.clock = clock;
  }

  /** Opens the file in a run folder; the events of a run that goes on stay. */
  void open(Path folder, boolean goesOn) {
    Path file = folder.resolve(FILE_NAME);
    try {
      writer =
          Files.newBufferedWriter(
              file,
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE,
              goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      opened = true;
      if (goesOn) {
        // What a killed run left may end in the middle of a line.
        writer.write('\n');
      }
      for (String line : early) {
        write(line);
      }
      early.clear();
    } catch (IOException e) {
      giveUp(e);
    }
  }

  /** Tells that the run begins, or goes on after a step. */
  public void started(RunConfig config, long step, long maxSteps) {
    Map<String, Object> event = event("start");
    event.put("step", step);
    event.put("max_steps", maxSteps);
    event.put("dpo4j", CodeVersion.get());
    event.put("java", String.valueOf(System.getProperty("java.version")));
    event.put("pid", ProcessHandle.current().pid());
    Map<String, Object> changed = new LinkedHashMap<>();
    ConfigChanges.of(config)
        .forEach(
            (key, change) -> {
              Map<String, Object> values = new LinkedHashMap<>();
              values.put("value", change.value());
              values.put("default", change.usual());
              changed.put(key, values);
            });
    event.put("changed", changed);
    add(event);
  }

  /** Tells what became of the rows of the training data. */
  public void data(String role, DataReport report) {
    Map<String, Object> event = event("data");
    event.put("role", role);
    event.putAll(report.toMap());
    for (String kind : List.of("dropped", "cut", "noted")) {
      Map<String, Object> events = new LinkedHashMap<>();
      report.rows().keySet().stream()
          .filter(found -> found.kind().name().equalsIgnoreCase(kind))
          .forEach(
              found -> {
                int[] rows = report.rows(found);
                int[] named = Arrays.copyOf(rows, Math.min(rows.length, ROWS_NAMED));
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("count", rows.length);
                entry.put("rows", named);
                entry.put("description", found.description());
                events.put(found.id(), entry);
              });
      event.put(kind, events);
    }
    add(event);
  }

  /** Tells that the run has taken up what another program asked for. */
  void asked(RunRequest request) {
    Map<String, Object> event = event("request");
    event.put("name", request.name().toLowerCase(Locale.ROOT));
    add(event);
  }

  /** Tells that the run's own steps begin; what was trained before belongs to another folder. */
  public void training() {
    training = true;
  }

  /** Tells that the run has ended, before the checksums of its folder are taken. */
  public void ended(TrainResult result) {
    Map<String, Object> event = event("end");
    event.put("status", result.stopped() ? "stopped" : "finished");
    event.put("step", result.steps());
    event.put("seconds", result.seconds());
    event.put("peak_memory_bytes", result.peakMemoryBytes());
    add(event);
  }

  /** Tells that the run has failed. */
  public void failed(RuntimeException failure) {
    Map<String, Object> event = event("end");
    event.put("status", "failed");
    event.put("message", String.valueOf(failure.getMessage()));
    add(event);
  }

  @Override
  public void onPlan(RunPlan plan) {
    if (!training) {
      Map<String, Object> event = event("plan");
      event.put("method", plan.method());
      event.put("model", plan.model());
      event.put("parameters", plan.parameters());
      event.put("trained", plan.trained());
      event.put("adapter", plan.adapter() == null ? "" : plan.adapter());
      event.put("unit", plan.unit());
      event.put("rows", plan.rows());
      event.put("eval_rows", plan.evalRows());
      event.put("tokens_per_epoch", plan.tokensPerEpoch());
      event.put("steps", plan.steps());
      event.put("rows_per_step", plan.rowsPerStep());
      event.put("reference", plan.reference());
      event.put("memory_bytes", plan.memory().total());
      event.put("compute", plan.compute());
      event.put("engine", plan.engine());
      add(event);
    }
    next.onPlan(plan);
  }

  @Override
  public void onReference(int rowsDone, int rows) {
    next.onReference(rowsDone, rows);
  }

  @Override
  public void onEvaluation(int batchesDone, int batches) {
    next.onEvaluation(batchesDone, batches);
  }

  @Override
  public void onPhase(String name, TrainResult result) {
    next.onPhase(name, result);
  }

  @Override
  public void onWarning(String name, String message) {
    add("warning", name, message);
    next.onWarning(name, message);
  }

  @Override
  public void onNote(String name, String message) {
    add("note", name, message);
    next.onNote(name, message);
  }

  private void add(String kind, String name, String message) {
    Map<String, Object> event = event(kind);
    event.put("name", name);
    event.put("message", message);
    add(event);
  }

  @Override
  public void onStep(StepReport report) {
    if (training) {
      tokens += report.tokens();
      seconds += report.seconds();
    }
    next.onStep(report);
  }

  @Override
  public void onLog(long step, double epoch, Map<String, Double> metrics) {
    if (training && seconds > 0) {
      secondsSoFar += seconds;
      Map<String, Object> event = event("speed");
      event.put("step", step);
      event.put("seconds", Math.rint(secondsSoFar * 1e3) / 1e3);
      event.put("tokens_per_second", Math.rint(tokens / seconds * 10) / 10);
      long resident = ProcessMemory.residentBytes();
      if (resident > 0) {
        event.put("memory_bytes", resident);
      }
      if (Backends.peakBytes() >= 0) {
        event.put("peak_device_bytes", Backends.peakBytes());
      }
      add(event);
      tokens = 0;
      seconds = 0;
    }
    next.onLog(step, epoch, metrics);
  }

  @Override
  public void onEnd(Path folder, TrainResult result) {
    next.onEnd(folder, result);
  }

  private Map<String, Object> event(String name) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("event", name);
    event.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    return event;
  }

  private void add(Map<String, Object> event) {
    String line = JsonMapper.shared().writeValueAsString(event);
    if (!opened) {
      early.add(line);
      return;
    }
    try {
      write(line);
    } catch (IOException e) {
      giveUp(e);
    }
  }

  private void write(String line) throws IOException {
    BufferedWriter open = writer;
    if (open != null) {
      open.write(line);
      open.write('\n');
      open.flush();
    }
  }

  /** The report of a run is not worth the run. */
  private void giveUp(IOException e) {
    LOG.warn("{} cannot be written, so a report of this run lacks its events: {}", FILE_NAME, e);
    opened = true;
    BufferedWriter broken = writer;
    writer = null;
    try {
      if (broken != null) {
        broken.close();
      }
    } catch (IOException closing) {
      LOG.debug("closing {}", FILE_NAME, closing);
    }
  }

  @Override
  public void close() {
    BufferedWriter open = writer;
    writer = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + FILE_NAME + ": " + e, e);
    }
  }
}
