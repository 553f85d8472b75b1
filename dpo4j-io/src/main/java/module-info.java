/* SPDX-License-Identifier: Apache-2.0 */
/** Files that survive a crash, checksums and folders, for all modules of dpo4j. */
module dev.dpo4j.io {
  requires static transitive org.jspecify;

  exports dev.dpo4j.io;

  uses dev.dpo4j.io.RunTracker;
}
