/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.weights.WeightChecksum;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reference log-probabilities that outlive a run, found again by what they were computed from.
 *
 * <p>There is one file for each model: its name is a checksum of the weights, of the type that they
 * were computed in and of the engine's route. In it the answers of a pass lie under a checksum of
 * all token ids of that pass. So other losses, betas, learning rates and epochs share them; other
 * weights, another template or tokenizer, another cut or another grouping of the rows do not, and
 * the first step's log-ratios are zero to the last bit with the file as without it.
 */
public final class ReferenceFile {
  private static final Logger LOG = LoggerFactory.getLogger(ReferenceFile.class);
  private static final String CHECKSUM = "sha256";

  private final Path file;
  private final Map<String, float[]> passes;
  private boolean changed;

  private ReferenceFile(Path file, Map<String, float[]> passes) {
    this.file = file;
    this.passes = passes;
  }

  /** Opens the file of a model; one that is missing or damaged counts as empty. */
  public static ReferenceFile open(Path folder, CausalLm model) {
    Path file = folder.resolve(key(model) + ".safetensors");
    return new ReferenceFile(file, read(file));
  }

  private static String key(CausalLm model) {
    MessageDigest digest = Checksums.digest();
    String circumstances =
        String.join(
            "\n",
            model.config().toString(),
            model.options().compute().toString(),
            Backends.circumstances());
    digest.update(circumstances.getBytes(StandardCharsets.UTF_8));
    digest(digest, model.parameters());
    LoraAdapter adapter = model.adapter();
    if (adapter != null) {
      digest.update(adapter.config().toString().getBytes(StandardCharsets.UTF_8));
      digest(digest, adapter.parameters());
    }
    return Checksums.hex(digest);
  }

  private static void digest(MessageDigest digest, ParameterStore store) {
    for (Parameter parameter : store.parameters()) {
      digest.update(parameter.name().getBytes(StandardCharsets.UTF_8));
    }
    WeightChecksum.addValues(digest, store, DType.FLOAT32);
  }

  /** The name of a pass: a checksum of its token ids and of how they lie. */
  static String key(List<TokenizedPair> pass) {
    MessageDigest digest = Checksums.digest();
    for (TokenizedPair pair : pass) {
      for (int[] ids : ids(pair)) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (ids.length + 1));
        bytes.putInt(ids.length).asIntBuffer().put(ids);
        digest.update(bytes.array());
      }
    }
    return Checksums.hex(digest);
  }

  private static int[][] ids(TokenizedPair pair) {
    int[] prompt = pair.promptIds();
    int[] other = pair.rejectedPromptIds();
    return Arrays.equals(prompt, other)
        ? new int[][] {prompt, pair.chosenIds(), pair.rejectedIds()}
        : new int[][] {prompt, pair.chosenIds(), pair.rejectedIds(), other};
  }

  /** The answers of a pass, or null where they are not known. */
  @Nullable List<ReferenceLogps.Answers> find(String pass) {
    float[] found = passes.get(pass);
    return found == null ? null : unpack(found);
  }

  /** Remembers the answers of a pass until {@link #save}. */
  void put(String pass, List<ReferenceLogps.Answers> answers) {
    passes.put(pass, pack(answers));
    changed = true;
  }

  /** Writes the file, if there is anything new. A failure is told and costs nothing but time. */
  public void save() {
    if (!changed) {
      return;
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      // Another run may have written in the meantime.
      read(file).forEach(passes::putIfAbsent);
      write();
      changed = false;
    } catch (IOException e) {
      LOG.warn("the reference's log-probs could not be kept in {}: {}", file, e.toString());
    }
  }

  private void write() throws IOException {
    List<TensorSpec> specs = new ArrayList<>();
    passes.forEach((name, values) -> specs.add(new TensorSpec(name, DType.FLOAT32, values.length)));
    Map<String, String> metadata = Map.of("format", "pt", CHECKSUM, checksum(passes));
    SafetensorsWriter writer = new SafetensorsWriter(file, specs, metadata);
    try (writer) {
      for (Map.Entry<String, float[]> pass : passes.entrySet()) {
        writer.write(pass.getKey(), bytes(pass.getValue()));
      }
    } catch (IOException | RuntimeException e) {
      writer.abort();
      throw e;
    }
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  private static String checksum(Map<String, float[]> passes) {
    MessageDigest digest = Checksums.digest();
    passes.forEach(
        (name, values) -> {
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update(bytes(values));
        });
    return Checksums.hex(digest);
  }

  private static Map<String, float[]> read(Path file) {
    Map<String, float[]> passes = new TreeMap<>();
    if (!Files.exists(file)) {
      return passes;
    }
    try (SafetensorsFile source = SafetensorsFile.open(file)) {
      source
          .tensors()
          .forEach(
              (name, info) -> {
                float[] values = new float[Math.toIntExact(info.byteSize() / Float.BYTES)];
                ByteBuffer bytes = source.bytes(name, 0, values.length * Float.BYTES);
                bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
                passes.put(name, values);
              });
      if (checksum(passes).equals(source.metadata().get(CHECKSUM))) {
        return passes;
      }
      LOG.warn("{} is damaged: its checksum is wrong. The log-probs are computed anew.", file);
    } catch (ModelFileException | IllegalArgumentException e) {
      LOG.warn("{} is damaged: {} The log-probs are computed anew.", file, e.getMessage());
    }
    return new TreeMap<>();
  }

  /** Answers as numbers: how many pairs, the two lengths of each, all values. */
  private static float[] pack(List<ReferenceLogps.Answers> answers) {
    int values =
        answers.stream().mapToInt(pair -> pair.chosen().length + pair.rejected().length).sum();
    float[] packed = new float[1 + 2 * answers.size() + values];
    packed[0] = answers.size();
    int at = 1 + 2 * answers.size();
    for (int i = 0; i < answers.size(); i++) {
      float[] chosen = answers.get(i).chosen();
      float[] rejected = answers.get(i).rejected();
      packed[1 + 2 * i] = chosen.length;
      packed[2 + 2 * i] = rejected.length;
      System.arraycopy(chosen, 0, packed, at, chosen.length);
      System.arraycopy(rejected, 0, packed, at + chosen.length, rejected.length);
      at += chosen.length + rejected.length;
    }
    return packed;
  }

  private static List<ReferenceLogps.Answers> unpack(float[] packed) {
    List<ReferenceLogps.Answers> answers = new ArrayList<>();
    int pairs = (int) packed[0];
    int[] at = {1 + 2 * pairs};
    for (int i = 0; i < pairs; i++) {
      float[] chosen = slice(packed, at, (int) packed[1 + 2 * i]);
      answers.add(new ReferenceLogps.Answers(chosen, slice(packed, at, (int) packed[2 + 2 * i])));
    }
    return answers;
  }

  private static float[] slice(float[] from, int[] at, int length) {
    float[] part = new float[length];
    System.arraycopy(from, at[0], part, 0, length);
    at[0] += length;
    return part;
  }
}
