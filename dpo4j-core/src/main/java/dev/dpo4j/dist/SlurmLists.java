/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The short forms in which SLURM writes lists. */
final class SlurmLists {
  private static final Pattern TIMES = Pattern.compile("([0-9]{1,6})(?:\\(x([0-9]{1,6})\\))?");

  private SlurmLists() {}

  /** Returns the first name of a list such as {@code gpu[03-07,9],login1}: {@code gpu03}. */
  static String firstNode(String list) {
    int bracket = list.indexOf('[');
    int comma = list.indexOf(',');
    if (bracket < 0 || (comma >= 0 && comma < bracket)) {
      return comma < 0 ? list : list.substring(0, comma);
    }
    int end = list.indexOf(']', bracket);
    String inside = list.substring(bracket + 1, end < 0 ? list.length() : end);
    String after = end < 0 ? "" : list.substring(end + 1);
    int next = after.indexOf(',');
    String suffix = next < 0 ? after : after.substring(0, next);
    return firstNode(list.substring(0, bracket) + inside.split("[-,]", 2)[0] + suffix);
  }

  /** Returns the number for a node in a list such as {@code 2(x3),1}; 1 where it tells none. */
  static int count(String list, int node) {
    int at = 0;
    Matcher matcher = TIMES.matcher(list);
    while (matcher.find()) {
      at += matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
      if (node < at) {
        return Integer.parseInt(matcher.group(1));
      }
    }
    return 1;
  }
}
