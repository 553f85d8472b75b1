/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.dpo4j.config.Secrets;

/** A log message with its stack trace, without the secrets that either may hold. */
public final class MaskedLine extends ThrowableProxyConverter {
  /** Makes one; the configuration of the log does it by name. */
  public MaskedLine() {}

  @Override
  public String convert(ILoggingEvent event) {
    return Secrets.mask(
        event.getFormattedMessage() + System.lineSeparator() + super.convert(event));
  }
}
