/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.io.ModelFileException;
import java.util.ArrayList;
import java.util.List;

/** A config.json that cannot be used, with all its faults together. */
public final class ModelConfigException extends ModelFileException {
  private static final long serialVersionUID = 1L;

  private final ArrayList<String> faults;

  public ModelConfigException(String source, List<String> faults) {
    super(
        source
            + (faults.size() == 1
                ? ": " + faults.get(0)
                : ": " + faults.size() + " faults:\n  " + String.join("\n  ", faults)));
    this.faults = new ArrayList<>(faults);
  }

  /** One line a fault: the field, what was found and what was expected. */
  public List<String> faults() {
    return List.copyOf(faults);
  }
}
