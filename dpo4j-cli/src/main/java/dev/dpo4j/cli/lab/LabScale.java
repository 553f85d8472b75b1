/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.List;

/**
 * How much the lab does.
 *
 * @param name the folder of its results
 * @param seeds how many seeds each method is trained with
 * @param strengths by what the usual strength of the KL penalty, or beta, is multiplied
 * @param sftEpochs passes of the model that all begin with
 * @param pairsPerPrompt preference pairs made for each prompt
 * @param rewardEpochs passes over them for the reward model
 * @param rollouts rollouts of PPO, whose work all other methods get, too
 * @param looks how often a policy is examined on its way
 * @param samples answers to each held-out prompt in an examination
 * @param batches minibatches whose gradients are compared
 * @param whole whether the grid and the ablation are done, too
 */
record LabScale(
    String name,
    int seeds,
    List<Double> strengths,
    double sftEpochs,
    int pairsPerPrompt,
    double rewardEpochs,
    int rollouts,
    int looks,
    int samples,
    int batches,
    boolean whole) {
  /** Two minutes on two quiet cores: whether all of it works. */
  static final LabScale QUICK = new LabScale("quick", 1, List.of(1.0), 1, 2, 1, 2, 2, 1, 4, false);

  /** Under half an hour on two quiet cores: what the page shows. */
  static final LabScale USUAL =
      new LabScale("usual", 3, List.of(0.25, 1.0, 4.0), 3, 8, 2, 12, 4, 4, 12, false);

  /**
   * Two more seeds and a stronger tie, the grid and the ablation. It goes on with the results of
   * the usual size, whose data and work for each run it has.
   */
  static final LabScale FULL =
      new LabScale("usual", 5, List.of(0.25, 1.0, 4.0, 16.0), 3, 8, 2, 12, 4, 4, 32, true);
}
