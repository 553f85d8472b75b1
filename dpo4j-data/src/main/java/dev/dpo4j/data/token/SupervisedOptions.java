/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import org.jspecify.annotations.Nullable;

/**
 * Says how rows of supervised data become token ids; names and meaning are those of TRL's SFT.
 *
 * @param limits how much of a row is kept
 * @param completionOnlyLoss whether only the completion of a prompt is learnt; null for yes
 * @param assistantOnlyLoss whether only what the assistant says is learnt, as the template marks it
 *     with {@code {% generation %}}, or else from the opening of a turn to its end
 */
public record SupervisedOptions(
    LengthLimits limits, @Nullable Boolean completionOnlyLoss, AssistantOnly assistantOnlyLoss) {

  /** Options as in TRL, whose assistant_only_loss is true or false. */
  public SupervisedOptions(
      LengthLimits limits, @Nullable Boolean completionOnlyLoss, boolean assistantOnlyLoss) {
    this(limits, completionOnlyLoss, assistantOnlyLoss ? AssistantOnly.TRUE : AssistantOnly.FALSE);
  }

  /** Returns TRL's defaults with a limit; null for none. */
  public static SupervisedOptions ofMaxLength(@Nullable Integer maxLength) {
    return new SupervisedOptions(LengthLimits.ofMaxLength(maxLength), null, false);
  }
}
