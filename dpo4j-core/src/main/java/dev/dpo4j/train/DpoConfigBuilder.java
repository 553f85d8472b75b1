/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.config.Setting;
import dev.dpo4j.config.Value;
import dev.dpo4j.data.RankedPairs;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.LrSchedulerType;
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
public final class DpoConfigBuilder extends DpoDataBuilder {
  private final Map<String, Value> values = new LinkedHashMap<>();

  DpoConfigBuilder() {}

  /**
   * Returns the config.
   *
   * @throws dev.dpo4j.config.ConfigException with all faults at once
   */
  public DpoConfig build() {
    List<Setting> settings = new ArrayList<>();
    values.forEach((key, value) -> settings.add(new Setting(key, value, "DpoConfig.builder()")));
    return DpoConfig.binder().bind(List.of(), settings).value();
  }

  /** Sets {@code model_name_or_path}. */
  public DpoConfigBuilder modelNameOrPath(String modelNameOrPath) {
    return set("model_name_or_path", Values.scalar(modelNameOrPath));
  }

  /** Sets {@code ref_model_name_or_path}. */
  public DpoConfigBuilder refModelNameOrPath(String refModelNameOrPath) {
    return set("ref_model_name_or_path", Values.scalar(refModelNameOrPath));
  }

  /** Sets {@code ranked_pairs}. */
  public DpoConfigBuilder rankedPairs(@Nullable RankedPairs rankedPairs) {
    return set("ranked_pairs", Values.scalar(rankedPairs));
  }

  /** Sets {@code min_score_margin}. */
  public DpoConfigBuilder minScoreMargin(@Nullable Double minScoreMargin) {
    return set("min_score_margin", Values.scalar(minScoreMargin));
  }

  /** Sets {@code dataset_train_split}. */
  public DpoConfigBuilder datasetTrainSplit(String datasetTrainSplit) {
    return set("dataset_train_split", Values.scalar(datasetTrainSplit));
  }

  /** Sets {@code dataset_test_split}. */
  public DpoConfigBuilder datasetTestSplit(String datasetTestSplit) {
    return set("dataset_test_split", Values.scalar(datasetTestSplit));
  }

  /** Sets {@code max_length}. */
  public DpoConfigBuilder maxLength(@Nullable Integer maxLength) {
    return set("max_length", Values.scalar(maxLength));
  }

  /** Sets {@code truncation_mode}. */
  public DpoConfigBuilder truncationMode(String truncationMode) {
    return set("truncation_mode", Values.scalar(truncationMode));
  }

  /** Sets {@code drop_identical_pairs}. */
  public DpoConfigBuilder dropIdenticalPairs(boolean dropIdenticalPairs) {
    return set("drop_identical_pairs", Values.scalar(dropIdenticalPairs));
  }

  /** Sets {@code sft_first}. */
  public DpoConfigBuilder sftFirst(boolean sftFirst) {
    return set("sft_first", Values.scalar(sftFirst));
  }

  /** Sets {@code sft_learning_rate}. */
  public DpoConfigBuilder sftLearningRate(double sftLearningRate) {
    return set("sft_learning_rate", Values.scalar(sftLearningRate));
  }

  /** Sets {@code sft_num_train_epochs}. */
  public DpoConfigBuilder sftNumTrainEpochs(double sftNumTrainEpochs) {
    return set("sft_num_train_epochs", Values.scalar(sftNumTrainEpochs));
  }

  /** Sets {@code displacement_limit}; null never warns. */
  public DpoConfigBuilder displacementLimit(@Nullable Double displacementLimit) {
    return set("displacement_limit", Values.scalar(displacementLimit));
  }

  /** Sets {@code precompute_ref_log_probs}. */
  public DpoConfigBuilder precomputeRefLogProbs(boolean precomputeRefLogProbs) {
    return set("precompute_ref_log_probs", Values.scalar(precomputeRefLogProbs));
  }

  /** Sets {@code ref_logps_cache}: a folder, or {@code off}. */
  public DpoConfigBuilder refLogpsCache(String refLogpsCache) {
    return set("ref_logps_cache", Values.scalar(refLogpsCache));
  }

  /** Sets {@code sync_ref_model}. */
  public DpoConfigBuilder syncRefModel(boolean syncRefModel) {
    return set("sync_ref_model", Values.scalar(syncRefModel));
  }

  /** Sets {@code ref_model_mixup_alpha}. */
  public DpoConfigBuilder refModelMixupAlpha(double refModelMixupAlpha) {
    return set("ref_model_mixup_alpha", Values.scalar(refModelMixupAlpha));
  }

  /** Sets {@code ref_model_sync_steps}. */
  public DpoConfigBuilder refModelSyncSteps(int refModelSyncSteps) {
    return set("ref_model_sync_steps", Values.scalar(refModelSyncSteps));
  }

  /** Sets {@code loss_type}. */
  public DpoConfigBuilder lossType(String... lossType) {
    return set("loss_type", Values.list(lossType));
  }

  /** Sets {@code loss_weights}. */
  public DpoConfigBuilder lossWeights(double... lossWeights) {
    return set("loss_weights", Values.list(lossWeights));
  }

  /** Sets {@code beta}. */
  public DpoConfigBuilder beta(double beta) {
    return set("beta", Values.scalar(beta));
  }

  /** Sets {@code label_smoothing}. */
  public DpoConfigBuilder labelSmoothing(double labelSmoothing) {
    return set("label_smoothing", Values.scalar(labelSmoothing));
  }

  /** Sets {@code f_divergence_type}. */
  public DpoConfigBuilder fDivergenceType(String fDivergenceType) {
    return set("f_divergence_type", Values.scalar(fDivergenceType));
  }

  /** Sets {@code f_alpha_divergence_coef}. */
  public DpoConfigBuilder fAlphaDivergenceCoef(double fAlphaDivergenceCoef) {
    return set("f_alpha_divergence_coef", Values.scalar(fAlphaDivergenceCoef));
  }

  /** Sets {@code discopop_tau}. */
  public DpoConfigBuilder discopopTau(double discopopTau) {
    return set("discopop_tau", Values.scalar(discopopTau));
  }

  /** Sets {@code ld_alpha}. */
  public DpoConfigBuilder ldAlpha(double ldAlpha) {
    return set("ld_alpha", Values.scalar(ldAlpha));
  }

  /** Sets {@code use_weighting}. */
  public DpoConfigBuilder useWeighting(boolean useWeighting) {
    return set("use_weighting", Values.scalar(useWeighting));
  }

  /** Sets {@code simpo_gamma}. */
  public DpoConfigBuilder simpoGamma(double simpoGamma) {
    return set("simpo_gamma", Values.scalar(simpoGamma));
  }

  /** Sets {@code cpo_alpha}. */
  public DpoConfigBuilder cpoAlpha(double cpoAlpha) {
    return set("cpo_alpha", Values.scalar(cpoAlpha));
  }

  /** Sets {@code dpop_lambda}. */
  public DpoConfigBuilder dpopLambda(double dpopLambda) {
    return set("dpop_lambda", Values.scalar(dpopLambda));
  }

  /** Sets {@code rpo_alpha}. */
  public DpoConfigBuilder rpoAlpha(double rpoAlpha) {
    return set("rpo_alpha", Values.scalar(rpoAlpha));
  }

  /** Sets {@code rpo_normalization}. */
  public DpoConfigBuilder rpoNormalization(String rpoNormalization) {
    return set("rpo_normalization", Values.scalar(rpoNormalization));
  }

  /** Sets {@code use_peft}. */
  public DpoConfigBuilder usePeft(boolean usePeft) {
    return set("use_peft", Values.scalar(usePeft));
  }

  /** Sets {@code lora_r}. */
  public DpoConfigBuilder loraR(int loraR) {
    return set("lora_r", Values.scalar(loraR));
  }

  /** Sets {@code lora_alpha}. */
  public DpoConfigBuilder loraAlpha(int loraAlpha) {
    return set("lora_alpha", Values.scalar(loraAlpha));
  }

  /** Sets {@code lora_dropout}. */
  public DpoConfigBuilder loraDropout(double loraDropout) {
    return set("lora_dropout", Values.scalar(loraDropout));
  }

  /** Sets {@code lora_target_modules}. */
  public DpoConfigBuilder loraTargetModules(String... loraTargetModules) {
    return set("lora_target_modules", Values.list(loraTargetModules));
  }

  /** Sets {@code use_rslora}. */
  public DpoConfigBuilder useRslora(boolean useRslora) {
    return set("use_rslora", Values.scalar(useRslora));
  }

  /** Sets {@code use_dora}. */
  public DpoConfigBuilder useDora(boolean useDora) {
    return set("use_dora", Values.scalar(useDora));
  }

  /** Sets {@code lora_modules_to_save}. */
  public DpoConfigBuilder loraModulesToSave(String... loraModulesToSave) {
    return set("lora_modules_to_save", Values.list(loraModulesToSave));
  }

  /** Sets {@code dtype}. */
  public DpoConfigBuilder dtype(String dtype) {
    return set("dtype", Values.scalar(dtype));
  }

  /** Sets {@code disable_dropout}. */
  public DpoConfigBuilder disableDropout(boolean disableDropout) {
    return set("disable_dropout", Values.scalar(disableDropout));
  }

  /** Sets {@code optim}. */
  public DpoConfigBuilder optim(String optim) {
    return set("optim", Values.scalar(optim));
  }

  /** Sets {@code learning_rate}. */
  public DpoConfigBuilder learningRate(double learningRate) {
    return set("learning_rate", Values.scalar(learningRate));
  }

  /** Sets {@code weight_decay}. */
  public DpoConfigBuilder weightDecay(double weightDecay) {
    return set("weight_decay", Values.scalar(weightDecay));
  }

  /** Sets {@code adam_beta1}. */
  public DpoConfigBuilder adamBeta1(double adamBeta1) {
    return set("adam_beta1", Values.scalar(adamBeta1));
  }

  /** Sets {@code adam_beta2}. */
  public DpoConfigBuilder adamBeta2(double adamBeta2) {
    return set("adam_beta2", Values.scalar(adamBeta2));
  }

  /** Sets {@code adam_epsilon}. */
  public DpoConfigBuilder adamEpsilon(double adamEpsilon) {
    return set("adam_epsilon", Values.scalar(adamEpsilon));
  }

  /** Sets {@code gradient_dtype}. */
  public DpoConfigBuilder gradientDtype(GradientDtype gradientDtype) {
    return set("gradient_dtype", Values.scalar(gradientDtype));
  }

  /** Sets {@code max_grad_norm}. */
  public DpoConfigBuilder maxGradNorm(double maxGradNorm) {
    return set("max_grad_norm", Values.scalar(maxGradNorm));
  }

  /** Sets {@code lr_scheduler_type}. */
  public DpoConfigBuilder lrSchedulerType(LrSchedulerType lrSchedulerType) {
    return set("lr_scheduler_type", Values.scalar(lrSchedulerType));
  }

  /** Sets {@code lr_scheduler_kwargs}. */
  public DpoConfigBuilder lrSchedulerKwargs(Map<String, Double> lrSchedulerKwargs) {
    return set("lr_scheduler_kwargs", Values.map(lrSchedulerKwargs));
  }

  /** Sets {@code warmup_steps}. */
  public DpoConfigBuilder warmupSteps(double warmupSteps) {
    return set("warmup_steps", Values.scalar(warmupSteps));
  }

  /** Sets {@code warmup_ratio}. */
  public DpoConfigBuilder warmupRatio(double warmupRatio) {
    return set("warmup_ratio", Values.scalar(warmupRatio));
  }

  /** Sets {@code per_device_train_batch_size}. */
  public DpoConfigBuilder perDeviceTrainBatchSize(int perDeviceTrainBatchSize) {
    return set("per_device_train_batch_size", Values.scalar(perDeviceTrainBatchSize));
  }

  /** Sets {@code gradient_accumulation_steps}. */
  public DpoConfigBuilder gradientAccumulationSteps(int gradientAccumulationSteps) {
    return set("gradient_accumulation_steps", Values.scalar(gradientAccumulationSteps));
  }

  /** Sets {@code num_train_epochs}. */
  public DpoConfigBuilder numTrainEpochs(double numTrainEpochs) {
    return set("num_train_epochs", Values.scalar(numTrainEpochs));
  }

  /** Sets {@code max_steps}. */
  public DpoConfigBuilder maxSteps(int maxSteps) {
    return set("max_steps", Values.scalar(maxSteps));
  }

  /** Sets {@code train_sampling_strategy}. */
  public DpoConfigBuilder trainSamplingStrategy(SamplingStrategy trainSamplingStrategy) {
    return set("train_sampling_strategy", Values.scalar(trainSamplingStrategy));
  }

  /** Sets {@code dataloader_drop_last}. */
  public DpoConfigBuilder dataloaderDropLast(boolean dataloaderDropLast) {
    return set("dataloader_drop_last", Values.scalar(dataloaderDropLast));
  }

  /** Sets {@code seed}. */
  public DpoConfigBuilder seed(long seed) {
    return set("seed", Values.scalar(seed));
  }

  /** Sets {@code data_seed}. */
  public DpoConfigBuilder dataSeed(long dataSeed) {
    return set("data_seed", Values.scalar(dataSeed));
  }

  /** Sets {@code bf16}. */
  public DpoConfigBuilder bf16(boolean bf16) {
    return set("bf16", Values.scalar(bf16));
  }

  /** Sets {@code gradient_checkpointing} to {@code auto}, {@code true} or {@code false}. */
  public DpoConfigBuilder gradientCheckpointing(GradientCheckpointing gradientCheckpointing) {
    return set("gradient_checkpointing", Values.scalar(gradientCheckpointing));
  }

  /** Sets {@code gradient_checkpointing}. */
  public DpoConfigBuilder gradientCheckpointing(boolean gradientCheckpointing) {
    return set("gradient_checkpointing", Values.scalar(gradientCheckpointing));
  }

  /** Sets {@code eval_dataset}. */
  public DpoConfigBuilder evalDataset(String evalDataset) {
    return set("eval_dataset", Values.scalar(evalDataset));
  }

  /** Sets {@code eval_strategy}. */
  public DpoConfigBuilder evalStrategy(Interval evalStrategy) {
    return set("eval_strategy", Values.scalar(evalStrategy));
  }

  /** Sets {@code eval_steps}. */
  public DpoConfigBuilder evalSteps(double evalSteps) {
    return set("eval_steps", Values.scalar(evalSteps));
  }

  /** Sets {@code eval_on_start}. */
  public DpoConfigBuilder evalOnStart(boolean evalOnStart) {
    return set("eval_on_start", Values.scalar(evalOnStart));
  }

  /** Sets {@code per_device_eval_batch_size}. */
  public DpoConfigBuilder perDeviceEvalBatchSize(int perDeviceEvalBatchSize) {
    return set("per_device_eval_batch_size", Values.scalar(perDeviceEvalBatchSize));
  }

  /** Sets {@code output_dir}. */
  public DpoConfigBuilder outputDir(Path outputDir) {
    return set("output_dir", Values.scalar(outputDir));
  }

  /** Sets {@code overwrite_output_dir}. */
  public DpoConfigBuilder overwriteOutputDir(boolean overwriteOutputDir) {
    return set("overwrite_output_dir", Values.scalar(overwriteOutputDir));
  }

  /** Sets {@code logging_strategy}. */
  public DpoConfigBuilder loggingStrategy(Interval loggingStrategy) {
    return set("logging_strategy", Values.scalar(loggingStrategy));
  }

  /** Sets {@code logging_steps}. */
  public DpoConfigBuilder loggingSteps(double loggingSteps) {
    return set("logging_steps", Values.scalar(loggingSteps));
  }

  /** Sets {@code logging_first_step}. */
  public DpoConfigBuilder loggingFirstStep(boolean loggingFirstStep) {
    return set("logging_first_step", Values.scalar(loggingFirstStep));
  }

  /** Sets {@code strict}. */
  public DpoConfigBuilder strict(boolean strict) {
    return set("strict", Values.scalar(strict));
  }

  /** Sets {@code report_to}. */
  public DpoConfigBuilder reportTo(String... reportTo) {
    return set("report_to", Values.list(reportTo));
  }

  /** Sets {@code save_strategy}. */
  public DpoConfigBuilder saveStrategy(SaveStrategy saveStrategy) {
    return set("save_strategy", Values.scalar(saveStrategy));
  }

  /** Sets {@code save_steps}. */
  public DpoConfigBuilder saveSteps(double saveSteps) {
    return set("save_steps", Values.scalar(saveSteps));
  }

  /** Sets {@code save_total_limit}. */
  public DpoConfigBuilder saveTotalLimit(@Nullable Integer saveTotalLimit) {
    return set("save_total_limit", Values.scalar(saveTotalLimit));
  }

  /** Sets {@code save_only_model}. */
  public DpoConfigBuilder saveOnlyModel(boolean saveOnlyModel) {
    return set("save_only_model", Values.scalar(saveOnlyModel));
  }

  /** Sets {@code load_best_model_at_end}. */
  public DpoConfigBuilder loadBestModelAtEnd(boolean loadBestModelAtEnd) {
    return set("load_best_model_at_end", Values.scalar(loadBestModelAtEnd));
  }

  /** Sets {@code metric_for_best_model}. */
  public DpoConfigBuilder metricForBestModel(@Nullable String metricForBestModel) {
    return set("metric_for_best_model", Values.scalar(metricForBestModel));
  }

  /** Sets {@code greater_is_better}. */
  public DpoConfigBuilder greaterIsBetter(@Nullable Boolean greaterIsBetter) {
    return set("greater_is_better", Values.scalar(greaterIsBetter));
  }

  /** Sets {@code resume_from_checkpoint}. */
  public DpoConfigBuilder resumeFromCheckpoint(@Nullable String resumeFromCheckpoint) {
    return set("resume_from_checkpoint", Values.scalar(resumeFromCheckpoint));
  }

  /** Sets {@code on_save_failure}. */
  public DpoConfigBuilder onSaveFailure(SaveFailure onSaveFailure) {
    return set("on_save_failure", Values.scalar(onSaveFailure));
  }

  @Override
  DpoConfigBuilder set(String key, Value value) {
    values.put(key, value);
    return this;
  }
}
