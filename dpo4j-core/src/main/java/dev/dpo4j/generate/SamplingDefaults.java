/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.family.GenerationConfig;
import dev.dpo4j.model.family.JsonFields;
import dev.dpo4j.model.family.ModelConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a model wants its tokens to be chosen: the sampling settings of generation_config.json. */
public final class SamplingDefaults {
  /** What transformers takes where the file is silent. */
  private static final int TOP_K = 50;

  private SamplingDefaults() {}

  /**
   * Reads the settings of a model folder. Without {@code do_sample} the most probable token is
   * taken, as transformers does it.
   *
   * @param folder the model's folder, or a GGUF file, which holds no settings
   * @param maxNewTokens the limit where the file names none
   * @throws ModelConfigException with all faults of the file
   */
  public static SamplingOptions read(Path folder, int maxNewTokens) {
    Path file = folder.resolve(GenerationConfig.FILE_NAME);
    if (!Files.isRegularFile(file)) {
      return SamplingOptions.greedy(maxNewTokens);
    }
    List<String> faults = new ArrayList<>();
    JsonFields json = JsonFields.of(file, faults);
    int limit = json.integer("max_new_tokens", maxNewTokens, 1, Integer.MAX_VALUE);
    boolean sample = json.flag("do_sample", false);
    double temperature = orElse(json.zeroOrMore("temperature"), 1);
    int topK = json.integer("top_k", TOP_K, 0, Integer.MAX_VALUE);
    double topP = orElse(json.zeroOrMore("top_p"), 1);
    double minP = orElse(json.zeroOrMore("min_p"), 0);
    double penalty = json.positive("repetition_penalty", 1);
    if (faults.isEmpty()) {
      try {
        return sample
            ? new SamplingOptions(limit, temperature, topK, topP, minP, penalty, 0)
            : new SamplingOptions(limit, 0, 0, 1, 0, penalty, 0);
      } catch (IllegalArgumentException e) {
        faults.add(String.valueOf(e.getMessage()));
      }
    }
    throw new ModelConfigException(file.toString(), faults);
  }

  private static double orElse(@Nullable Double value, double absent) {
    return value == null ? absent : value;
  }
}
