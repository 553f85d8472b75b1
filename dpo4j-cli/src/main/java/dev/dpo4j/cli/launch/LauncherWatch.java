/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.launch;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Ends a rank whose launcher is gone: nobody would read what it says or look after its end. */
public final class LauncherWatch {
  /** Tells a process which one has launched it. */
  static final String VARIABLE = "DPO4J_LAUNCHER";

  private LauncherWatch() {}

  /**
   * Looks after the launcher of this process, if it has one.
   *
   * @param gone what to do when the launcher has ended before this process
   */
  public static void start(Map<String, String> environment, Runnable gone) {
    @Nullable String process = environment.get(VARIABLE);
    if (process == null || !process.matches("[0-9]{1,18}")) {
      return;
    }
    Optional<ProcessHandle> launcher = ProcessHandle.of(Long.parseLong(process));
    if (launcher.isEmpty()) {
      gone.run();
    } else {
      // Nobody waits for it: it ends with the process.
      CompletableFuture<Void> unused = launcher.get().onExit().thenRun(gone);
    }
  }
}
