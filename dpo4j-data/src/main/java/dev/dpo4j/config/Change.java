/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

/**
 * A key that has another value than it would have by itself.
 *
 * @param value its value, as it would stand in a file
 * @param usual its default, in the same way
 */
public record Change(String value, String usual) {}
