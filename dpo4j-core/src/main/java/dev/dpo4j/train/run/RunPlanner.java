/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.TrainingCost;
import dev.dpo4j.model.family.BaseDtype;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.OptimizerFactory;
import dev.dpo4j.optim.OptimizerType;
import dev.dpo4j.optim.ShardedOptimizer;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.offload.HostedLayers;
import dev.dpo4j.tensor.offload.HostedNumbers;
import dev.dpo4j.train.loop.MemoryPlan;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.GradientCheckpointing;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.RunConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Foretells what a run will do and how much memory it will take. */
final class RunPlanner {
  /** The Java heap, the engine's code and what is not counted one by one, as measured. */
  private static final long REST = 430L << 20;

  /** The share of the free memory that activations may fill up. */
  private static final double SHARE = 0.9;

  /** What two processes on one card are told: each finds free what the other leaves. */
  private static final String OTHERS =
      " Or end other processes that hold memory of the card: nvidia-smi lists them.";

  private static final double GB = 1e9;

  /**
   * Over packed layers one in so many keeps no activations, and the head no exponentials: those who
   * pack a base are short of memory, and computing them again costs a few percent.
   */
  private static final int RECOMPUTED_OVER_PACKED = 6;

  private static final String NO_CARD =
      "has no effect here: it moves memory of a card to the host, and this run computes on the CPU";

  private static final String NO_TF32 =
      "has no effect here: tf32 is computed by cards, and this run computes on the CPU";

  private RunPlanner() {}

  /** The options for cards that were given and have no effect on the CPU, each with the reason. */
  static Map<String, String> idle(RunConfig config) {
    Map<String, String> idle = new LinkedHashMap<>();
    if (!Backends.hasOwnMemory()) {
      if (config.optimizer().offloadOptimizer()) {
        idle.put("offload_optimizer", NO_CARD);
      }
      if (config.loop().activationOffloading()) {
        idle.put("activation_offloading", NO_CARD);
      }
    }
    if (Boolean.TRUE.equals(config.loop().tf32()) && !Backends.onCard()) {
      idle.put("tf32", NO_TF32);
    }
    return idle;
  }

  static RunPlan plan(
      LanguageModel policy,
      RunConfig config,
      RunHooks hooks,
      StepPlan plan,
      TrainingMethod method) {
    long longest = longestPass(method, plan, new RankRows(hooks.ranks()));
    OptimizerFactory own = hooks.optimizer();
    long state =
        own == null
            ? config.optimizer().stateBytes(policy.trained())
            : own.stateBytes(policy.trained());
    int processes = dividing(config, hooks);
    if (processes > 1) {
      state = share(policy, state, processes);
    } else if (RankLimits.shards(config, hooks.ranks())) {
      boolean whole = own != null || config.optimizer().type().needsWholeParameters();
      long longestSlice =
          ShardedOptimizer.slices(policy.trained(), hooks.ranks().size(), whole).longest();
      state = (long) ((double) state * longestSlice / Math.max(1, policy.trained().count()));
    }
    int keptLayers = keptLayers(policy, config, method, longest, state, processes);
    LoraAdapter adapter = policy.adapter();
    return new RunPlan(
        policy.folder().toString(),
        policy.parameters().weights(),
        adapter == null ? null : adapter.config().describe(),
        policy.trained().count(),
        method.name(),
        method.unit(),
        method.trainRows(),
        method.evalRows(),
        method.tokensPerEpoch(),
        longest,
        plan.maxSteps(),
        config.loop().perDeviceTrainBatchSize()
            * config.loop().gradientAccumulationSteps()
            * hooks.ranks().size(),
        method.reference(),
        memory(policy, config, method, longest, state, keptLayers, processes),
        policy.config().layers(),
        keptLayers,
        compute(policy, config.loop()),
        Backends.summary());
  }

  /** How the model of a run computes. */
  static ComputeOptions computeOptions(LanguageModel policy, LoopOptions loop) {
    ComputeOptions options = TrainingRun.computeOptions(loop);
    return policy.parameters().isPacked()
        ? options.withHeadBytes(options.headChunkBytes(), 0)
        : options;
  }

  private static String compute(LanguageModel policy, LoopOptions loop) {
    boolean narrow = TrainingRun.computeOptions(loop).compute() == DType.BFLOAT16;
    String packed = policy.parameters().packedForm();
    if (packed != null) {
      return (narrow ? "bfloat16" : "float32") + " over layers in " + packed;
    }
    return narrow ? "bfloat16 over float32 weights" : "float32";
  }

  /**
   * Refuses a run that cannot fit.
   *
   * @param available bytes that the process can still take, 0 where that is not known
   * @throws NotEnoughMemoryException with what would make it fit
   */
  static void refuseTooLarge(RunPlan plan, RunConfig config, long available) {
    refuseTooLarge(plan, config, ProcessMemory.residentBytes(), available);
  }

  /** The same for a run that holds {@code held} bytes already where it computes. */
  static void refuseTooLarge(RunPlan plan, RunConfig config, long held, long available) {
    refuseTooLargeOnHost(plan.memory().host(), ProcessMemory.availableBytes());
    long needed = plan.memory().total() - held;
    if (available == 0 || needed <= available) {
      return;
    }
    String advice = advice(config, plan.memory().reference() > 0);
    throw new NotEnoughMemoryException(
        "The run needs about %.1f GB at its peak, %.1f GB more than it holds now, and %.1f GB are free. What would help: %s.%s"
            .formatted(
                plan.memory().total() / GB,
                needed / GB,
                available / GB,
                advice,
                Backends.onCard() ? OTHERS : ""));
  }

  /** Refuses to leave more with the host than it has. */
  static void refuseTooLargeOnHost(long needed, long available) {
    if (needed > 0 && available > 0 && needed > available) {
      throw new NotEnoughMemoryException(
          "The run leaves about %.1f GB in the host's memory, and %.1f GB are free there. What would help: activation_offloading false, offload_optimizer false, optim adamw_8bit, gradient_checkpointing true, a smaller max_length or a smaller model."
              .formatted(needed / GB, available / GB));
    }
  }

  /** What makes a run take less memory, as a list of settings. */
  private static String advice(RunConfig config, boolean secondModel) {
    StringBuilder advice = new StringBuilder();
    // On a card a whole batch goes through the model at once.
    if (Backends.onCard() && config.loop().perDeviceTrainBatchSize() > 1) {
      advice.append(", a smaller per_device_train_batch_size");
    }
    if (config.loop().gradientCheckpointing() == GradientCheckpointing.FALSE) {
      advice.append(", gradient_checkpointing auto");
    }
    if (Backends.onCard() && !config.loop().activationOffloading()) {
      advice.append(", activation_offloading true");
    }
    if (Backends.onCard() && !config.peft().usePeft() && !config.optimizer().offloadOptimizer()) {
      advice.append(", offload_optimizer true");
    }
    if (secondModel) {
      advice.append(", precompute_ref_log_probs true");
    }
    if (!config.peft().usePeft()) {
      advice.append(", use_peft true");
    } else if (config.peft().dtype() == BaseDtype.FLOAT32) {
      advice.append(", dtype bfloat16");
    }
    if (config.peft().usePeft() && !config.peft().base().packing().rounds()) {
      advice.append(", load_in_4bit true");
    }
    if (config.optimizer().type() == OptimizerType.ADAMW
        || config.optimizer().type() == OptimizerType.ADAMW_BF16_STATES) {
      advice.append(", optim adamw_8bit");
    }
    if (!config.peft().usePeft() && config.optimizer().gradientDtype() == GradientDtype.FLOAT32) {
      advice.append(", gradient_dtype bfloat16");
    }
    advice.append(", a smaller ").append(config.lengthOption()).append(" or a smaller model");
    return advice.substring(2);
  }

  /** Says of a run that found no memory while it computed what was kept and what would help. */
  static NotEnoughMemoryException noMemoryLeft(
      RunConfig config, boolean secondModel, @Nullable Path kept, DeviceMemoryException cause) {
    return new NotEnoughMemoryException(
        "The device has no memory for %,d more bytes, and %,d bytes are free. %s What would help: %s.%s"
            .formatted(
                cause.wanted(),
                cause.free(),
                kept == null
                    ? "No checkpoint was written yet."
                    : "The last checkpoint in %s stands: resume with resume_from_checkpoint auto."
                        .formatted(kept),
                advice(config, secondModel),
                OTHERS),
        cause);
  }

  /** Layers whose activations are kept in a pass of {@code longest} rows. */
  private static int keptLayers(
      LanguageModel policy,
      RunConfig config,
      TrainingMethod method,
      long longest,
      long state,
      int processes) {
    int layers = policy.config().layers();
    return switch (config.loop().gradientCheckpointing()) {
      case TRUE -> 0;
      case FALSE -> layers;
      case AUTO -> {
        boolean packed = policy.parameters().isPacked();
        int most = packed ? layers - layers / RECOMPUTED_OVER_PACKED : layers;
        long available = available();
        if (available == 0) {
          yield most;
        }
        MemoryPlan others = memory(policy, config, method, longest, state, 0, processes);
        long left = (long) (SHARE * (available + held(policy))) - others.total();
        long perLayer = Math.max(1, longest * savedBytesPerRow(policy, config));
        long fitting = left / perLayer;
        if (offloadsActivations(config) && fitting >= HostedLayers.PLACES) {
          long host = (long) (SHARE * ProcessMemory.availableBytes()) - others.host();
          fitting = Math.max(fitting, host / perLayer);
        }
        yield (int) Math.max(0, Math.min(most, fitting));
      }
    };
  }

  /** Whether what layers keep goes to the host. */
  private static boolean offloadsActivations(RunConfig config) {
    return config.loop().activationOffloading() && Backends.hasOwnMemory();
  }

  /** Bytes that can still be taken where the run computes, 0 where that is not known. */
  static long available() {
    return Backends.onCard() ? Math.max(0, Backends.freeBytes()) : ProcessMemory.availableBytes();
  }

  /** Bytes that the run holds already where it computes. */
  static long held(LanguageModel policy) {
    return Backends.onCard() ? weightBytes(policy) : ProcessMemory.residentBytes();
  }

  private static long weightBytes(LanguageModel policy) {
    return policy.parameters().bytes();
  }

  private static long savedBytesPerRow(LanguageModel policy, RunConfig config) {
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    return TrainingCost.savedBytesPerRow(policy.config(), compute.compute());
  }

  /** The budget of activations that keeps that many layers of the largest pass. */
  static long activationBytes(RunPlan plan, RunConfig config, LanguageModel policy) {
    return plan.keptLayers() == plan.layers()
        ? Long.MAX_VALUE
        : plan.keptLayers() * plan.longestRows() * savedBytesPerRow(policy, config);
  }

  /** Rows of the largest pass of the first epoch. */
  private static long longestPass(TrainingMethod method, StepPlan plan, RankRows share) {
    long longest = 0;
    for (long step = 1; step <= Math.min(plan.maxSteps(), plan.stepsPerEpoch()); step++) {
      for (int[] batch : plan.step(step).microBatches()) {
        longest = Math.max(longest, method.longestPass(share.own(batch)));
      }
    }
    return longest;
  }

  /** How many processes divide the weights: 1 where each has all of them. */
  private static int dividing(RunConfig config, RunHooks hooks) {
    return RankLimits.dividesWeights(config, hooks.ranks()) ? hooks.ranks().size() : 1;
  }

  /** The largest share of a process in so many bytes of all weights. */
  private static long share(LanguageModel policy, long bytes, int processes) {
    ParameterStore all = policy.parameters();
    long longest = DividedWeights.longest(all, policy.config(), processes);
    return (long) ((double) bytes * longest / all.count());
  }

  private static long gradients(LanguageModel policy, RunConfig config) {
    long all = policy.trained().count() * Float.BYTES;
    if (config.optimizer().gradientDtype() == GradientDtype.FLOAT32) {
      return all;
    }
    ModelConfig model = policy.config();
    long outside = (long) model.vocabularyMatrices() * model.vocabSize() * model.hiddenSize();
    return all / 2 + outside * (Float.BYTES / 2) + TrainingCost.layerBytes(model);
  }

  private static MemoryPlan memory(
      LanguageModel policy,
      RunConfig config,
      TrainingMethod method,
      long longest,
      long state,
      int keptLayers,
      int processes) {
    ModelConfig model = policy.config();
    LoraAdapter adapter = policy.adapter();
    boolean wholeLayers = adapter != null && adapter.needsWholeLayers();
    long weights = weightBytes(policy);
    long gradients = gradients(policy, config);
    long working = workingBytes(policy, config, wholeLayers);
    if (processes > 1) {
      gradients = adapter == null ? share(policy, gradients, processes) : gradients;
      long layer = TrainingCost.layerBytes(model);
      working = DividedWeights.workingBytes(policy.parameters(), model, layer);
      // Each process begins with all weights, while it holds nothing else.
      long divided = share(policy, weights, processes) + working;
      weights = Math.max(divided, weights - gradients - state);
      working = 0;
    }
    // A layer that is computed again holds its activations for a moment.
    int heldLayers = Math.max(1, keptLayers);
    long perRow = savedBytesPerRow(policy, config);
    long rowBytes = (long) model.hiddenSize() * Float.BYTES;
    boolean offloads = offloadsActivations(config);
    int inputs = offloads ? Math.min(HostedLayers.PLACES, model.layers()) : model.layers();
    long offloaded =
        offloads
            ? method.trainedModels() * longest * (keptLayers * perRow + model.layers() * rowBytes)
            : 0;
    if (offloads) {
      heldLayers = Math.min(heldLayers, HostedLayers.PLACES);
    }
    boolean stateOnHost = config.optimizer().isOnHost();
    long stream = (inputs + 8L) * rowBytes;
    long head = headBytes(longest, model, computeOptions(policy, config.loop()));
    // As measured on full fine-tuning: up to so much comes on top until the model is saved.
    long held =
        adapter == null && processes == 1
            ? (long) model.vocabSize() * model.hiddenSize() * Float.BYTES
            : 0;
    long activations =
        method.trainedModels()
            * longest
            * (heldLayers * perRow + stream + 4L * model.intermediateSize() * Float.BYTES);
    return new MemoryPlan(
        weights + working,
        (method.holdsSecondModel() ? weightBytes(policy) : 0) + method.furtherModelBytes(),
        gradients,
        (stateOnHost ? shownState(policy, state) : state)
            + config.bema().bytes(policy.trained().count()),
        // A rollout is over before anything is trained on it.
        Math.max(activations, method.rolloutBytes() - head),
        head,
        REST + held,
        offloaded + (stateOnHost ? state : 0));
  }

  /** Bytes of the state of an optimizer on the host that are on the device during a step. */
  private static long shownState(LanguageModel policy, long state) {
    double share =
        (double) HostedNumbers.WINDOWS
            * HostedNumbers.WINDOW
            / Math.max(1, policy.trained().count());
    return (long) (state * Math.min(1, share));
  }

  /** Bytes of logits and of what is kept of them. */
  private static long headBytes(long longest, ModelConfig model, ComputeOptions compute) {
    if (model.head() == ModelHead.REWARD) {
      return 0; // a number a sequence
    }
    long logits = longest * model.vocabSize() * Float.BYTES;
    if (Backends.onCard()) {
      // Logits and, in bfloat16, their gradient beside them.
      long chunk = Math.min(logits, LogProbHead.DEVICE_CHUNK_BYTES);
      return compute.compute() == DType.FLOAT32 ? chunk : chunk + chunk / 2;
    }
    long tile =
        LogProbHead.tileBytes(
            longest, model.vocabSize(), compute.compute(), compute.headChunkBytes());
    return Math.min(logits, compute.headKeepBytes()) + 2 * tile;
  }

  /** Bytes of weights that are held beside those that are loaded. */
  private static long workingBytes(LanguageModel policy, RunConfig config, boolean wholeLayers) {
    DType dtype = policy.parameters().dtype();
    boolean reduced = TrainingRun.computeOptions(config.loop()).compute() == DType.BFLOAT16;
    if (policy.parameters().isPacked()) {
      return TrainingCost.layerBytes(policy.config()) * (wholeLayers ? 2 : 1);
    }
    if (Backends.onCard() && reduced && !wholeLayers) {
      return dtype == DType.FLOAT32 ? policy.parameters().count() * Short.BYTES : 0;
    }
    return TrainingCost.workingBytes(policy.config(), dtype, wholeLayers);
  }
}
