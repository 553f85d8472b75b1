/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The list {@code gpu/device-tests.txt}: tests that run on a card, and those that do not. */
record DeviceTests(List<String> running, List<String> others) {
  /** Reads the list. */
  static DeviceTests read() throws IOException {
    List<String> running = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("gpu", "device-tests.txt"))) {
      String[] words = line.split(" ", 3);
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      if (words.length < 3) {
        throw new IllegalStateException("device-tests.txt: a line has three parts: " + line);
      }
      if (words[0].equals("not")) {
        others.add(words[1]);
      } else {
        running.add(words[0]);
        // A limit in seconds.
        if (Integer.parseInt(words[1]) <= 0) {
          throw new IllegalStateException("device-tests.txt: no time is left for " + words[0]);
        }
      }
    }
    return new DeviceTests(running, others);
  }
}
