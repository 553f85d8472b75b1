/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.List;

/**
 * How much the lab does.
 *
 * @param seeds how many seeds each method is trained with
 * @param strengths by what the usual strength of the KL penalty, or beta, is multiplied
 * @param sftEpochs passes of the model that all begin with
 * @param pairsPerPrompt preference pairs made for each prompt
 * @param rewardEpochs passes over them for the reward model
 * @param rollouts rollouts of PPO, whose work all other methods get, too
 * @param samples answers to each held-out prompt in an examination
 */
record LabScale(
    int seeds,
    List<Double> strengths,
    double sftEpochs,
    int pairsPerPrompt,
    double rewardEpochs,
    int rollouts,
    int samples) {
  /** Two minutes on two quiet cores: whether all of it works. */
  static final LabScale QUICK = new LabScale(1, List.of(1.0), 1, 2, 1, 4, 2);

  /** Under half an hour on two quiet cores. */
  static final LabScale USUAL = new LabScale(3, List.of(0.25, 1.0, 4.0), 3, 8, 2, 12, 4);

  /** The numbers of the page, some hours. */
  static final LabScale FULL = new LabScale(5, List.of(0.25, 1.0, 4.0, 16.0), 3, 16, 2, 40, 8);
}
