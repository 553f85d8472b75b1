/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import org.jspecify.annotations.Nullable;

/** The version of dpo4j, as its jar names it. */
final class CodeVersion {
  private CodeVersion() {}

  static String get() {
    @Nullable String version = CodeVersion.class.getPackage().getImplementationVersion();
    return version == null ? "not packaged" : version;
  }
}
