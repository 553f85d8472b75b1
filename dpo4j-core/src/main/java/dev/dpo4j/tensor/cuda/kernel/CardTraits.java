/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/**
 * What is told about a card that is in use.
 *
 * @param description one line about the card and what computes on it
 * @param identity the card's name and the version of PyTorch, which a run that resumes compares
 * @param bfloat16 whether it multiplies bfloat16 matrices in hardware
 */
public record CardTraits(String description, String identity, boolean bfloat16) {}
