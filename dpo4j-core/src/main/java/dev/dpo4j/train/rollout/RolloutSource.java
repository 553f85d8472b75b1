/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import java.util.List;

/**
 * Gives answers to prompts while a model is trained.
 *
 * <p>Without one of its own a run samples from the policy ({@link SampledRollouts}). A source of
 * your own brings the answers of another server, or answers that were recorded.
 */
@FunctionalInterface
public interface RolloutSource {
  /**
   * Answers prompts.
   *
   * <p>Asked the same after a run was resumed, it has to give the same answers; otherwise the run
   * goes on, but not to the same bytes.
   *
   * @param requests in the order in which the run uses them; equal prompts stand side by side
   * @return one answer for each request, in their order
   */
  List<Completion> complete(List<RolloutRequest> requests);
}
