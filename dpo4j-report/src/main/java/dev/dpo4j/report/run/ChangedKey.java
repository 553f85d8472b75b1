/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/**
 * A key of the configuration that has another value than its default.
 *
 * @param value its value
 * @param usual its default
 */
public record ChangedKey(String value, String usual) {}
