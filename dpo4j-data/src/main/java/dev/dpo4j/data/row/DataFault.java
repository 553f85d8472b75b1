/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

/**
 * One thing that is wrong with the data.
 *
 * @param origin the row it was found in
 * @param message what was found, what was expected, and what to do
 */
public record DataFault(Origin origin, String message) {
  @Override
  public String toString() {
    return origin + ": " + message;
  }
}
