/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import java.util.List;
import java.util.stream.Collectors;

/** Reports everything that is wrong with a configuration at once. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Fault> faults;

  /** Creates the exception of one or more faults. */
  public ConfigException(List<Fault> faults) {
    super(describe(faults));
    this.faults = List.copyOf(faults);
  }

  /** Creates the exception of a single fault. */
  public ConfigException(Fault fault) {
    this(List.of(fault));
  }

  /** Returns the faults in the order of the configuration. */
  public List<Fault> faults() {
    return faults;
  }

  private static String describe(List<Fault> faults) {
    if (faults.size() == 1) {
      return faults.get(0).toString();
    }
    return faults.stream()
        .map(fault -> "  - " + fault.toString().replace("\n", "\n    "))
        .collect(Collectors.joining("\n", faults.size() + " faults in the configuration:\n", ""));
  }
}
