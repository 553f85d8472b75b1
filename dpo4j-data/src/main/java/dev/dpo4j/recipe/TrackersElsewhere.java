/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.Set;

/** Trackers that transformers knows and nothing here is sent to. */
public final class TrackersElsewhere {
  /** Their names in {@code report_to}. */
  public static final Set<String> NAMES =
      Set.of(
          "azure_ml",
          "clearml",
          "codecarbon",
          "comet_ml",
          "dagshub",
          "dvclive",
          "flyte",
          "kubeflow",
          "neptune");

  private TrackersElsewhere() {}
}
