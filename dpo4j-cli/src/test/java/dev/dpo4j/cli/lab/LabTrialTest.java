/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabTrialTest {
  @Test
  void everyMethodIsTrainedAtEveryStrengthAndSeedButSftAtOneStrength() {
    List<LabTrial> trials = LabTrial.comparison(LabScale.USUAL);

    assertThat(trials).hasSize(3 * (7 * 3 + 1)).doesNotHaveDuplicates();
    assertThat(trials.subList(0, LabMethod.values().length))
        .allMatch(trial -> trial.strength() == 1 && trial.seed() == 1)
        .extracting(LabTrial::method)
        .containsExactly(LabMethod.values());
  }

  @Test
  void eachSettingOfPpoAndDpoIsTriedAtAQuarterAndAtFourTimesItsValue() {
    List<LabTrial> grid = LabTrial.grid(LabScale.QUICK);

    // The strengths of the comparison are those of kl_coef and beta.
    int settings = LabMethod.PPO.tuned().size() + LabMethod.DPO.tuned().size() - 2;
    assertThat(grid).hasSize(2 * settings);
    assertThat(LabScale.FULL.strengths()).contains(0.25, 4.0);
    assertThat(grid)
        .filteredOn(trial -> trial.method() == LabMethod.DPO)
        .extracting(LabTrial::settings)
        .contains(Map.of("learning_rate", 4e-4), Map.of("learning_rate", 2.5e-5))
        .doesNotContain(Map.of("beta", 0.4));
    assertThat(grid)
        .extracting(LabTrial::settings)
        .contains(Map.of("num_ppo_epochs", 8), Map.of("num_ppo_epochs", 1), Map.of("lam", 1.0));
  }

  @Test
  void theWholeLabDoesAllPartsSeedBySeedAndTheUsualOneIsAPartOfIt() {
    List<LabTrial> all = LabTrial.all(LabScale.FULL);

    assertThat(all).hasSize(5 * (7 * 4 + 1 + 2 * (8 + 2) + 3));
    assertThat(all).extracting(LabTrial::seed).isSorted();
    assertThat(all).containsAll(LabTrial.all(LabScale.USUAL));
    assertThat(LabScale.FULL.name()).isEqualTo(LabScale.USUAL.name());
  }

  @Test
  void eachTrialHasAFileOfItsOwn() {
    List<LabTrial> all = LabTrial.all(LabScale.FULL);

    assertThat(all).extracting(LabTrial::file).doesNotHaveDuplicates();
    assertThat(all).extracting(LabTrial::file).allMatch(name -> name.matches("[A-Za-z0-9._-]+"));
  }
}
