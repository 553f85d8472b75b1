/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a config.json says of weights that are packed already. */
public final class StoredQuantisation {
  /** The key of config.json. */
  static final String KEY = "quantization_config";

  private static final String BITSANDBYTES = "bitsandbytes";

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("gptq", "GPTQ"),
          Map.entry("awq", "AWQ"),
          Map.entry("fp8", "FP8"),
          Map.entry("fbgemm_fp8", "FP8 (FBGEMM)"),
          Map.entry("compressed-tensors", "compressed-tensors"),
          Map.entry("mxfp4", "MXFP4"),
          Map.entry("modelopt", "ModelOpt"),
          Map.entry("torchao", "torchao"),
          Map.entry("quanto", "Quanto"),
          Map.entry("hqq", "HQQ"),
          Map.entry("aqlm", "AQLM"),
          Map.entry("eetq", "EETQ"),
          Map.entry("higgs", "HIGGS"),
          Map.entry("vptq", "VPTQ"),
          Map.entry("spqr", "SpQR"),
          Map.entry("bitnet", "BitNet"));

  private StoredQuantisation() {}

  /** Finds fault with what is not read. */
  static void check(JsonFields json) {
    JsonNode said = json.get(KEY);
    if (said == null || isBitsandbytes(said)) {
      return;
    }
    String method = said.path("quant_method").asString("");
    String name = NAMES.getOrDefault(method.toLowerCase(Locale.ROOT), method);
    json.fault(
        KEY,
        name.isEmpty() ? "a quantised model" : "a model quantised with " + name,
        "weights in float32, bfloat16 or float16, or packed by bitsandbytes; take the model that this one was made from");
  }

  private static boolean isBitsandbytes(JsonNode said) {
    String method = said.path("quant_method").asString("");
    // Early checkpoints name no method.
    boolean flagged =
        said.path("load_in_4bit").asBoolean(false) || said.path("load_in_8bit").asBoolean(false);
    return method.isEmpty() ? flagged : method.startsWith(BITSANDBYTES);
  }

  /** Whether the configuration of a model's folder says that its weights are packed. */
  public static boolean isSaid(Path folder) {
    Path config = folder.resolve(ModelConfig.FILE_NAME);
    return Files.isRegularFile(config) && ModelJson.read(config).path(KEY).isObject();
  }

  /** The refusal of plain weights under a configuration that says otherwise. */
  static WeightsException plain(Path folder) {
    return new WeightsException(
        folder
            + ": config.json says that the model is quantised ("
            + KEY
            + "), but its weights are plain numbers. If they are those of the whole model, remove "
            + KEY
            + " from config.json and, to train an adapter on it in 4 or 8 bits, set load_in_4bit or load_in_8bit.");
  }
}
