/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.loss.single.SftNormalization;
import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SamplingStrategy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files of other tools give the runs that these tools would give. */
class RecipeTest {
  private static Bound<DpoConfig> read(RecipeMethod method, String yaml, String... flags) {
    return DpoConfig.binder(method)
        .bind(YamlSource.parse(yaml, "r.yaml"), FlagSource.parse(List.of(flags)));
  }

  private static DpoConfig dpo(String yaml, String... flags) {
    return read(RecipeMethod.DPO, yaml, flags).value();
  }

  private static List<String> notes(String yaml, String... flags) {
    return read(RecipeMethod.DPO, yaml, flags).notes().stream().map(Note::toString).toList();
  }

  private static List<String> faults(String yaml, String... flags) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> dpo(yaml, flags));
    return e.faults().stream().map(Fault::toString).toList();
  }

  @Test
  void llamaFactoryHasItsOwnDefaultsForAdapterLengthAndRate() {
    DpoConfig config = dpo("stage: dpo\nlora_rank: 4");
    assertThat(config.peft().usePeft()).isTrue();
    assertThat(config.peft().loraR()).isEqualTo(4);
    assertThat(config.peft().loraAlpha()).isEqualTo(8);
    assertThat(config.peft().loraDropout()).isZero();
    assertThat(config.peft().loraTargetModules()).containsExactly("all-linear");
    assertThat(config.data().maxLength()).isEqualTo(2048);
    assertThat(config.optimizer().learningRate()).isEqualTo(5e-5);
    assertThat(dpo("stage: dpo\nfinetuning_type: lora").peft().loraAlpha()).isEqualTo(16);
    assertThat(dpo("stage: dpo\nlora_alpha: null\nlora_rank: 8").peft().loraAlpha()).isEqualTo(16);
    assertThat(dpo("stage: dpo\nfinetuning_type: full").peft().usePeft()).isFalse();
    assertThat(notes("stage: dpo\nlora_rank: 4"))
        .anyMatch(note -> note.startsWith("lora_alpha: 8 (2 x lora_rank)"));
  }

  @Test
  void lossesOfLlamaFactoryBecomeTheSameLosses() {
    String head = "stage: dpo\nfinetuning_type: full\n";
    assertThat(dpo(head + "pref_loss: orpo").loss().names()).isEqualTo("orpo");
    assertThat(dpo(head + "dpo_label_smoothing: 0.1").loss().names()).isEqualTo("cdpo");
    DpoConfig ftx = dpo(head + "pref_ftx: 0.5");
    assertThat(ftx.loss().names()).isEqualTo("rpo");
    assertThat(ftx.loss().rpoAlpha()).isEqualTo(0.5);
    assertThat(ftx.loss().rpoNormalization()).isEqualTo(SftNormalization.SEQUENCE_MEAN);
    DpoConfig both = dpo(head + "pref_bco_weight: 0.5");
    assertThat(both.loss().names()).isEqualTo("sigmoid, bco_pair");
    assertThat(both.loss().lossWeights()).containsExactly(1.0, 0.5);
    assertThat(dpo(head + "pref_loss: kto_pair").loss().names()).isEqualTo("kto_pair");
  }

  @Test
  void tokensThatOtherToolsAddAreAddedWithResizeVocab() {
    DpoConfig config = dpo("stage: dpo\nnew_special_tokens: <a>, <b>\nadd_tokens: word");
    assertThat(config.texts().newSpecialTokens()).containsExactly("<a>", "<b>");
    assertThat(config.texts().addTokens()).containsExactly("word");
    assertThat(config.texts().resizeVocab()).isTrue();
    assertThat(dpo("stage: dpo\nadd_special_tokens: <a>").texts().newSpecialTokens())
        .containsExactly("<a>");
    DpoConfig axolotl = dpo("base_model: m\nrl: dpo\ntokens: ['<a>', '<b>']");
    assertThat(axolotl.texts().addTokens()).containsExactly("<a>", "<b>");
    assertThat(axolotl.texts().resizeVocab()).isTrue();
    assertThat(dpo("stage: dpo\nresize_vocab: true").texts().resizeVocab()).isTrue();
  }

  @Test
  void anotherStageNamesItsCommand() {
    assertThat(faults("stage: kto")).singleElement().asString().contains("run dpo4j kto");
    assertThat(faults("stage: rm")).singleElement().asString().contains("dpo4j reward");
    assertThat(faults("base_model: m\nrl: kto")).anyMatch(fault -> fault.contains("dpo4j kto"));
  }

  @Test
  void marksOfTwoToolsAreRefused() {
    assertThat(faults("stage: dpo\nbase_model: m"))
        .singleElement()
        .asString()
        .contains("axolotl", "LLaMA-Factory", "config_format");
    assertThat(faults("stage: dpo\nloss_type: ipo")).hasSize(1);
  }

  @Test
  void oneMeaningInTwoSpellingsMustHaveOneValue() {
    assertThat(faults("eval_strategy: no\nevaluation_strategy: epoch"))
        .singleElement()
        .asString()
        .contains("both mean the same");
    assertThat(dpo("eval_strategy: epoch\nevaluation_strategy: epoch").eval().strategy())
        .isEqualTo(Interval.EPOCH);
  }

  @Test
  void aFlagWinsOverEverySpellingAndSaysWhatItSetAside() {
    Bound<DpoConfig> bound =
        read(
            RecipeMethod.DPO,
            "stage: dpo\ncutoff_len: 99\ndataset: a,b\nmix_strategy: interleave_under",
            "--max_length=32",
            "--dataset_name=d.jsonl");
    assertThat(bound.value().data().maxLength()).isEqualTo(32);
    assertThat(bound.value().data().dataset().datasetName()).isEqualTo("d.jsonl");
    assertThat(bound.notes())
        .filteredOn(note -> note.kind() == Note.Kind.SET_ASIDE)
        .extracting(Note::key)
        .containsExactlyInAnyOrder("cutoff_len", "dataset", "mix_strategy");
  }

  @Test
  void hintsKnowTheWordsOfOtherTools() {
    assertThat(faults("lora_rank: 8"))
        .singleElement()
        .asString()
        .contains("LLaMA-Factory", "here it is lora_r", "config_format: llamafactory");
    assertThat(faults("lerning_rate: 1")).singleElement().asString().contains("learning_rate?");
  }

  @Test
  void simpoOfItsAuthorsBecomesSimpo() {
    DpoConfig config = dpo("beta: 2.5\ngamma_beta_ratio: 0.55");
    assertThat(config.loss().names()).isEqualTo("simpo");
    assertThat(config.loss().simpoGamma()).isEqualTo(1.375);
  }

  @Test
  void olderLossesOfTrlBecomeTheSameLosses() {
    assertThat(dpo("label_smoothing: 0.1").loss().names()).isEqualTo("cdpo");
    assertThat(dpo("rpo_alpha: 1.0\nloss_type: sigmoid").loss().names()).isEqualTo("rpo");
    assertThat(dpo("rpo_alpha: null").loss().names()).isEqualTo("sigmoid");
    DpoConfig free = dpo("reference_free: true");
    assertThat(free.loss().names()).isEqualTo("cpo");
    assertThat(free.loss().cpoAlpha()).isZero();
    assertThat(dpo("loss_type: kto_pair").loss().names()).isEqualTo("kto_pair");
  }

  @Test
  void orpoAndCpoTrainTheLossOfTheirName() {
    assertThat(read(RecipeMethod.ORPO, "beta: 0.2").value().loss().names()).isEqualTo("orpo");
    assertThat(read(RecipeMethod.CPO, "loss_type: sigmoid").value().loss().names())
        .isEqualTo("cpo");
    DpoConfig simpo = read(RecipeMethod.CPO, "loss_type: simpo\ncpo_alpha: 0").value();
    assertThat(simpo.loss().names()).isEqualTo("simpo");
    DpoConfig both = read(RecipeMethod.CPO, "loss_type: simpo\ncpo_alpha: 0.5").value();
    assertThat(both.loss().names()).isEqualTo("simpo, sft");
    assertThat(both.loss().lossWeights()).containsExactly(1.0, 0.5);
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> read(RecipeMethod.ORPO, "loss_type: sigmoid"));
    assertThat(e).hasMessageContaining("run dpo4j dpo");
  }

  @Test
  void axolotlHasItsOwnDefaultsAndSharesOfTheRun() {
    Bound<DpoConfig> bound =
        read(
            RecipeMethod.DPO,
            """
            base_model: m
            rl: ipo
            rl_beta: 0.3
            adapter: qlora
            load_in_4bit: true
            lora_r: 8
            lora_alpha: 16
            lora_target_linear: true
            sequence_len: 128
            micro_batch_size: 2
            num_epochs: 2
            optimizer: paged_adamw_8bit
            lr_scheduler: linear
            learning_rate: 0.0002
            val_set_size: 0.1
            evals_per_epoch: 2
            saves_per_epoch: 1
            flash_attention: true
            datasets:
              - path: org/pairs
                type: chat_template.default
                split: train
            """);
    DpoConfig config = bound.value();
    assertThat(config.loss().names()).isEqualTo("ipo");
    assertThat(config.loss().beta()).isEqualTo(0.3);
    assertThat(config.peft().loraTargetModules()).containsExactly("all-linear");
    assertThat(config.peft().loraDropout()).isZero();
    assertThat(config.optimizer().optim()).isEqualTo(OptimizerName.ADAMW_8BIT);
    assertThat(config.eval().evalSteps()).isEqualTo(0.25);
    assertThat(config.save().saveSteps()).isEqualTo(0.5);
    assertThat(config.schedule().warmupRatio()).isEqualTo(0.03);
    assertThat(config.dataset().sources().testSplitSize()).isEqualTo(0.1);
    assertThat(bound.notes()).extracting(Note::key).contains("flash_attention");
    assertThat(config.peft().packing().loadIn4bit()).isTrue();
    assertThat(config.peft().packing().useBnbNestedQuant()).isTrue();
    assertThat(dpo("base_model: m\nrl: dpo").data().maxLength()).isEqualTo(512);
  }

  @Test
  void ktoOfLlamaFactoryShufflesItsRows() {
    KtoConfig config =
        KtoConfig.binder()
            .bind(YamlSource.parse("stage: kto\nkto_chosen_weight: 2", "r.yaml"), List.of())
            .value();
    assertThat(config.loop().trainSamplingStrategy()).isEqualTo(SamplingStrategy.RANDOM);
    assertThat(config.loss().desirableWeight()).isEqualTo(2);
  }

  @Test
  void keysOfAnotherStageAreNotedInLlamaFactoryAndRefusedInTrl() {
    Bound<SftConfig> bound =
        SftConfig.binder()
            .bind(YamlSource.parse("stage: sft\npref_beta: 0.2", "r.yaml"), List.of());
    assertThat(bound.notes()).extracting(Note::key).contains("pref_beta");
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> SftConfig.binder().bind(YamlSource.parse("beta: 0.2", "r.yaml"), List.of()));
    assertThat(e).hasMessageContaining("is not a key of sft");
  }

  @Test
  void faultsOfAllKindsComeTogether() {
    assertThat(faults("beta: -1\nneftune_noise_alpha: 5\nlerning_rate: 1\nlora_r: 16")).hasSize(4);
  }

  @Test
  void theMixerOfTheHandbookBecomesAMixture() {
    DpoConfig config =
        dpo("dataset_mixer: {org/a: 0.5}\ndataset_splits: [train_prefs, test_prefs]");
    assertThat(String.valueOf(config.dataset().sources().datasetMixture()))
        .contains("org/a", "train_prefs", "fraction", "test_datasets", "test_prefs");
    assertThat(faults("dataset_splits: [train]"))
        .singleElement()
        .asString()
        .contains("dataset_mixer");
  }
}
