/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;

/** A configuration of one key. */
record MadeKeys(@Option(defaultValue = "0.1", help = "How strict.") double beta) {
  static final Binder<MadeKeys> BINDER = Binder.of(MadeKeys.class);
}
