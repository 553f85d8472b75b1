/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

/**
 * A sentence of the table in both languages of the documentation.
 *
 * @param english what messages and the English page say
 * @param chinese what the Chinese page says
 */
public record BilingualText(String english, String chinese) {}
