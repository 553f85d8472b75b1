/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.family.BaseDtype;
import dev.dpo4j.model.lora.LoraBias;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.optim.schedule.SteppedSchedule;
import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.train.options.GradientCheckpointing;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.LoraScopeOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.SamplingStrategy;
import dev.dpo4j.train.sft.SftLossType;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingConfigTest {

  private static DpoConfig bind(String yaml, String... flags) {
    return DpoConfig.binder()
        .bind(YamlSource.parse(yaml, "run.yaml"), FlagSource.parse(List.of(flags)))
        .value();
  }

  private static List<String> faults(String yaml, String... flags) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> bind(yaml, flags));
    return e.faults().stream().map(Fault::toString).toList();
  }

  @Test
  void defaultsAreThoseOfTrlExceptWhereTheReferenceSaysSo() {
    Map<String, Object> values = DpoConfig.binder().flatten(bind(""));
    assertThat(values)
        .containsEntry("learning_rate", 1e-6)
        .containsEntry("beta", 0.1)
        .containsEntry("loss_type", List.of(LossType.SIGMOID))
        .containsEntry("max_length", 1024)
        .containsEntry("per_device_train_batch_size", 8)
        .containsEntry("num_train_epochs", 3.0)
        .containsEntry("adam_epsilon", 1e-8)
        .containsEntry("weight_decay", 0.0)
        .containsEntry("max_grad_norm", 1.0)
        .containsEntry("lr_scheduler_type", LrSchedulerType.LINEAR)
        .containsEntry("seed", 42L)
        .containsEntry("logging_steps", 10.0)
        .containsEntry("bf16", null)
        .containsEntry("gradient_checkpointing", GradientCheckpointing.AUTO);
  }

  @Test
  void aTrlFileRuns() {
    DpoConfig config =
        bind(
            """
            # Model arguments
            model_name_or_path: models/qwen
            dtype: float32
            attn_implementation: sdpa
            use_peft: false
            # Data
            dataset_name: data/dpo.jsonl
            dataset_num_proc: 1
            # Trainer
            beta: 0.05
            bf16: true
            do_eval: false
            eval_strategy: "no"
            gradient_accumulation_steps: 4
            gradient_checkpointing: true
            gradient_checkpointing_kwargs:
              use_reentrant: false
            learning_rate: 5.0e-7
            log_level: info
            logging_steps: 1
            lr_scheduler_type: cosine
            lr_scheduler_kwargs: null
            max_length: 512
            num_train_epochs: 1
            optim: adamw_torch
            output_dir: out
            per_device_train_batch_size: 2
            push_to_hub: false
            report_to:
              - none
            save_strategy: "no"
            seed: 42
            use_cpu: true
            warmup_steps: 0.1
            """);
    assertThat(config.optimizer().learningRate()).isEqualTo(5e-7);
    assertThat(config.eval().strategy()).isEqualTo(Interval.NO);
    assertThat(config.schedule().schedule(5e-7, 25, "eval_loss"))
        .isEqualTo(SteppedSchedule.of(LrSchedulerType.COSINE, 5e-7, 3, 25));
  }

  @Test
  void optionsOfAnAdapterNeedOne() {
    assertThat(faults("lora_r: 16\nlora_alpha: 8\nlora_dropout: 0\nuse_rslora: true"))
        .hasSize(3)
        .allMatch(fault -> fault.contains("without use_peft"));
    assertThat(faults("use_peft: true", "--lora_dropout", "0.1"))
        .singleElement()
        .asString()
        .contains("disable_dropout");
    assertThat(bind("use_peft: true\nlora_dropout: 0.1").peft().loraDropout()).isEqualTo(0.1);
    assertThat(faults("use_peft: true\nlora_dropout: 0\ndisable_dropout: false")).hasSize(1);
    assertThat(faults("use_dora: true\nlora_modules_to_save: [lm_head]", "--dtype", "bfloat16"))
        .hasSize(3);
    assertThat(faults("use_peft: true\nuse_dora: true\ndisable_dropout: false"))
        .singleElement()
        .asString()
        .contains("lora_dropout");
    assertThat(faults("use_peft: true\nlora_target_modules: [all-linear, q_proj]")).hasSize(1);
    assertThat(faults("use_peft: true\nlora_target_modules: [lm_head]"))
        .singleElement()
        .asString()
        .contains("down_proj");
    assertThat(faults("use_peft: true\nsft_first: true")).hasSize(1);
    DpoConfig config = bind("use_peft: true\nlora_r: 4\nlora_target_modules: all-linear");
    assertThat(config.peft())
        .isEqualTo(
            new PeftOptions(
                true,
                4,
                32,
                0.05,
                List.of("all-linear"),
                false,
                false,
                null,
                null,
                BaseDtype.FLOAT32,
                new PackingOptions(false, false, CodeBook.NF4, false),
                true,
                new LoraScopeOptions(null, null, null, null, null, LoraBias.NONE),
                false));
  }

  @Test
  void optionsWithoutEffectAreRefusedTogether() {
    assertThat(
            faults(
                "",
                ("--loss_type=hinge --label_smoothing=0.1 --discopop_tau=0.1"
                        + " --f_alpha_divergence_coef=0.7 --lr_scheduler_type=constant"
                        + " --warmup_steps=10 --lr_scheduler_kwargs={min_lr_rate:0.1}"
                        + " --eval_on_start --dataset_test_split=held_out"
                        + " --ref_model_sync_steps=2 --train_sampling_strategy=sequential"
                        + " --data_seed=1 --logging_strategy=epoch --logging_steps=5")
                    .replace("rate:", "rate: ")
                    .split(" (?=--)")))
        .hasSize(10)
        .allMatch(fault -> fault.contains("has no effect"))
        .anyMatch(fault -> fault.startsWith("warmup_steps: has no effect with lr_scheduler_type"));
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() {
    assertThat(faults("sft_first: true\nref_model_name_or_path: other")).hasSize(1);
    assertThat(faults("warmup_steps: 3\nwarmup_ratio: 0.1")).hasSize(1);
    assertThat(faults("loss_type: [sigmoid, sft]\nloss_weights: [1]")).hasSize(1);
    assertThat(faults("loss_type: exo_pair")).hasSize(1);
    assertThat(faults("loss_type: robust\nlabel_smoothing: 0.5")).hasSize(1);
    assertThat(faults("loss_type: nca_pair\nf_divergence_type: forward_kl")).hasSize(1);
    assertThat(faults("loss_type: aot\nuse_weighting: true")).hasSize(1);
    assertThat(faults("lr_scheduler_type: cosine_with_min_lr")).hasSize(1);
    assertThat(faults("lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr: 1e-3}"))
        .hasSize(1);
    assertThat(faults("max_steps: 0")).hasSize(1);
    assertThat(faults("logging_steps: 2.5")).hasSize(1);
    assertThat(faults("beta: 0"))
        .containsExactly("beta: must be greater than 0 but was 0 (run.yaml:1)");
  }

  @Test
  void sftAndKtoHaveTheDefaultsOfTrl() {
    SftConfig sft = SftConfig.binder().bind(List.<Setting>of(), List.of()).value();
    assertThat(sft.optimizer().learningRate()).isEqualTo(2e-5);
    assertThat(sft.data().completionOnlyLoss()).isNull();
    assertThat(sft.loop().trainSamplingStrategy()).isEqualTo(SamplingStrategy.RANDOM);
    KtoConfig kto = KtoConfig.binder().bind(List.<Setting>of(), List.of()).value();
    assertThat(kto.optimizer().learningRate()).isEqualTo(1e-6);
    assertThat(kto.loop().trainSamplingStrategy()).isEqualTo(SamplingStrategy.SEQUENTIAL);
    assertThat(
            SftConfig.binder()
                .bind(YamlSource.parse(sft.toYaml(), "y"), List.<Setting>of())
                .value())
        .isEqualTo(sft);
    assertThat(
            KtoConfig.binder()
                .bind(YamlSource.parse(kto.toYaml(), "y"), List.<Setting>of())
                .value())
        .isEqualTo(kto);
  }

  @Test
  void aReferenceThatNobodyLooksAtHasNoOptions() {
    assertThat(faults("loss_type: simpo\nprecompute_ref_log_probs: true")).hasSize(1);
    assertThat(faults("loss_type: orpo\nref_model_name_or_path: x\ndisplacement_limit: 1"))
        .hasSize(2);
  }

  @Test
  void ktoOverASingleRowIsRefused() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                KtoConfig.binder()
                    .bind(List.of(), FlagSource.parse(List.of("--per_device_train_batch_size=1"))));
    assertThat(e).hasMessageContaining("optimizer batch").hasMessageContaining("apo_zero_unpaired");
  }

  @Test
  void evaluationIsOnWhereItsKeysAreSet() {
    assertThat(bind("eval_dataset: x.jsonl").eval().strategy()).isEqualTo(Interval.STEPS);
    assertThat(bind("", "--eval_steps=5").eval().strategy()).isEqualTo(Interval.STEPS);
    assertThat(bind("eval_steps: 5").eval().strategy()).as("as in TRL").isEqualTo(Interval.NO);
    assertThat(bind("").eval().strategy()).isEqualTo(Interval.NO);
    assertThat(faults("eval_strategy: no", "--eval_steps=5")).hasSize(1);
    assertThat(faults("eval_strategy: epoch", "--eval_steps=5")).hasSize(1);
  }

  @Test
  void theScheduleTakesTheSmallestRateInBothForms() {
    String yaml = "lr_scheduler_type: cosine_with_min_lr\nlearning_rate: 1e-3\n";
    assertThat(
            bind(yaml + "lr_scheduler_kwargs: {min_lr: 1e-4}")
                .schedule()
                .schedule(1e-3, 10, "eval_loss")
                .lr(10))
        .isCloseTo(1e-4, within(1e-12));
    assertThat(
            bind(yaml, "--lr_scheduler_kwargs", "{\"min_lr_rate\": 0.2}")
                .schedule()
                .schedule(1e-3, 10, "eval_loss")
                .lr(10))
        .isCloseTo(2e-4, within(1e-12));
  }

  @Test
  void theBuilderReadsLikeTrlAndReportsAllFaults() {
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(Path.of("out"))
            .beta(0.1)
            .learningRate(5e-7)
            .perDeviceTrainBatchSize(2)
            .numTrainEpochs(1)
            .loggingSteps(10)
            .bf16(true)
            .build();
    assertThat(config.loop().bf16()).isTrue();
    assertThat(config.output().outputDir()).isEqualTo(Path.of("out"));
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> DpoConfig.builder().beta(-1).perDeviceTrainBatchSize(0).build());
    assertThat(e.faults())
        .extracting(Fault::key)
        .containsExactly("beta", "per_device_train_batch_size");
  }

  @Test
  void everyBuilderMethodReachesItsKey() {
    DpoConfig config =
        DpoConfig.builder()
            .lossType(LossType.SIGMOID, LossType.SFT)
            .lossWeights(1, 0.5)
            .maxLength(null)
            .lrSchedulerType(LrSchedulerType.COSINE)
            .lrSchedulerKwargs(Map.of("num_cycles", 0.5))
            .trainSamplingStrategy(SamplingStrategy.SEQUENTIAL)
            .evalDataset("eval.jsonl")
            .build();
    assertThat(config.data().maxLength()).isNull();
    DeviceOptions device =
        DpoConfig.builder().device("cuda:1").engine("venv").useCpu(false).build().device();
    assertThat(device).isEqualTo(new DeviceOptions("cuda:1", "venv", false));
    assertThat(config.loss().lossWeights()).containsExactly(1.0, 0.5);
  }

  @ParameterizedTest
  @MethodSource("builders")
  void everyKeyHasASetter(Class<?> builder, Binder<?> binder) {
    assertThat(builder.getMethods())
        .filteredOn(method -> method.getReturnType() == builder)
        .extracting(Method::getName)
        .containsAll(binder.keys().stream().map(key -> camelCase(key.name())).toList());
  }

  static List<Arguments> builders() {
    return List.of(
        Arguments.of(DpoConfigBuilder.class, DpoConfig.binder()),
        Arguments.of(KtoConfigBuilder.class, KtoConfig.binder()),
        Arguments.of(SftConfigBuilder.class, SftConfig.binder()));
  }

  @Test
  void theBuildersOfKtoAndSftHaveTheDefaultsOfTheirMethods() {
    assertThat(KtoConfig.builder().build()).isEqualTo(KtoConfig.of(""));
    assertThat(SftConfig.builder().build()).isEqualTo(SftConfig.of(""));
    assertThat(DpoConfig.builder().build()).isEqualTo(DpoConfig.of(""));
    assertThat(SftConfig.builder().build().optimizer().learningRate()).isEqualTo(2e-5);
    KtoConfig kto =
        KtoConfig.builder()
            .outputDir(Path.of("runs/kto"))
            .beta(0.2)
            .desirableWeight(1.5)
            .perDeviceTrainBatchSize(4)
            .build();
    assertThat(kto)
        .isEqualTo(
            KtoConfig.of(
                """
                output_dir: runs/kto
                beta: 0.2
                desirable_weight: 1.5
                per_device_train_batch_size: 4
                """));
  }

  @Test
  void settersOfTheBuilderTakeNumbersListsAndNull() {
    DpoConfig config =
        DpoConfig.builder()
            .evalDataset("eval.jsonl")
            .evalSteps(5)
            .dataSeed(3)
            .saveTotalLimit(2)
            .gradientCheckpointing(true)
            .displacementLimit(null)
            .usePeft(true)
            .loraTargetModules("q_proj", "k_proj")
            .reportTo(List.of("tensorboard"))
            .build();
    assertThat(config.eval().evalSteps()).isEqualTo(5.0);
    assertThat(config.loop().dataSeed()).isEqualTo(3);
    assertThat(config.loop().gradientCheckpointing()).isEqualTo(GradientCheckpointing.TRUE);
    assertThat(config.guard().displacementLimit()).isNull();
    assertThat(config.peft().loraTargetModules()).containsExactly("q_proj", "k_proj");
    assertThat(
            DpoConfig.builder().datasetMixture("{\"datasets\": [{\"id\": \"a.jsonl\"}]}").build())
        .isEqualTo(DpoConfig.of("dataset_mixture: {datasets: [{id: a.jsonl}]}"));
  }

  @Test
  void theBuilderRefusesWhatAFileMayNotSay() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                DpoConfig.builder()
                    .beta(Double.NaN)
                    .maxLength(0)
                    .lossWeights(List.of())
                    .reportTo(List.of("wandb", "wandbx"))
                    .syncRefModel(false)
                    .refModelSyncSteps(4)
                    .build());
    assertThat(e.faults())
        .extracting(Fault::toString)
        .containsExactlyInAnyOrder(
            "beta: expected a number > 0, found number NaN (DpoConfig.builder())",
            "max_length: must be at least 1 but was 0 (DpoConfig.builder())",
            "report_to: must be of none, all, tensorboard, wandb, trackio, swanlab, mlflow but was"
                + " \"wandbx\" (DpoConfig.builder())",
            "loss_weights: must have one weight for each of the 1 loss types but has 0"
                + " (DpoConfig.builder())",
            "ref_model_sync_steps: has no effect without sync_ref_model: remove it"
                + " (DpoConfig.builder())");
  }

  @Test
  void aBuilderGoesOnFromAConfig() {
    DpoConfig first =
        DpoConfig.builder().outputDir(Path.of("out")).beta(0.3).maxLength(null).build();
    DpoConfig second = first.toBuilder().learningRate(1e-5).build();
    assertThat(second.loss()).isEqualTo(first.loss());
    assertThat(second.data()).isEqualTo(first.data());
    assertThat(second.optimizer().learningRate()).isEqualTo(1e-5);
    assertThat(first.toBuilder().build()).isEqualTo(first);
    SftConfig sft = SftConfig.builder().lossType(SftLossType.DFT).build();
    assertThat(sft.toBuilder().build()).isEqualTo(sft);
    KtoConfig kto = KtoConfig.builder().lossType(KtoLoss.Kind.APO_ZERO_UNPAIRED).build();
    assertThat(kto.toBuilder().build()).isEqualTo(kto);
  }

  @Test
  void aConfigIsReadFromAFileAndWrittenBack(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("run.yaml");
    DpoConfig dpo = DpoConfig.builder().outputDir(Path.of("out")).beta(0.2).build();
    Files.writeString(file, dpo.toYaml());
    assertThat(DpoConfig.of(file)).isEqualTo(dpo);
    KtoConfig kto = KtoConfig.builder().outputDir(Path.of("out")).beta(0.2).build();
    Files.writeString(file, kto.toYaml());
    assertThat(KtoConfig.of(file)).isEqualTo(kto);
    SftConfig sft = SftConfig.builder().outputDir(Path.of("out")).packing(true).build();
    Files.writeString(file, sft.toYaml());
    assertThat(SftConfig.of(file)).isEqualTo(sft);
    Files.writeString(file, "beta: 0");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> DpoConfig.of(file))
        .withMessageContaining("beta: must be greater than 0 but was 0 (" + file + ":1)");
  }

  private static String camelCase(String key) {
    StringBuilder name = new StringBuilder();
    for (String word : key.split("_", -1)) {
      name.append(name.isEmpty() ? word.charAt(0) : Character.toUpperCase(word.charAt(0)));
      name.append(word, 1, word.length());
    }
    return name.toString();
  }

  @Test
  void theResolvedConfigRunsAgain() {
    DpoConfig config = bind("learning_rate: 5e-7\noutput_dir: out\nmax_length: null");
    assertThat(bind(config.toYaml())).isEqualTo(config);
  }
}
