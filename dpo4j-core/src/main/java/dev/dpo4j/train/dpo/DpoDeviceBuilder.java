/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.train.options.ConfigValues;

/** The keys of a {@link DpoConfigBuilder} that say where is computed. */
abstract class DpoDeviceBuilder extends DpoDataBuilder {
  /** Sets {@code device}: {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}. */
  public DpoConfigBuilder device(String device) {
    return set("device", ConfigValues.scalar(device));
  }

  /** Sets {@code engine} to the folder of an installed PyTorch. */
  public DpoConfigBuilder engine(String engine) {
    return set("engine", ConfigValues.scalar(engine));
  }

  /** Sets {@code resume_on_another_device}. */
  public DpoConfigBuilder resumeOnAnotherDevice(boolean resumeOnAnotherDevice) {
    return set("resume_on_another_device", ConfigValues.scalar(resumeOnAnotherDevice));
  }

  /** Sets {@code use_cpu}. */
  public DpoConfigBuilder useCpu(boolean useCpu) {
    return set("use_cpu", ConfigValues.scalar(useCpu));
  }
}
