/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.OptionValues;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.offload.HostedNumbers;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The optimizer and its constants. */
public record OptimizerOptions(
    @Option(
            defaultValue = "adamw_torch_fused",
            help =
                "The optimizer. adamw_torch_fused, adamw_torch and adamw are the same fused step; "
                    + "adamw_bf16_states keeps its running means in 4 bytes a weight instead of 8, "
                    + "adamw_8bit in 2. Names of bitsandbytes, paged and 8-bit ones become one of "
                    + "these, with a line that says which.",
            difference =
                "adamw_8bit holds 8-bit floats, not the tables of bitsandbytes; galore, apollo, "
                    + "lomo, schedule-free and other names are refused.")
        OptimizerName optim,
    @Option(
            help =
                "Arguments of the optimizer, such as momentum=0.9,nesterov=true: sgd takes "
                    + "momentum, dampening, nesterov; rmsprop momentum, alpha, eps, centered; "
                    + "adagrad lr_decay, eps; ademamix alpha, beta3, t_alpha, t_beta3.",
            difference = "An argument that has no effect is refused.")
        @Nullable String optimArgs,
    @Option(defaultValue = "1e-6", range = "[0,inf)", help = "Peak learning rate of the schedule.")
        double learningRate,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help =
                "Weight decay of all weights except biases and norms, multiplied by the learning "
                    + "rate.")
        double weightDecay,
    @Option(
            defaultValue = "0.9",
            range = "[0,1)",
            help = "Decay rate of the running mean of gradients; for adamw, lion and ademamix.")
        double adamBeta1,
    @Option(
            defaultValue = "0.999",
            range = "[0,1)",
            help =
                "Decay rate of the running mean of squared gradients; for lion, of its mean of "
                    + "gradients.")
        double adamBeta2,
    @Option(
            defaultValue = "1e-8",
            range = "(0,inf)",
            help = "Small number that keeps the division finite; for adamw and ademamix.")
        double adamEpsilon,
    @Option(
            defaultValue = "1.0",
            range = "[0,inf)",
            help = "Largest allowed norm of all gradients together; 0 disables clipping.")
        double maxGradNorm,
    @Option(
            defaultValue = "float32",
            help =
                "Type that holds layer gradients between the passes of a step; bfloat16 saves 2 "
                    + "bytes per weight and rounds after each pass.",
            difference = "TRL has no such key: gradients have the type of the weights.")
        GradientDtype gradientDtype,
    @Option(
            defaultValue = "false",
            help =
                "Keeps what the optimizer remembers between steps in the host's memory, and brings "
                    + "it to the card piece by piece for the step: less memory of the card, slower "
                    + "steps, the same results. Cards only.",
            difference = "Not in TRL; a key of DeepSpeed's zero_optimization.")
        boolean offloadOptimizer)
    implements Checked {

  @Override
  public void check(Check check) {
    if (!optim.isKnown()) {
      check.fault("optim", optim.refusal());
      return;
    }
    if (!optim.note().isEmpty()) {
      check.translated("optim", optim.note());
    }
    OptimizerType type = optim.type();
    String with = "with optim " + optim.configName();
    if (!type.takesBetas()) {
      check.noEffect(Set.of("adam_beta1", "adam_beta2"), with, "optim");
    }
    if (!type.takesEpsilon()) {
      check.noEffect(Set.of("adam_epsilon"), with, "optim");
    }
    List<String> faults = new OptimizerArguments(optimArgs, type).faults();
    if (!faults.isEmpty()) {
      check.fault("optim_args", String.join("; ", faults));
    } else if (offloadOptimizer && !keepsNumbers()) {
      check.noEffect(
          Set.of("offload_optimizer"), with + ", which keeps little or nothing", "optim");
    }
  }

  /** Whether the rule keeps one number or more for each weight. */
  private boolean keepsNumbers() {
    return switch (type()) {
      case SGD -> new OptimizerArguments(optimArgs, type()).number("momentum", 0) > 0;
      case ADAFACTOR -> false;
      default -> true;
    };
  }

  /** Whether nothing is said of the rule, but at most of its rate, clipping and gradients. */
  public boolean hasDefaultRule() {
    OptionValues<OptimizerOptions> usual = OptionValues.of(OptimizerOptions.class);
    usual.set("learning_rate", learningRate);
    usual.set("max_grad_norm", maxGradNorm);
    usual.set("gradient_dtype", gradientDtype);
    return equals(usual.build("the defaults"));
  }

  /** The rule that {@code optim} names. */
  public OptimizerType type() {
    return optim.type();
  }

  /** Says what became of the name of another tool's optimizer; empty where nothing had to. */
  public String note() {
    return optim.note();
  }

  /** How AdamW's running means are kept. */
  public MomentFormat momentFormat() {
    return switch (type()) {
      case ADAMW_BF16_STATES -> MomentFormat.BFLOAT16;
      case ADAMW_8BIT -> MomentFormat.FLOAT8;
      default -> MomentFormat.FLOAT32;
    };
  }

  /** Whether what the optimizer keeps between steps lies in the host's memory beside a card's. */
  public boolean isOnHost() {
    return offloadOptimizer && Backends.hasOwnMemory();
  }

  /** Bytes of what the optimizer keeps between steps, about. */
  public long stateBytes(ParameterStore trained) {
    OptimizerArguments arguments = new OptimizerArguments(optimArgs, type());
    long each = MomentFormat.FLOAT32.bytes(trained.count());
    boolean momentum = arguments.number("momentum", 0) > 0;
    return switch (type()) {
      case ADAMW, ADAMW_BF16_STATES, ADAMW_8BIT -> 2 * momentFormat().bytes(trained.count());
      case SGD -> momentum ? each : 0;
      case RMSPROP -> each * (1 + (momentum ? 1 : 0) + (arguments.flag("centered") ? 1 : 0));
      case ADAGRAD, LION -> each;
      case ADAFACTOR -> Adafactor.stateBytes(trained);
      case ADEMAMIX -> 3 * each;
    };
  }

  /**
   * Makes the optimizer.
   *
   * @param trained what it changes
   * @param rates what the learning rate is multiplied by, parameter by parameter
   */
  public Optimizer create(ParameterStore trained, ParameterRates rates) {
    OptimizerArguments arguments = new OptimizerArguments(optimArgs, type());
    HostedNumbers numbers = new HostedNumbers(isOnHost());
    return switch (type()) {
      case ADAMW, ADAMW_BF16_STATES, ADAMW_8BIT ->
          new AdamW(
              trained,
              new AdamW.Hyperparameters(adamBeta1, adamBeta2, adamEpsilon, weightDecay),
              momentFormat(),
              rates,
              numbers);
      case SGD -> new Sgd(trained, rates, weightDecay, sgd(arguments), numbers);
      case RMSPROP -> new RmsProp(trained, rates, weightDecay, rmsProp(arguments), numbers);
      case ADAGRAD ->
          new Adagrad(
              trained,
              rates,
              weightDecay,
              arguments.number("lr_decay", 0),
              arguments.number("eps", 1e-10),
              numbers);
      case ADAFACTOR -> new Adafactor(trained, rates, weightDecay);
      case LION -> new Lion(trained, rates, weightDecay, adamBeta1, adamBeta2, numbers);
      case ADEMAMIX -> new AdEmaMix(trained, rates, weightDecay, adEmaMix(arguments), numbers);
    };
  }

  private static Sgd.Settings sgd(OptimizerArguments arguments) {
    return new Sgd.Settings(
        arguments.number("momentum", 0),
        arguments.number("dampening", 0),
        arguments.flag("nesterov"));
  }

  private static RmsProp.Settings rmsProp(OptimizerArguments arguments) {
    return new RmsProp.Settings(
        arguments.number("alpha", 0.99),
        arguments.number("eps", 1e-8),
        arguments.number("momentum", 0),
        arguments.flag("centered"));
  }

  private AdEmaMix.Settings adEmaMix(OptimizerArguments arguments) {
    return new AdEmaMix.Settings(
        adamBeta1,
        adamBeta2,
        arguments.number("beta3", 0.9999),
        arguments.number("alpha", 5),
        adamEpsilon,
        arguments.number("t_alpha", 0),
        arguments.number("t_beta3", 0));
  }
}
