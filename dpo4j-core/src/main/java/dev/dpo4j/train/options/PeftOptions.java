/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.BaseDtype;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.lora.ExpertParameter;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.model.lora.LoraTargets;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.nn.LoraDropout;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.quant.WeightPacking;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whether an adapter is trained instead of the model, and which; names as in TRL and PEFT. */
public record PeftOptions(
    @Option(
            defaultValue = "false",
            help =
                "Trains a low-rank adapter (LoRA) and leaves the model's weights unchanged. If "
                    + "model_name_or_path is an adapter, training continues with it.")
        boolean usePeft,
    @Option(defaultValue = "16", range = "[1,inf)", help = "Rank of the adapter.") int loraR,
    @Option(
            defaultValue = "32",
            range = "[1,inf)",
            help = "The adapter's update is scaled by lora_alpha / lora_r.")
        int loraAlpha,
    @Option(
            defaultValue = "0.05",
            range = "[0,1)",
            help =
                "Dropout rate on the adapter's inputs during training; requires disable_dropout "
                    + "false.",
            difference = "TRL ignores it while disable_dropout is true.")
        double loraDropout,
    @Option(
            help =
                "Layers that get an adapter: names such as q_proj, k_proj, v_proj, o_proj, "
                    + "gate_proj, up_proj, down_proj, qkv_proj, gate_up_proj or "
                    + "layers.0.mlp.down_proj, or one regular expression for the whole name. "
                    + "all-linear selects every linear layer but the head, null means q_proj and "
                    + "v_proj, or qkv_proj where a family fuses them.",
            difference = "TRL takes a single name for a regular expression; here it is a name.")
        @Nullable List<String> loraTargetModules,
    @Option(
            defaultValue = "false",
            help = "Scales the update by lora_alpha / sqrt(lora_r) instead (rank-stabilised LoRA).")
        boolean useRslora,
    @Option(
            defaultValue = "false",
            help =
                "Also trains the magnitude of each row of the adapted layers (DoRA); slower than "
                    + "LoRA.")
        boolean useDora,
    @Option(
            help =
                "Modules that are fully trained alongside the adapter: embed_tokens, lm_head, norms "
                    + "such as input_layernorm, linear layers or blocks such as self_attn; null "
                    + "means none. As in PEFT, a name means all modules whose names end in it. An "
                    + "output head tied to the embedding gets a matrix of its own. In reward, "
                    + "score is always one of them.")
        @Nullable List<String> loraModulesToSave,
    @Option(
            range = "[1,inf)",
            help =
                "How many times the learning rate the adapter's B matrices train with (LoRA+); "
                    + "null means once.",
            difference = "TRL has no such key; PEFT and LLaMA-Factory have it.")
        @Nullable Double loraplusLrRatio,
    @Option(
            defaultValue = "float32",
            help =
                "Type in which the weights are held that the adapter leaves alone. Products are "
                    + "float32 either way, so that bfloat16 changes nothing for a model stored in it.",
            difference =
                "TRL also takes float16 and auto, computes in that type, and takes it without an "
                    + "adapter, where small updates are then lost.")
        BaseDtype dtype,
    @Option(help = "Weights in 4 or 8 bits") PackingOptions packing,
    @Option(
            defaultValue = "true",
            help = "Disables lora_dropout; the models themselves have no dropout.",
            difference = "TRL's sft has no such key: there lora_dropout always acts.")
        boolean disableDropout,
    @Option(help = "Layers of the adapter") LoraScopeOptions scope,
    @Option(
            defaultValue = "false",
            help =
                "If model_name_or_path is an adapter, trains a new one on top of it. The old one "
                    + "becomes part of the frozen model, which is then the reference.",
            difference =
                "TRL has no such key; LLaMA-Factory has it. The new adapter names the old one as "
                    + "its base.")
        boolean createNewAdapter)
    implements Checked {

  private static final Object NOT_SET = new Object();

  private static final Set<String> KEYS =
      Set.of(
          "lora_r",
          "lora_alpha",
          "lora_dropout",
          "lora_target_modules",
          "use_rslora",
          "use_dora",
          "lora_modules_to_save",
          "loraplus_lr_ratio",
          "create_new_adapter",
          "disable_dropout");

  @Override
  public void check(Check check) {
    if (!usePeft) {
      refusePacked(check);
      check.noEffect(KEYS, "without use_peft", "use_peft");
      LoraScopeOptions.checkWithoutAdapter(check);
      if (dtype != BaseDtype.FLOAT32) {
        check.fault(
            "dtype",
            "must be float32 without use_peft: updates smaller than a weight's"
                + " rounding would be lost. For bfloat16 compute set bf16");
      }
      return;
    }
    if (disableDropout && loraDropout > 0) {
      check.idle(Set.of("lora_dropout"), "while disable_dropout is true (set that to false)");
    }
    if (loraDropout == 0) {
      check.noEffect("disable_dropout", "with lora_dropout 0");
    }
    if (useDora && !disableDropout && loraDropout > 0) {
      check.fault("lora_dropout", "is not built for use_dora: set it to 0");
    }
    if (loraModulesToSave != null) {
      if (loraModulesToSave.isEmpty()) {
        check.fault("lora_modules_to_save", "must name a module, or be null");
      } else if (Set.copyOf(loraModulesToSave).size() < loraModulesToSave.size()) {
        check.fault("lora_modules_to_save", "names a module twice");
      }
    }
    scope.checkTargets(check, loraTargetModules);
  }

  private void refusePacked(Check check) {
    String why =
        "is for weights that stay as they are: set use_peft to train an adapter on them, or remove"
            + " it to train all weights";
    if (packing.loadIn4bit()) {
      check.fault("load_in_4bit", why);
    }
    if (packing.loadIn8bit()) {
      check.fault("load_in_8bit", why);
    }
  }

  /** How the weights that the adapter leaves alone are held: packed files stay packed. */
  public BaseForm base() {
    return new BaseForm(
        dtype.dtype(), usePeft ? packing.packing(WeightPacking.AS_STORED) : WeightPacking.NONE);
  }

  /** The layers that are asked for, by names that the model has. */
  private LoraTargets targets(LanguageModel policy) {
    ModelConfig model = policy.config();
    List<String> all = LoraModule.all(model).stream().map(LoraModule::moduleName).toList();
    List<String> wanted = loraTargetModules;
    if (wanted == null) {
      List<String> usual =
          Stream.of(LoraModule.Q_PROJ, LoraModule.V_PROJ, LoraModule.QKV_PROJ)
              .map(LoraModule::moduleName)
              .filter(all::contains)
              .toList();
      return scope.targets(usual, null);
    }
    if (wanted.contains(LoraScopeOptions.ALL_LINEAR)) {
      return scope.targets(all, null);
    }
    String pattern = LoraScopeOptions.pattern(wanted);
    if (pattern == null
        && !all.containsAll(wanted.stream().map(LoraScopeOptions::lastPart).toList())) {
      throw new ConfigException(
          new Fault(
              "lora_target_modules",
              String.valueOf(wanted),
              "names layers that %s does not have: it is a %s, with %s"
                  .formatted(policy.folder(), model.architecture().className(), all)));
    }
    return scope.targets(wanted, pattern);
  }

  /** As PEFT, all-linear also means what were linear layers before experts were stacked. */
  private LoraConfig fresh(LanguageModel policy) {
    boolean all =
        loraTargetModules != null && loraTargetModules.contains(LoraScopeOptions.ALL_LINEAR);
    boolean experts = all && policy.config().style().experts() != null;
    if (experts && useDora) {
      throw new ConfigException(
          new Fault("use_dora", "true", "is not built for experts: name the layers of attention"));
    }
    Set<String> others = new TreeSet<>();
    Set<SavedModule> saved = modulesToSave(policy, others);
    LoraTargets targets = targets(policy);
    LoraConfig lora =
        new LoraConfig(
            loraR,
            loraAlpha,
            loraDropout,
            targets,
            useRslora,
            useDora,
            scope.bias(),
            saved,
            others,
            experts ? EnumSet.allOf(ExpertParameter.class) : Set.of());
    Map<String, String> idle = lora.idle(policy.config());
    if (!idle.isEmpty()) {
      List<Fault> faults = new ArrayList<>();
      idle.forEach((key, why) -> faults.add(new Fault(key, "", why)));
      throw new ConfigException(faults);
    }
    return experts ? lora.withDoubledGateUp() : lora;
  }

  /**
   * The modules that train as a whole.
   *
   * @param others receives the names of those within layers
   */
  private Set<SavedModule> modulesToSave(LanguageModel policy, Set<String> others) {
    EnumSet<SavedModule> saved = EnumSet.noneOf(SavedModule.class);
    if (loraModulesToSave != null) {
      loraModulesToSave.forEach(
          name -> SavedModule.of(name).ifPresentOrElse(saved::add, () -> others.add(name)));
    }
    for (SavedModule module : saved) {
      if (!module.isIn(policy.config())) {
        throw new ConfigException(
            new Fault(
                "lora_modules_to_save",
                module.moduleName(),
                module == SavedModule.SCORE
                    ? "is the head of a reward model, which dpo4j reward trains"
                    : "is no part of a reward model, whose head is called score"));
      }
    }
    if (policy.config().head() == ModelHead.REWARD) {
      saved.add(SavedModule.SCORE); // as PEFT does for classifiers
    }
    if (policy.tokenizer().hasGrown()) { // nothing else would ever learn the new tokens
      saved.add(SavedModule.EMBED_TOKENS);
      saved.add(SavedModule.ofHead(policy.config()));
    }
    return saved;
  }

  /**
   * Puts a new adapter on the model, or takes the one that it has.
   *
   * @throws ConfigException if the model has an adapter and the options ask for none or another
   */
  public void attach(LanguageModel policy, long seed) {
    LoraAdapter present = policy.adapter();
    if (policy.parameters().dtype() != dtype.dtype()) {
      throw new ConfigException(
          new Fault(
              "dtype",
              dtype.name().toLowerCase(Locale.ROOT),
              "but %s was loaded in %s: load it in the type that the configuration names"
                  .formatted(policy.folder(), policy.parameters().dtype().torchName())));
    }
    requireForm(policy);
    if (!usePeft) {
      if (present != null) {
        throw new ConfigException(
            new Fault(
                "use_peft",
                "",
                policy.folder()
                    + " is an adapter: set use_peft to train it on, or make a model of it first"
                    + " with dpo4j merge"));
      }
    } else if (present == null) {
      if (createNewAdapter) {
        throw new ConfigException(
            new Fault(
                "create_new_adapter",
                "true",
                "has no effect: %s is no adapter, and a model gets a new one anyway. Remove it, or set model_name_or_path to the adapter to build on"
                    .formatted(policy.folder())));
      }
      add(policy, seed);
    } else if (createNewAdapter) {
      policy.freezeAdapter();
      add(policy, seed);
    } else {
      refuseOthers(present.config(), policy);
      if (present.config().useDora() && !disableDropout && present.config().dropout() > 0) {
        throw new ConfigException(
            new Fault(
                "disable_dropout",
                "false",
                policy.folder() + " is a DoRA adapter with lora_dropout, and that is not built"));
      }
      policy.continueAdapter();
    }
  }

  private void add(LanguageModel policy, long seed) {
    LoraConfig lora = fresh(policy);
    try {
      policy.addAdapter(lora, seed);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          new Fault(
              "lora_target_modules",
              String.valueOf(loraTargetModules),
              String.valueOf(e.getMessage())));
    }
  }

  private void requireForm(LanguageModel policy) {
    if (!usePeft && policy.isQuantised()) {
      throw new ConfigException(
          new Fault(
              "use_peft",
              "",
              policy.folder()
                  + " is quantised: its weights cannot be trained. Set use_peft to train an adapter"
                  + " on it, or take the model that it was made from"));
    }
    WeightPacking wanted = base().packing();
    WeightPacking loaded = policy.form().packing();
    if (wanted.rounds() || loaded.rounds()) {
      if (!wanted.equals(loaded)) {
        throw new ConfigException(
            new Fault(
                packing.loadIn8bit() ? "load_in_8bit" : "load_in_4bit",
                "",
                "and the keys beside it ask for another form than %s was loaded in (%s): load it with the configuration"
                    .formatted(policy.folder(), loaded.kind().name().toLowerCase(Locale.ROOT))));
      }
    }
  }

  /** What is set must be what the adapter has, or it would be ignored. */
  private void refuseOthers(LoraConfig has, LanguageModel policy) {
    PeftOptions defaults =
        new PeftOptions(
            true,
            16,
            32,
            0.05,
            null,
            false,
            false,
            null,
            null,
            BaseDtype.FLOAT32,
            packing,
            true,
            LoraScopeOptions.NONE,
            false);
    List<Fault> faults = new ArrayList<>();
    refuseOther(faults, policy, "lora_r", loraR, defaults.loraR, has.r());
    refuseOther(
        faults, policy, "lora_alpha", (double) loraAlpha, (double) defaults.loraAlpha, has.alpha());
    refuseOther(faults, policy, "lora_dropout", loraDropout, defaults.loraDropout, has.dropout());
    refuseOther(faults, policy, "use_rslora", useRslora, false, has.useRslora());
    refuseOther(faults, policy, "use_dora", useDora, false, has.useDora());
    Set<String> others = new TreeSet<>();
    Set<SavedModule> saved = modulesToSave(policy, others);
    String key = "lora_modules_to_save";
    refuseOther(faults, policy, key, saved, Set.of(), has.modulesToSave());
    refuseOther(faults, policy, key, others, Set.of(), has.otherModules());
    if (loraTargetModules != null && !has.isOnLayersOf(targets(policy), policy.config())) {
      faults.add(
          new Fault(
              "lora_target_modules",
              "",
              "is %s, but the adapter of %s has %s"
                  .formatted(loraTargetModules, policy.folder(), has.describe())));
    }
    scope
        .comparedWith(has.targets(), has.bias())
        .forEach((name, pair) -> refuseOther(faults, policy, name, pair[0], NOT_SET, pair[1]));
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  private static void refuseOther(
      List<Fault> faults, LanguageModel policy, String key, Object set, Object usual, Object has) {
    if (!set.equals(usual) && !set.equals(has)) {
      faults.add(
          new Fault(
              key, "", "is %s, but the adapter of %s has %s".formatted(set, policy.folder(), has)));
    }
  }

  /** What the learning rate is multiplied by: LoRA+ trains B, and DoRA's lengths, faster than A. */
  public ParameterRates rates(LanguageModel policy) {
    Double ratio = loraplusLrRatio;
    return ratio == null
        ? ParameterRates.SAME
        : ParameterRates.of(
            policy.trained(),
            parameter ->
                parameter.name().contains(".lora_B.") || parameter.shape().length == 1 ? ratio : 1);
  }

  /** Lets the adapter's dropout act where that is asked for. */
  public void trainWithDropout(
      CausalLm model, LanguageModel policy, long seed, LongSupplier stepsTaken) {
    LoraAdapter present = policy.adapter();
    if (present != null && !disableDropout && present.config().dropout() > 0) {
      model.trainWith(new LoraDropout(present.config().dropout(), seed, stepsTaken));
    }
  }

  /** Says what stands in for a reference model of its own; null without an adapter. */
  public static @Nullable String reference(LanguageModel policy) {
    if (policy.adapter() == null) {
      return null;
    }
    return policy.adapterIsFresh()
        ? policy.start().equals(policy.base())
            ? "the base model (the policy with its adapter switched off)"
            : "the base model with the adapter of "
                + policy.folder()
                + " (the policy with its new adapter switched off)"
        : "a frozen copy of the adapter of " + policy.folder() + " on the same base";
  }
}
