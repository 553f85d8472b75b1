/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/**
 * Something that a run told its user.
 *
 * @param name what it is called, such as {@code displacement}
 * @param message what was seen, and what to do
 */
public record Warning(String name, String message) {}
