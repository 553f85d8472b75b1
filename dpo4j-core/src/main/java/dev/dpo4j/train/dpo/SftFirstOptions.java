/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Set;

/** Whether a DPO run begins with supervised training on the chosen answers. */
public record SftFirstOptions(
    @Option(
            defaultValue = "false",
            help =
                "Trains on the chosen answers first; DPO then starts from that model and uses it as "
                    + "the reference. This keeps the probability of both answers from falling when "
                    + "another model wrote them. The phase is saved in output_dir/sft.",
            difference = "TRL's users run trl sft and trl dpo one after the other.")
        boolean sftFirst,
    @Option(
            defaultValue = "2e-5",
            range = "[0,inf)",
            help = "Learning rate of the SFT phase; requires sft_first.",
            difference = "TRL's SFT default.")
        double sftLearningRate,
    @Option(
            defaultValue = "1.0",
            range = "(0,inf)",
            help = "Passes over the chosen answers in the SFT phase; requires sft_first.",
            difference = "Not in TRL.")
        double sftNumTrainEpochs)
    implements Checked {

  @Override
  public void check(Check check) {
    if (!sftFirst) {
      check.noEffect(Set.of("sft_learning_rate", "sft_num_train_epochs"), "without sft_first");
    }
  }
}
