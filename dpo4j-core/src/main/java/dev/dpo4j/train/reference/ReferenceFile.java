/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.weights.WeightChecksum;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reference log-probabilities that outlive a run, found again by what they were computed from.
 *
 * <p>There is one file for each model: its name is a checksum of the weights, of the type that they
 * were computed in and of the engine's route. In it the answers of a pass lie under a checksum of
 * all token ids of that pass. So other losses, betas, learning rates and epochs share them; other
 * weights, another template or tokenizer, another cut or another grouping of the rows do not, and
 * the first step's log-ratios are zero to the last bit with the file as without it.
 *
 * <p>A pass is in the file as soon as it was computed, so that a run that is killed loses none, and
 * only its place there is on the heap.
 */
public final class ReferenceFile implements AutoCloseable {
  private final PassLog passes;

  private ReferenceFile(PassLog passes) {
    this.passes = passes;
  }

  /** Opens the file of a model; one that is missing or damaged counts as empty. */
  public static ReferenceFile open(Path folder, CausalLm model) {
    return new ReferenceFile(PassLog.open(folder.resolve(key(model) + ".logps")));
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
    WeightChecksum.addPacked(digest, store);
  }

  /** The name of a pass: a checksum of its token ids and of how they lie. */
  static byte[] key(List<TokenizedPair> pass) {
    MessageDigest digest = Checksums.digest();
    for (TokenizedPair pair : pass) {
      for (int[] ids : ids(pair)) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (ids.length + 1));
        bytes.putInt(ids.length).asIntBuffer().put(ids);
        digest.update(bytes.array());
      }
    }
    return digest.digest();
  }

  private static int[][] ids(TokenizedPair pair) {
    int[] prompt = pair.promptIds();
    int[] other = pair.rejectedPromptIds();
    return Arrays.equals(prompt, other)
        ? new int[][] {prompt, pair.chosenIds(), pair.rejectedIds()}
        : new int[][] {prompt, pair.chosenIds(), pair.rejectedIds(), other};
  }

  /** The answers of a pass, or null where they are not known. */
  @Nullable List<ReferenceLogps.Answers> find(byte[] pass) {
    float[] found = passes.find(pass);
    return found == null ? null : unpack(found);
  }

  /** Keeps the answers of a pass. */
  void put(byte[] pass, List<ReferenceLogps.Answers> answers) {
    passes.put(pass, pack(answers));
  }

  @Override
  public void close() {
    passes.close();
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
