/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.SupervisedDataOptions;
import dev.dpo4j.model.PolicyOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.train.options.BemaOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.sft.SftLossType;
import dev.dpo4j.train.sft.SftOptions;
import java.nio.file.Path;

/** What {@code dpo4j sft} would be told to do the same as the phase of {@code sft_first}. */
final class SftPhaseConfig {
  private SftPhaseConfig() {}

  static SftConfig of(DpoConfig config, Path folder) {
    OptimizerOptions optimizer = config.optimizer();
    LoopOptions loop = config.loop();
    OutputOptions output = config.output();
    return new SftConfig(
        new PolicyOptions(config.model().modelNameOrPath()),
        config.texts(),
        SupervisedDataOptions.of(config.dataset()),
        new SftOptions(SftLossType.NLL),
        config.peft(),
        new OptimizerOptions(
            optimizer.optim(),
            optimizer.optimArgs(),
            config.sft().sftLearningRate(),
            optimizer.weightDecay(),
            optimizer.adamBeta1(),
            optimizer.adamBeta2(),
            optimizer.adamEpsilon(),
            optimizer.maxGradNorm(),
            optimizer.gradientDtype(),
            optimizer.offloadOptimizer()),
        config.schedule(),
        config.device(),
        new LoopOptions(
            loop.perDeviceTrainBatchSize(),
            loop.gradientAccumulationSteps(),
            config.sft().sftNumTrainEpochs(),
            -1,
            loop.trainSamplingStrategy(),
            loop.dataloaderDropLast(),
            loop.seed(),
            loop.dataSeed(),
            loop.bf16(),
            loop.tf32(),
            loop.fullDeterminism(),
            loop.gradientCheckpointing(),
            loop.activationOffloading(),
            loop.ddpTimeout(),
            loop.shard(),
            loop.strict()),
        config.eval(),
        BemaOptions.OFF,
        new OutputOptions(
            folder,
            output.overwriteOutputDir(),
            output.loggingStrategy(),
            output.loggingSteps(),
            output.loggingFirstStep(),
            output.reportTo()),
        save(config.save()));
  }

  /** The phase goes on where it was if the run does, and has no best model of its own. */
  private static SaveOptions save(SaveOptions save) {
    boolean best = save.saveStrategy() == SaveStrategy.BEST;
    return new SaveOptions(
        best ? SaveStrategy.STEPS : save.saveStrategy(),
        save.saveSteps(),
        save.saveTotalLimit(),
        save.saveOnlyModel(),
        false,
        null,
        null,
        save.resumes() ? "auto" : null,
        save.resumeOnAnotherDevice(),
        save.onSaveFailure());
  }
}
