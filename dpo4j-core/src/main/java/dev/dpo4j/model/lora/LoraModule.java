/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.style.TensorNames;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The linear layers of a decoder layer that adapters can be put on. */
public enum LoraModule {
  /** Queries. */
  Q_PROJ("self_attn.q_proj"),
  /** Keys. */
  K_PROJ("self_attn.k_proj"),
  /** Values. */
  V_PROJ("self_attn.v_proj"),
  /** Output of the attention. */
  O_PROJ("self_attn.o_proj"),
  /** Gate of the MLP. */
  GATE_PROJ("mlp.gate_proj"),
  /** The MLP's way up. */
  UP_PROJ("mlp.up_proj"),
  /** The MLP's way down. */
  DOWN_PROJ("mlp.down_proj"),
  /** Queries, keys and values in one, in families that fuse them. */
  QKV_PROJ("self_attn.qkv_proj"),
  /** Gate and way up in one, in families that fuse them. */
  GATE_UP_PROJ("mlp.gate_up_proj");

  private final String path;

  LoraModule(String path) {
    this.path = path;
  }

  /** The name by which {@code target_modules} calls it, such as {@code q_proj}. */
  public String moduleName() {
    return path.substring(path.indexOf('.') + 1);
  }

  /** The module of that name. */
  public static Optional<LoraModule> of(String name) {
    return Arrays.stream(values()).filter(m -> m.moduleName().equals(name)).findFirst();
  }

  /** All names, for messages. */
  public static List<String> names() {
    return Arrays.stream(values()).map(LoraModule::moduleName).toList();
  }

  /** All that a model has in some layer, as {@code all-linear} means them. */
  public static Set<LoraModule> all(ModelConfig config) {
    EnumSet<LoraModule> all = EnumSet.noneOf(LoraModule.class);
    for (LoraModule module : values()) {
      for (int layer = 0; layer < config.layers(); layer++) {
        if (module.isIn(config, layer)) {
          all.add(module);
        }
      }
    }
    return all;
  }

  /** Whether a layer of a model has this module. */
  public boolean isIn(ModelConfig config, int layer) {
    TensorNames names = config.style().names();
    return switch (this) {
      case Q_PROJ, K_PROJ, V_PROJ -> !names.fusedQkv();
      case QKV_PROJ -> names.fusedQkv();
      case O_PROJ -> true;
      case GATE_PROJ, UP_PROJ -> !names.fusedGateUp() && !config.isSparse(layer);
      case GATE_UP_PROJ -> names.fusedGateUp() && !config.isSparse(layer);
      case DOWN_PROJ -> !config.isSparse(layer);
    };
  }

  /** Name of the layer's weight in a Hugging Face checkpoint. */
  public String weight(int layer) {
    return WeightNames.ofLayer(layer, path + ".weight");
  }

  /** Name of A or B in a file of PEFT. */
  String adapter(int layer, char matrix) {
    return "base_model.model.model.layers." + layer + "." + path + ".lora_" + matrix + ".weight";
  }

  /** Name of DoRA's lengths in a file of PEFT. */
  String magnitude(int layer) {
    return "base_model.model.model.layers." + layer + "." + path + ".lora_magnitude_vector";
  }

  /** Size of the layer's input. */
  public long inputs(ModelConfig config) {
    return switch (this) {
      case O_PROJ -> (long) config.heads() * config.headDim();
      case DOWN_PROJ -> config.intermediateSize();
      default -> config.hiddenSize();
    };
  }

  /** Size of the layer's output. */
  public long outputs(ModelConfig config) {
    return switch (this) {
      case Q_PROJ -> (long) config.heads() * config.headDim();
      case K_PROJ, V_PROJ -> (long) config.kvHeads() * config.headDim();
      case QKV_PROJ -> (config.heads() + 2L * config.kvHeads()) * config.headDim();
      case GATE_UP_PROJ -> 2L * config.intermediateSize();
      case GATE_PROJ, UP_PROJ -> config.intermediateSize();
      case O_PROJ, DOWN_PROJ -> config.hiddenSize();
    };
  }

  /** First column of its output in the matrix that it shares with its neighbours. */
  long column(ModelConfig config) {
    return switch (this) {
      case K_PROJ -> Q_PROJ.outputs(config);
      case V_PROJ -> Q_PROJ.outputs(config) + K_PROJ.outputs(config);
      case UP_PROJ -> GATE_PROJ.outputs(config);
      default -> 0;
    };
  }
}
