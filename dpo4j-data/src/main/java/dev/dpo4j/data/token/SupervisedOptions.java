/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import org.jspecify.annotations.Nullable;

/**
 * Says how rows of supervised data become token ids; names and meaning are those of TRL's SFT.
 *
 * @param maxLength most tokens of a sequence, or null for no limit; longer ones lose their end
 * @param completionOnlyLoss whether only the completion of a prompt is learnt; null for yes
 * @param assistantOnlyLoss whether only what the assistant says is learnt, as the template marks it
 *     with {@code {% generation %}}
 */
public record SupervisedOptions(
    @Nullable Integer maxLength, @Nullable Boolean completionOnlyLoss, boolean assistantOnlyLoss) {
  public SupervisedOptions {
    if (maxLength != null && maxLength < 1) {
      throw new IllegalArgumentException("max_length must be at least 1 but was " + maxLength);
    }
  }

  /** Returns TRL's defaults with a limit; null for none. */
  public static SupervisedOptions ofMaxLength(@Nullable Integer maxLength) {
    return new SupervisedOptions(maxLength, null, false);
  }
}
