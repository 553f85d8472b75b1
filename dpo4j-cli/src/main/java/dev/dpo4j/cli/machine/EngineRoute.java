/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.dist.Ranks;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.probe.RouteProbe;
import dev.dpo4j.train.options.ReferenceOptions;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the engine on the route that is fastest on this machine. */
public final class EngineRoute {
  private static final Logger LOG = LoggerFactory.getLogger(EngineRoute.class);

  private EngineRoute() {}

  /**
   * Starts the engine, takes the route that was measured once on this machine, and lets reference
   * log-probs be kept in the user's cache.
   *
   * <p>Only what the launcher starts is measured: a program that embeds dpo4j, or a test, neither
   * waits a second nor gets a file in its home folder.
   */
  public static Engine choose() {
    Engine engine = Engine.ensureStarted();
    if (System.getProperty("dpo4j.home") != null) {
      Path cache = cache(System.getenv());
      RouteProbe.apply(engine, System.getenv(), cache);
      System.setProperty(ReferenceOptions.CACHE_PROPERTY, cache.resolve("reference").toString());
    }
    return engine;
  }

  /** Chooses the device; where it is the CPU, starts the engine as {@link #choose()} does. */
  public static void choose(DeviceOptions device) {
    choose(device, Ranks.SINGLE);
  }

  /** Chooses the device of one of several processes. */
  public static void choose(DeviceOptions device, Ranks place) {
    device.choose(place, note -> LOG.warn("{}", note));
    if (Backends.device().isCpu()) {
      choose();
    }
  }

  /** The folder where dpo4j remembers what it measured. */
  static Path cache(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path folder =
        base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
    return folder.resolve("dpo4j");
  }
}
