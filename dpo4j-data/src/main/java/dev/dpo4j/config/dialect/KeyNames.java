/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.dialect;

import java.util.Collection;

/** The keys of a record, as a {@link Dialect} sees them. */
public interface KeyNames {
  /** Returns every name that is accepted, aliases too. */
  Collection<String> all();

  /** Tells whether there is such a key. */
  boolean isKnown(String name);

  /** Tells whether there is such a key and it is true or false. */
  boolean isBoolean(String name);
}
