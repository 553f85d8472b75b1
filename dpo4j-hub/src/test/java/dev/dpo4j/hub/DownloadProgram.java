/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubSettings;
import java.nio.file.Path;

/** Downloads in a process of its own, which a test kills. */
final class DownloadProgram {
  private DownloadProgram() {}

  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("user.home"));
    HubSettings settings = HubSettings.of(System.getenv(), home);
    new HubClient(settings).snapshot(TestClient.name(), FileFilter.ALL, HubListener.NONE);
  }
}
