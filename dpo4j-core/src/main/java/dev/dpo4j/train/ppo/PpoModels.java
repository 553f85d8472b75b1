/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.train.reference.ReferenceKeeper;

/**
 * The models of a run beside the reward model.
 *
 * @param policy the actor, which is trained
 * @param reference what it is held to
 * @param keeper looks after the reference's model
 * @param critic the value model
 */
record PpoModels(CausalLm policy, CausalLm reference, ReferenceKeeper keeper, Critic critic)
    implements AutoCloseable {
  @Override
  public void close() {
    critic.close();
    keeper.close();
  }
}
