/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/**
 * What two models answer to the same prompt.
 *
 * @param step the step after which the policy answered
 * @param prompt the prompt
 * @param before the answer of the reference
 * @param after the answer of the policy
 */
public record Sample(long step, String prompt, String before, String after) {}
