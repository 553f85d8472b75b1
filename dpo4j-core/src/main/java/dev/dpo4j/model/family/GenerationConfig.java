/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model folder says about generation: the special tokens of generation_config.json, or those
 * of config.json where it is silent.
 *
 * @param bosTokenId token before a text; null for none
 * @param eosTokenIds tokens that end an answer, possibly none
 * @param padTokenId token for padding; null for none
 */
public record GenerationConfig(
    @Nullable Integer bosTokenId, List<Integer> eosTokenIds, @Nullable Integer padTokenId) {
  /** The name of the file in a model folder. */
  public static final String FILE_NAME = "generation_config.json";

  /** Copies the list. */
  public GenerationConfig {
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /**
   * Reads the settings of a model folder; without the file those of the model's configuration.
   *
   * @throws ModelConfigException with all faults of the file
   */
  public static GenerationConfig read(Path folder, ModelConfig config) {
    Path file = folder.resolve(FILE_NAME);
    if (!Files.exists(file)) {
      return new GenerationConfig(config.bosTokenId(), config.eosTokenIds(), config.padTokenId());
    }
    List<String> faults = new ArrayList<>();
    JsonFields json = JsonFields.of(file, faults);
    List<Integer> bos = json.tokenIds("bos_token_id", listOf(config.bosTokenId()));
    List<Integer> eos = json.tokenIds("eos_token_id", config.eosTokenIds());
    List<Integer> pad = json.tokenIds("pad_token_id", listOf(config.padTokenId()));
    if (!faults.isEmpty()) {
      throw new ModelConfigException(file.toString(), faults);
    }
    return new GenerationConfig(firstOrNull(bos), eos, firstOrNull(pad));
  }

  /**
   * Names the tokens that end an answer in the file of a folder, which keeps everything else.
   *
   * @throws IOException when it cannot be written
   */
  public static void writeStops(Path folder, List<Integer> eosTokenIds) throws IOException {
    Path file = folder.resolve(FILE_NAME);
    String text = Files.exists(file) ? ConfigText.read(file) : "{}\n";
    AtomicFile.writeString(
        file, ConfigText.replace(text, Map.of("eos_token_id", eosTokenIds.toString())));
  }

  private static List<Integer> listOf(@Nullable Integer value) {
    return value == null ? List.of() : List.of(value);
  }

  private static @Nullable Integer firstOrNull(List<Integer> values) {
    return values.isEmpty() ? null : values.get(0);
  }
}
