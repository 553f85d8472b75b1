/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Translations of files of TRL and alignment-handbook, and of our own. */
final class TrlTranslations extends CommonTranslations {
  /** Arguments of loading that do not change what is trained. */
  private static final Set<String> LOADING =
      Set.of(
          "torch_dtype",
          "dtype",
          "attn_implementation",
          "device_map",
          "use_cache",
          "low_cpu_mem_usage",
          "trust_remote_code",
          "quantization_config");

  TrlTranslations(Draft draft) {
    super(draft);
    on("dtype", this::dtype);
    on("torch_dtype", this::dtype);
    on("loss_type", this::lossType);
    on("rpo_alpha", entry -> {});
    on("reference_free", this::referenceFree);
    on("datasets", this::datasets);
    on("dataset_mixer", this::mixer);
    on("dataset_splits", entry -> {});
    on("dataset_configs", entry -> {});
    on("dataset_text_field", this::textField);
    on("text_column", this::textField);
    on("model_init_kwargs", this::initKwargs);
    on("ref_model_init_kwargs", this::initKwargs);
    on("gamma_beta_ratio", this::gammaBetaRatio);
    on("tokenizer_name_or_path", this::tokenizer);
  }

  private void lossType(RecipeEntry entry) {
    List<String> names = RecipeValues.strings(entry.value());
    if (names.contains("aot_pair")) {
      List<Value> now =
          names.stream()
              .map(name -> RecipeValues.text(name.equals("aot_pair") ? "aot" : name))
              .toList();
      draft().become(entry, "loss_type", RecipeValues.list(now), "its name in TRL today");
    }
  }

  /** The reference counts as uniform: only the policy's own log-probabilities are compared. */
  private void referenceFree(RecipeEntry entry) {
    if (!RecipeValues.isTrue(entry.value())) {
      draft().remove(entry);
    } else if (losses().equals(List.of("sigmoid")) || losses().equals(List.of("cdpo"))) {
      draft().remove(entry);
      draft().force(entry, "loss_type", RecipeValues.text("cpo"));
      draft().force(entry, "cpo_alpha", RecipeValues.number(0));
      draft().translated(entry, "became loss_type: cpo with cpo_alpha: 0, the same loss");
    } else {
      draft()
          .refuse(
              entry,
              "is built for loss_type sigmoid only, and it is "
                  + String.join(", ", losses())
                  + ": remove it, or take simpo, cpo or orpo, which have no reference");
    }
  }

  private void gammaBetaRatio(RecipeEntry entry) {
    Double ratio = RecipeValues.decimal(entry.value());
    Double beta = RecipeValues.decimal(draft().value("beta"));
    if (ratio == null) {
      draft().refuse(entry, "expected a number, found " + entry.value().describe());
      return;
    }
    // SimPO's trainer has a beta of 2 where the file is silent.
    double scale = beta == null ? 2 : beta;
    draft()
        .become(
            entry,
            "simpo_gamma",
            RecipeValues.number(ratio * scale),
            RecipeValues.show(entry.value())
                + " x beta "
                + RecipeValues.show(RecipeValues.number(scale)));
    if (beta == null) {
      draft().byDefault("beta", RecipeValues.number(2), "SimPO's");
    }
    if (!draft().has("loss_type")) {
      draft()
          .byDefault("loss_type", RecipeValues.text("simpo"), "gamma_beta_ratio belongs to SimPO");
    }
  }

  private void initKwargs(RecipeEntry entry) {
    Map<String, Value> arguments = RecipeValues.entries(entry.value());
    List<String> others =
        arguments.keySet().stream().filter(name -> !LOADING.contains(name)).toList();
    if (!others.isEmpty()) {
      draft()
          .refuse(
              entry,
              "has "
                  + String.join(", ", others)
                  + ", which change the model as it is loaded: change its config.json instead");
    } else if (arguments.isEmpty()) {
      draft().remove(entry);
    } else {
      draft().noEffect(entry, "it only concerns how weights are loaded");
    }
  }

  private void tokenizer(RecipeEntry entry) {
    @Nullable Value model = draft().value("model_name_or_path");
    if (RecipeValues.isNull(entry.value())
        || (model != null && RecipeValues.same(model, entry.value()))) {
      draft().remove(entry);
    } else if (draft().hasFlag("model_name_or_path")) {
      draft().setAside(entry, "model_name_or_path");
    } else {
      draft()
          .refuse(
              entry, "is another model's: the tokenizer is that of model_name_or_path, remove it");
    }
  }

  /** TRL's list of data sets. */
  private void datasets(RecipeEntry entry) {
    List<Value> sets = new ArrayList<>();
    for (Value item : RecipeValues.items(entry.value())) {
      Map<String, Value> set = new LinkedHashMap<>();
      RecipeValues.entries(item)
          .forEach(
              (name, value) -> {
                switch (name) {
                  case "path" -> set.put("id", value);
                  case "name" -> set.put("config", value);
                  default -> set.put(name, value);
                }
              });
      sets.add(RecipeValues.map(set));
    }
    if (sets.isEmpty()) {
      draft().remove(entry);
      return;
    }
    Map<String, Value> mixture = new LinkedHashMap<>();
    mixture.put("datasets", RecipeValues.list(sets));
    mixture.put("shuffle", RecipeValues.bool(false));
    draft().become(entry, "dataset_mixture", RecipeValues.map(mixture));
  }

  /** The handbook's older map of data sets to shares, with a list of splits. */
  private void mixer(RecipeEntry entry) {
    Map<String, Value> shares = RecipeValues.entries(entry.value());
    if (shares.isEmpty()) {
      draft()
          .refuse(
              entry, "expected a map of data sets to shares, found " + entry.value().describe());
      return;
    }
    @Nullable RecipeEntry named = draft().find("dataset_splits");
    List<String> splits =
        named == null ? List.of("train", "test") : RecipeValues.strings(named.value());
    @Nullable RecipeEntry configured = draft().find("dataset_configs");
    List<String> configs =
        configured == null ? List.of() : RecipeValues.strings(configured.value());
    List<Value> train = new ArrayList<>();
    List<Value> test = new ArrayList<>();
    int place = 0;
    for (Map.Entry<String, Value> share : shares.entrySet()) {
      for (String split : splits) {
        Map<String, Value> set = new LinkedHashMap<>();
        set.put("id", RecipeValues.text(share.getKey()));
        if (place < configs.size()) {
          set.put("config", RecipeValues.text(configs.get(place)));
        }
        set.put("split", RecipeValues.text(split));
        if (split.contains("train")) {
          set.put("fraction", share.getValue());
          train.add(RecipeValues.map(set));
        } else {
          test.add(RecipeValues.map(set));
        }
      }
      place++;
    }
    Map<String, Value> mixture = new LinkedHashMap<>();
    mixture.put("datasets", RecipeValues.list(train));
    if (!test.isEmpty()) {
      mixture.put("test_datasets", RecipeValues.list(test));
    }
    mixture.put("seed", RecipeValues.number(42));
    draft().become(entry, "dataset_mixture", RecipeValues.map(mixture));
    for (@Nullable RecipeEntry used :
        List.of("dataset_splits", "dataset_configs").stream().map(draft()::find).toList()) {
      if (used != null) {
        draft().remove(used);
      }
    }
  }

  @Override
  void finish() {
    for (String key : List.of("dataset_splits", "dataset_configs")) {
      @Nullable RecipeEntry left = draft().find(key);
      if (left != null) {
        draft().refuse(left, "belongs to dataset_mixer, which is not set: remove it");
      }
    }
    @Nullable RecipeEntry steps = draft().find("eval_steps");
    boolean asked = draft().has("eval_strategy") || draft().has("eval_dataset");
    if (steps != null && !steps.isFlag() && !asked && !RecipeValues.isNull(steps.value())) {
      draft().noEffect(steps, "eval_strategy is not set, and TRL's default is no");
    }
    switch (draft().method()) {
      case DPO -> {
        smooth();
        rpo();
      }
      case CPO -> cpo();
      case ORPO, SFT, KTO, REWARD, GRPO, RLOO, ONLINE_DPO -> {}
    }
  }

  /** TRL's CPO trainer calls its losses by other names than its DPO trainer. */
  private void cpo() {
    @Nullable RecipeEntry written = draft().find("loss_type");
    List<String> names = written == null ? List.of("sigmoid") : losses();
    if (written == null) {
      draft().byCommand("loss_type", RecipeValues.text("cpo"));
    } else if (names.equals(List.of("sigmoid"))) {
      draft().become(written, "loss_type", RecipeValues.text("cpo"), "CPO with sigmoid");
    } else if (names.equals(List.of("simpo"))) {
      cpoSimpo();
    } else if (!names.equals(List.of("cpo"))) {
      draft()
          .refuse(
              written,
              "is "
                  + String.join(", ", names)
                  + ", but cpo is built with sigmoid and simpo: take one of them");
    }
  }

  private void cpoSimpo() {
    @Nullable RecipeEntry alpha = draft().find("cpo_alpha");
    Double weight = alpha == null ? Double.valueOf(1) : RecipeValues.decimal(alpha.value());
    @Nullable RecipeEntry loss = draft().find("loss_type");
    if (loss == null || weight == null) {
      return;
    }
    if (alpha != null) {
      draft().remove(alpha);
    }
    if (weight == 0) {
      return;
    }
    addLoss(alpha == null ? loss : alpha, "sft", weight);
  }
}
