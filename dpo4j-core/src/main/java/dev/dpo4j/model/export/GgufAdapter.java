/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.gguf.GgufNames;
import dev.dpo4j.gguf.GgufType;
import dev.dpo4j.gguf.GgufWriter;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.lora.AdapterRows;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraBias;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a LoRA adapter as a GGUF file that llama.cpp loads beside that of the base model. */
public final class GgufAdapter {
  private static final Pattern NAME =
      Pattern.compile("base_model\\.model\\.(model\\.layers\\.\\d+\\..+)\\.lora_([AB])\\.weight");

  /** Far above what two ways to compute the same scale differ by. */
  private static final double ROUNDING = 1e-12;

  private GgufAdapter() {}

  /**
   * A matrix of the file.
   *
   * @param factor what it is multiplied by; layers with a rank or an alpha of their own need one
   */
  private record Matrix(String name, String source, int headRows, double factor) {}

  /**
   * Writes the adapter of a folder.
   *
   * @param target the file
   * @param name what the adapter is called
   * @param folder the adapter
   * @param model the configuration of its base
   * @throws ModelConfigException with all that llama.cpp has no adapters for
   * @throws IOException when the file cannot be written
   */
  public static void write(Path target, String name, Path folder, ModelConfig model)
      throws IOException {
    GgufKeys keys = GgufKeys.of(model);
    try (LoraAdapter adapter = LoraFolder.load(folder, AdapterRows.resized(folder, model))) {
      LoraConfig config = adapter.config();
      check(folder, config);
      double alpha = config.scale() * config.r();
      List<Matrix> matrices = matrices(adapter, keys.family(), model, alpha);
      Map<String, Object> head = new LinkedHashMap<>();
      head.put("general.architecture", keys.family().id());
      head.put("general.type", "adapter");
      head.put("general.name", name);
      head.put("general.file_type", 0);
      head.put("adapter.type", "lora");
      // llama.cpp divides it by the rank of each matrix; see the factor of each B.
      head.put("adapter.lora.alpha", (float) alpha);
      StoreSource source = new StoreSource(adapter.parameters());
      try (GgufWriter writer = GgufWriter.create(target)) {
        head.forEach(writer::put);
        matrices.forEach(
            matrix ->
                writer.announce(matrix.name(), GgufType.F32, source.info(matrix.source()).shape()));
        writer.begin();
        for (Matrix matrix : matrices) {
          TensorInfo info = source.info(matrix.source());
          int width = (int) info.shape()[1];
          float[] values = source.floats(info.name(), 0, Math.toIntExact(info.elementCount()));
          WeightFiles.requireFinite(source, info.name(), values);
          multiply(values, matrix.factor());
          if (matrix.headRows() > 0) {
            values = GgufTensors.interleave(values, matrix.headRows(), width);
          }
          writer.write(matrix.name(), List.of(GgufExport.bytes(values)).iterator());
        }
        writer.commit();
      }
    }
  }

  private static void multiply(float[] values, double factor) {
    for (int i = 0; factor != 1 && i < values.length; i++) {
      values[i] = (float) (values[i] * factor);
    }
  }

  private static void check(Path folder, LoraConfig config) {
    List<String> faults = new ArrayList<>();
    if (config.useDora()) {
      faults.add("use_dora: found true, but llama.cpp has no lengths of rows");
    }
    if (!config.modulesToSave().isEmpty() || !config.otherModules().isEmpty()) {
      faults.add("modules_to_save: found whole modules, but llama.cpp loads only updates");
    }
    if (config.bias() != LoraBias.NONE) {
      faults.add("bias: found trained biases, but llama.cpp loads only updates");
    }
    if (!config.targetParameters().isEmpty()) {
      faults.add("target_parameters: found updates of experts, which are not written");
    }
    if (!faults.isEmpty()) {
      faults.add("Export without --adapter separate: the adapter is then merged into its base.");
      throw new ModelConfigException(folder.resolve(LoraFolder.CONFIG).toString(), faults);
    }
  }

  private static List<Matrix> matrices(
      LoraAdapter adapter, GgufArchitecture family, ModelConfig model, double alpha) {
    List<Matrix> matrices = new ArrayList<>();
    for (Parameter parameter : adapter.parameters().parameters()) {
      Matcher matcher = NAME.matcher(parameter.name());
      if (!matcher.matches()) {
        throw new IllegalStateException(parameter.name());
      }
      String weight = matcher.group(1) + ".weight";
      String gguf = GgufNames.toGguf(family, weight).orElseThrow();
      boolean b = matcher.group(2).equals("B");
      int headRows = b ? GgufTensors.headRows(family, model, weight) : 0;
      String name = gguf + (b ? ".lora_b" : ".lora_a");
      double wanted = adapter.scale(weight) * parameter.shape()[1];
      double factor = b && Math.abs(wanted - alpha) > ROUNDING * alpha ? wanted / alpha : 1;
      matrices.add(new Matrix(name, parameter.name(), headRows, factor));
    }
    return matrices;
  }
}
