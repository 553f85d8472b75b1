/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import org.jspecify.annotations.Nullable;

/**
 * Says how rows of supervised data become token ids; names and meaning are those of TRL's SFT.
 *
 * @param limits how much of a row is kept
 * @param completionOnlyLoss whether only the completion of a prompt is learnt; null for yes
 * @param assistantOnlyLoss whether only what the assistant says is learnt, as the template marks it
 *     with {@code {% generation %}}
 */
public record SupervisedOptions(
    LengthLimits limits, @Nullable Boolean completionOnlyLoss, boolean assistantOnlyLoss) {

  /** Returns TRL's defaults with a limit; null for none. */
  public static SupervisedOptions ofMaxLength(@Nullable Integer maxLength) {
    return new SupervisedOptions(LengthLimits.ofMaxLength(maxLength), null, false);
  }
}
