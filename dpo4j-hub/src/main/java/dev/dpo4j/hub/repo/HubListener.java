/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

/** Hears how far a transfer is; the methods are called from several threads. */
public interface HubListener {
  /** Hears nothing. */
  HubListener NONE = new HubListener() {};

  /**
   * A transfer begins.
   *
   * @param what what is transferred, such as the name of the repository
   * @param files how many files
   * @param bytes their size together
   * @param present bytes that an earlier, interrupted transfer has left
   */
  default void begins(String what, int files, long bytes, long present) {}

  /** More bytes have come; negative where a file must start again. */
  default void advances(long bytes) {}

  /** A file is whole, checked and in its place. */
  default void fileDone(String path) {}

  /** The transfer is over, well or not. */
  default void ends() {}

  /** Something a person should know, in one line: waiting, trying again, using the cache. */
  default void notice(String text) {}
}
