/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

/** A run on a cluster that cannot begin or go on; the message says why and what to do. */
public final class SparkRunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SparkRunException(String message) {
    super(message);
  }

  SparkRunException(String message, Throwable cause) {
    super(message, cause);
  }
}
