/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.row.RankedPairs;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.train.options.ConfigValues;
import dev.dpo4j.train.options.GradientCheckpointing;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SamplingStrategy;
import dev.dpo4j.train.options.SaveFailure;
import dev.dpo4j.train.options.SaveStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets the keys of a {@link DpoConfig} one by one.
 *
 * <p>Every method bears the name of its key in camel case; the key's meaning and default stand at
 * the component of the options record. What is not set keeps its default.
 */
public final class DpoConfigBuilder extends DpoDeviceBuilder {
  private final Map<String, Value> values = new LinkedHashMap<>();

  DpoConfigBuilder() {}

  /**
   * Returns the config.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public DpoConfig build() {
    List<Setting> settings = new ArrayList<>();
    values.forEach((key, value) -> settings.add(new Setting(key, value, "DpoConfig.builder()")));
    return DpoConfig.binder().bind(List.of(), settings).value();
  }

  /** Sets {@code model_name_or_path}. */
  public DpoConfigBuilder modelNameOrPath(String modelNameOrPath) {
    return set("model_name_or_path", ConfigValues.scalar(modelNameOrPath));
  }

  /** Sets {@code ref_model_name_or_path}. */
  public DpoConfigBuilder refModelNameOrPath(String refModelNameOrPath) {
    return set("ref_model_name_or_path", ConfigValues.scalar(refModelNameOrPath));
  }

  /** Sets {@code ranked_pairs}. */
  public DpoConfigBuilder rankedPairs(@Nullable RankedPairs rankedPairs) {
    return set("ranked_pairs", ConfigValues.scalar(rankedPairs));
  }

  /** Sets {@code min_score_margin}. */
  public DpoConfigBuilder minScoreMargin(@Nullable Double minScoreMargin) {
    return set("min_score_margin", ConfigValues.scalar(minScoreMargin));
  }

  /** Sets {@code dataset_train_split}. */
  public DpoConfigBuilder datasetTrainSplit(String datasetTrainSplit) {
    return set("dataset_train_split", ConfigValues.scalar(datasetTrainSplit));
  }

  /** Sets {@code dataset_test_split}. */
  public DpoConfigBuilder datasetTestSplit(String datasetTestSplit) {
    return set("dataset_test_split", ConfigValues.scalar(datasetTestSplit));
  }

  /** Sets {@code max_length}. */
  public DpoConfigBuilder maxLength(@Nullable Integer maxLength) {
    return set("max_length", ConfigValues.scalar(maxLength));
  }

  /** Sets {@code max_prompt_length}. */
  public DpoConfigBuilder maxPromptLength(@Nullable Integer maxPromptLength) {
    return set("max_prompt_length", ConfigValues.scalar(maxPromptLength));
  }

  /** Sets {@code max_completion_length}. */
  public DpoConfigBuilder maxCompletionLength(@Nullable Integer maxCompletionLength) {
    return set("max_completion_length", ConfigValues.scalar(maxCompletionLength));
  }

  /** Sets {@code truncation_mode}. */
  public DpoConfigBuilder truncationMode(String truncationMode) {
    return set("truncation_mode", ConfigValues.scalar(truncationMode));
  }

  /** Sets {@code drop_identical_pairs}. */
  public DpoConfigBuilder dropIdenticalPairs(boolean dropIdenticalPairs) {
    return set("drop_identical_pairs", ConfigValues.scalar(dropIdenticalPairs));
  }

  /** Sets {@code sft_first}. */
  public DpoConfigBuilder sftFirst(boolean sftFirst) {
    return set("sft_first", ConfigValues.scalar(sftFirst));
  }

  /** Sets {@code sft_learning_rate}. */
  public DpoConfigBuilder sftLearningRate(double sftLearningRate) {
    return set("sft_learning_rate", ConfigValues.scalar(sftLearningRate));
  }

  /** Sets {@code sft_num_train_epochs}. */
  public DpoConfigBuilder sftNumTrainEpochs(double sftNumTrainEpochs) {
    return set("sft_num_train_epochs", ConfigValues.scalar(sftNumTrainEpochs));
  }

  /** Sets {@code displacement_limit}; null never warns. */
  public DpoConfigBuilder displacementLimit(@Nullable Double displacementLimit) {
    return set("displacement_limit", ConfigValues.scalar(displacementLimit));
  }

  /** Sets {@code precompute_ref_log_probs}. */
  public DpoConfigBuilder precomputeRefLogProbs(boolean precomputeRefLogProbs) {
    return set("precompute_ref_log_probs", ConfigValues.scalar(precomputeRefLogProbs));
  }

  /** Sets {@code ref_logps_cache}: a folder, or {@code off}. */
  public DpoConfigBuilder refLogpsCache(String refLogpsCache) {
    return set("ref_logps_cache", ConfigValues.scalar(refLogpsCache));
  }

  /** Sets {@code sync_ref_model}. */
  public DpoConfigBuilder syncRefModel(boolean syncRefModel) {
    return set("sync_ref_model", ConfigValues.scalar(syncRefModel));
  }

  /** Sets {@code ref_model_mixup_alpha}. */
  public DpoConfigBuilder refModelMixupAlpha(double refModelMixupAlpha) {
    return set("ref_model_mixup_alpha", ConfigValues.scalar(refModelMixupAlpha));
  }

  /** Sets {@code ref_model_sync_steps}. */
  public DpoConfigBuilder refModelSyncSteps(int refModelSyncSteps) {
    return set("ref_model_sync_steps", ConfigValues.scalar(refModelSyncSteps));
  }

  /** Sets {@code loss_type}. */
  public DpoConfigBuilder lossType(String... lossType) {
    return set("loss_type", ConfigValues.list(lossType));
  }

  /** Sets {@code loss_weights}. */
  public DpoConfigBuilder lossWeights(double... lossWeights) {
    return set("loss_weights", ConfigValues.list(lossWeights));
  }

  /** Sets {@code beta}. */
  public DpoConfigBuilder beta(double beta) {
    return set("beta", ConfigValues.scalar(beta));
  }

  /** Sets {@code label_smoothing}. */
  public DpoConfigBuilder labelSmoothing(double labelSmoothing) {
    return set("label_smoothing", ConfigValues.scalar(labelSmoothing));
  }

  /** Sets {@code f_divergence_type}. */
  public DpoConfigBuilder fDivergenceType(String fDivergenceType) {
    return set("f_divergence_type", ConfigValues.scalar(fDivergenceType));
  }

  /** Sets {@code f_alpha_divergence_coef}. */
  public DpoConfigBuilder fAlphaDivergenceCoef(double fAlphaDivergenceCoef) {
    return set("f_alpha_divergence_coef", ConfigValues.scalar(fAlphaDivergenceCoef));
  }

  /** Sets {@code discopop_tau}. */
  public DpoConfigBuilder discopopTau(double discopopTau) {
    return set("discopop_tau", ConfigValues.scalar(discopopTau));
  }

  /** Sets {@code ld_alpha}. */
  public DpoConfigBuilder ldAlpha(double ldAlpha) {
    return set("ld_alpha", ConfigValues.scalar(ldAlpha));
  }

  /** Sets {@code use_weighting}. */
  public DpoConfigBuilder useWeighting(boolean useWeighting) {
    return set("use_weighting", ConfigValues.scalar(useWeighting));
  }

  /** Sets {@code simpo_gamma}. */
  public DpoConfigBuilder simpoGamma(double simpoGamma) {
    return set("simpo_gamma", ConfigValues.scalar(simpoGamma));
  }

  /** Sets {@code cpo_alpha}. */
  public DpoConfigBuilder cpoAlpha(double cpoAlpha) {
    return set("cpo_alpha", ConfigValues.scalar(cpoAlpha));
  }

  /** Sets {@code dpop_lambda}. */
  public DpoConfigBuilder dpopLambda(double dpopLambda) {
    return set("dpop_lambda", ConfigValues.scalar(dpopLambda));
  }

  /** Sets {@code rpo_alpha}. */
  public DpoConfigBuilder rpoAlpha(double rpoAlpha) {
    return set("rpo_alpha", ConfigValues.scalar(rpoAlpha));
  }

  /** Sets {@code rpo_normalization}. */
  public DpoConfigBuilder rpoNormalization(String rpoNormalization) {
    return set("rpo_normalization", ConfigValues.scalar(rpoNormalization));
  }

  /** Sets {@code use_peft}. */
  public DpoConfigBuilder usePeft(boolean usePeft) {
    return set("use_peft", ConfigValues.scalar(usePeft));
  }

  /** Sets {@code lora_r}. */
  public DpoConfigBuilder loraR(int loraR) {
    return set("lora_r", ConfigValues.scalar(loraR));
  }

  /** Sets {@code lora_alpha}. */
  public DpoConfigBuilder loraAlpha(int loraAlpha) {
    return set("lora_alpha", ConfigValues.scalar(loraAlpha));
  }

  /** Sets {@code lora_dropout}. */
  public DpoConfigBuilder loraDropout(double loraDropout) {
    return set("lora_dropout", ConfigValues.scalar(loraDropout));
  }

  /** Sets {@code lora_target_modules}. */
  public DpoConfigBuilder loraTargetModules(String... loraTargetModules) {
    return set("lora_target_modules", ConfigValues.list(loraTargetModules));
  }

  /** Sets {@code use_rslora}. */
  public DpoConfigBuilder useRslora(boolean useRslora) {
    return set("use_rslora", ConfigValues.scalar(useRslora));
  }

  /** Sets {@code use_dora}. */
  public DpoConfigBuilder useDora(boolean useDora) {
    return set("use_dora", ConfigValues.scalar(useDora));
  }

  /** Sets {@code lora_modules_to_save}. */
  public DpoConfigBuilder loraModulesToSave(String... loraModulesToSave) {
    return set("lora_modules_to_save", ConfigValues.list(loraModulesToSave));
  }

  /** Sets {@code dtype}. */
  public DpoConfigBuilder dtype(String dtype) {
    return set("dtype", ConfigValues.scalar(dtype));
  }

  /** Sets {@code loraplus_lr_ratio}. */
  public DpoConfigBuilder loraplusLrRatio(double loraplusLrRatio) {
    return set("loraplus_lr_ratio", ConfigValues.scalar(loraplusLrRatio));
  }

  /** Sets {@code disable_dropout}. */
  public DpoConfigBuilder disableDropout(boolean disableDropout) {
    return set("disable_dropout", ConfigValues.scalar(disableDropout));
  }

  /** Sets {@code optim}. */
  public DpoConfigBuilder optim(String optim) {
    return set("optim", ConfigValues.scalar(optim));
  }

  /** Sets {@code optim_args}. */
  public DpoConfigBuilder optimArgs(String optimArgs) {
    return set("optim_args", ConfigValues.scalar(optimArgs));
  }

  /** Sets {@code learning_rate}. */
  public DpoConfigBuilder learningRate(double learningRate) {
    return set("learning_rate", ConfigValues.scalar(learningRate));
  }

  /** Sets {@code weight_decay}. */
  public DpoConfigBuilder weightDecay(double weightDecay) {
    return set("weight_decay", ConfigValues.scalar(weightDecay));
  }

  /** Sets {@code adam_beta1}. */
  public DpoConfigBuilder adamBeta1(double adamBeta1) {
    return set("adam_beta1", ConfigValues.scalar(adamBeta1));
  }

  /** Sets {@code adam_beta2}. */
  public DpoConfigBuilder adamBeta2(double adamBeta2) {
    return set("adam_beta2", ConfigValues.scalar(adamBeta2));
  }

  /** Sets {@code adam_epsilon}. */
  public DpoConfigBuilder adamEpsilon(double adamEpsilon) {
    return set("adam_epsilon", ConfigValues.scalar(adamEpsilon));
  }

  /** Sets {@code gradient_dtype}. */
  public DpoConfigBuilder gradientDtype(GradientDtype gradientDtype) {
    return set("gradient_dtype", ConfigValues.scalar(gradientDtype));
  }

  /** Sets {@code max_grad_norm}. */
  public DpoConfigBuilder maxGradNorm(double maxGradNorm) {
    return set("max_grad_norm", ConfigValues.scalar(maxGradNorm));
  }

  /** Sets {@code lr_scheduler_type}. */
  public DpoConfigBuilder lrSchedulerType(LrSchedulerType lrSchedulerType) {
    return set("lr_scheduler_type", ConfigValues.scalar(lrSchedulerType));
  }

  /** Sets {@code lr_scheduler_kwargs}. */
  public DpoConfigBuilder lrSchedulerKwargs(Map<String, ?> lrSchedulerKwargs) {
    return set("lr_scheduler_kwargs", ConfigValues.map(lrSchedulerKwargs));
  }

  /** Sets {@code warmup_steps}. */
  public DpoConfigBuilder warmupSteps(double warmupSteps) {
    return set("warmup_steps", ConfigValues.scalar(warmupSteps));
  }

  /** Sets {@code warmup_ratio}. */
  public DpoConfigBuilder warmupRatio(double warmupRatio) {
    return set("warmup_ratio", ConfigValues.scalar(warmupRatio));
  }

  /** Sets {@code per_device_train_batch_size}. */
  public DpoConfigBuilder perDeviceTrainBatchSize(int perDeviceTrainBatchSize) {
    return set("per_device_train_batch_size", ConfigValues.scalar(perDeviceTrainBatchSize));
  }

  /** Sets {@code gradient_accumulation_steps}. */
  public DpoConfigBuilder gradientAccumulationSteps(int gradientAccumulationSteps) {
    return set("gradient_accumulation_steps", ConfigValues.scalar(gradientAccumulationSteps));
  }

  /** Sets {@code num_train_epochs}. */
  public DpoConfigBuilder numTrainEpochs(double numTrainEpochs) {
    return set("num_train_epochs", ConfigValues.scalar(numTrainEpochs));
  }

  /** Sets {@code max_steps}. */
  public DpoConfigBuilder maxSteps(int maxSteps) {
    return set("max_steps", ConfigValues.scalar(maxSteps));
  }

  /** Sets {@code train_sampling_strategy}. */
  public DpoConfigBuilder trainSamplingStrategy(SamplingStrategy trainSamplingStrategy) {
    return set("train_sampling_strategy", ConfigValues.scalar(trainSamplingStrategy));
  }

  /** Sets {@code dataloader_drop_last}. */
  public DpoConfigBuilder dataloaderDropLast(boolean dataloaderDropLast) {
    return set("dataloader_drop_last", ConfigValues.scalar(dataloaderDropLast));
  }

  /** Sets {@code seed}. */
  public DpoConfigBuilder seed(long seed) {
    return set("seed", ConfigValues.scalar(seed));
  }

  /** Sets {@code data_seed}. */
  public DpoConfigBuilder dataSeed(long dataSeed) {
    return set("data_seed", ConfigValues.scalar(dataSeed));
  }

  /** Sets {@code bf16}. */
  public DpoConfigBuilder bf16(boolean bf16) {
    return set("bf16", ConfigValues.scalar(bf16));
  }

  /** Sets {@code gradient_checkpointing} to {@code auto}, {@code true} or {@code false}. */
  public DpoConfigBuilder gradientCheckpointing(GradientCheckpointing gradientCheckpointing) {
    return set("gradient_checkpointing", ConfigValues.scalar(gradientCheckpointing));
  }

  /** Sets {@code gradient_checkpointing}. */
  public DpoConfigBuilder gradientCheckpointing(boolean gradientCheckpointing) {
    return set("gradient_checkpointing", ConfigValues.scalar(gradientCheckpointing));
  }

  /** Sets {@code eval_dataset}. */
  public DpoConfigBuilder evalDataset(String evalDataset) {
    return set("eval_dataset", ConfigValues.scalar(evalDataset));
  }

  /** Sets {@code eval_strategy}. */
  public DpoConfigBuilder evalStrategy(Interval evalStrategy) {
    return set("eval_strategy", ConfigValues.scalar(evalStrategy));
  }

  /** Sets {@code eval_steps}. */
  public DpoConfigBuilder evalSteps(double evalSteps) {
    return set("eval_steps", ConfigValues.scalar(evalSteps));
  }

  /** Sets {@code eval_on_start}. */
  public DpoConfigBuilder evalOnStart(boolean evalOnStart) {
    return set("eval_on_start", ConfigValues.scalar(evalOnStart));
  }

  /** Sets {@code per_device_eval_batch_size}. */
  public DpoConfigBuilder perDeviceEvalBatchSize(int perDeviceEvalBatchSize) {
    return set("per_device_eval_batch_size", ConfigValues.scalar(perDeviceEvalBatchSize));
  }

  /** Sets {@code output_dir}. */
  public DpoConfigBuilder outputDir(Path outputDir) {
    return set("output_dir", ConfigValues.scalar(outputDir));
  }

  /** Sets {@code overwrite_output_dir}. */
  public DpoConfigBuilder overwriteOutputDir(boolean overwriteOutputDir) {
    return set("overwrite_output_dir", ConfigValues.scalar(overwriteOutputDir));
  }

  /** Sets {@code logging_strategy}. */
  public DpoConfigBuilder loggingStrategy(Interval loggingStrategy) {
    return set("logging_strategy", ConfigValues.scalar(loggingStrategy));
  }

  /** Sets {@code logging_steps}. */
  public DpoConfigBuilder loggingSteps(double loggingSteps) {
    return set("logging_steps", ConfigValues.scalar(loggingSteps));
  }

  /** Sets {@code logging_first_step}. */
  public DpoConfigBuilder loggingFirstStep(boolean loggingFirstStep) {
    return set("logging_first_step", ConfigValues.scalar(loggingFirstStep));
  }

  /** Sets {@code strict}. */
  public DpoConfigBuilder strict(boolean strict) {
    return set("strict", ConfigValues.scalar(strict));
  }

  /** Sets {@code report_to}. */
  public DpoConfigBuilder reportTo(String... reportTo) {
    return set("report_to", ConfigValues.list(reportTo));
  }

  /** Sets {@code save_strategy}. */
  public DpoConfigBuilder saveStrategy(SaveStrategy saveStrategy) {
    return set("save_strategy", ConfigValues.scalar(saveStrategy));
  }

  /** Sets {@code save_steps}. */
  public DpoConfigBuilder saveSteps(double saveSteps) {
    return set("save_steps", ConfigValues.scalar(saveSteps));
  }

  /** Sets {@code save_total_limit}. */
  public DpoConfigBuilder saveTotalLimit(@Nullable Integer saveTotalLimit) {
    return set("save_total_limit", ConfigValues.scalar(saveTotalLimit));
  }

  /** Sets {@code save_only_model}. */
  public DpoConfigBuilder saveOnlyModel(boolean saveOnlyModel) {
    return set("save_only_model", ConfigValues.scalar(saveOnlyModel));
  }

  /** Sets {@code load_best_model_at_end}. */
  public DpoConfigBuilder loadBestModelAtEnd(boolean loadBestModelAtEnd) {
    return set("load_best_model_at_end", ConfigValues.scalar(loadBestModelAtEnd));
  }

  /** Sets {@code metric_for_best_model}. */
  public DpoConfigBuilder metricForBestModel(@Nullable String metricForBestModel) {
    return set("metric_for_best_model", ConfigValues.scalar(metricForBestModel));
  }

  /** Sets {@code greater_is_better}. */
  public DpoConfigBuilder greaterIsBetter(@Nullable Boolean greaterIsBetter) {
    return set("greater_is_better", ConfigValues.scalar(greaterIsBetter));
  }

  /** Sets {@code resume_from_checkpoint}. */
  public DpoConfigBuilder resumeFromCheckpoint(@Nullable String resumeFromCheckpoint) {
    return set("resume_from_checkpoint", ConfigValues.scalar(resumeFromCheckpoint));
  }

  /** Sets {@code on_save_failure}. */
  public DpoConfigBuilder onSaveFailure(SaveFailure onSaveFailure) {
    return set("on_save_failure", ConfigValues.scalar(onSaveFailure));
  }

  @Override
  DpoConfigBuilder set(String key, Value value) {
    values.put(key, value);
    return this;
  }
}
