/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/**
 * What the studio shows, and what it may do.
 *
 * @param runs the folder with the runs
 * @param port port, 0 for any that is free
 * @param readOnly whether runs are shown only
 * @param data the folder with data and label projects, or null for that of the runs
 */
public record StudioOptions(
    @Option(help = "Folder with run folders, at any depth up to four; new runs are made in it.")
        @Nullable String runs,
    @Option(
            defaultValue = "0",
            range = "[0,65535]",
            help = "Port on 127.0.0.1; 0 picks a free one.")
        int port,
    @Option(
            defaultValue = "false",
            help = "Only shows runs: none can be stopped, started or saved from the page.")
        boolean readOnly,
    @Option(
            help =
                "Folder with data files and label projects, up to three deep; that of the runs"
                    + " where it is not given.")
        @Nullable String data) {
  /** Returns the binder of the keys. */
  public static Binder<StudioOptions> binder() {
    return Binder.of(StudioOptions.class);
  }
}
