/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import dev.dpo4j.io.RunTracker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends runs to a tracking server of MLflow, which the environment names. */
public final class MlflowTracker implements RunTracker {
  /** An answer takes milliseconds; a server that is longer about it hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Map<String, String> environment;
  private final MlflowFollower.Pace pace;
  private final Duration patience;

  /** Reads the environment of this process. */
  public MlflowTracker() {
    this(System.getenv(), MlflowFollower.Pace.USUAL, PATIENCE);
  }

  MlflowTracker(Map<String, String> environment, MlflowFollower.Pace pace, Duration patience) {
    this.environment = Map.copyOf(environment);
    this.pace = pace;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "mlflow";
  }

  @Override
  public @Nullable String fault() {
    if (MlflowSettings.disabled(environment)) {
      return "DISABLE_MLFLOW_INTEGRATION switches MLflow off: unset it, or take mlflow out";
    }
    return MlflowSettings.of(environment, "").fault();
  }

  @Override
  public Following follow(Path run) {
    return new MlflowFollower(sender(run, MlflowSettings.of(environment, "")), pace, false).start();
  }

  @Override
  public Sent send(Path run, Duration most) {
    // A run that was sent before goes to the same server unless another one is named.
    String before = MlflowState.read(run.resolve(fileName())).server();
    MlflowSettings settings = MlflowSettings.of(environment, before);
    String fault = settings.fault();
    if (fault != null) {
      return new Sent("", fault, List.of());
    }
    MlflowFollower follower = new MlflowFollower(sender(run, settings), pace, true).start();
    follower.close(most);
    return new Sent(follower.page(), follower.problem(), follower.notes());
  }

  private MlflowSender sender(Path run, MlflowSettings settings) {
    return new MlflowSender(
        run, run.resolve(fileName()), settings, new MlflowApi(settings, patience));
  }
}
