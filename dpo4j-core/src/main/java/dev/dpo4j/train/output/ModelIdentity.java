/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.model.LanguageModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checksums of the models that a run begins with, of their tokenizer and of the chat template, and
 * of what the program brings: its loss and its optimizer.
 *
 * <p>A checkpoint holds only what has changed since the beginning, so that it goes on rightly with
 * these models and with no others, even if they stand at the same path.
 *
 * @param sha256 checksums by what they are of
 */
public record ModelIdentity(Map<String, String> sha256) {
  /** Of a run that keeps no checkpoint and goes on from none. */
  public static final ModelIdentity UNKNOWN = new ModelIdentity(Map.of());

  private static final Logger LOG = LoggerFactory.getLogger(ModelIdentity.class);
  private static final String MODEL = "model";
  private static final String ADAPTER = "adapter";
  private static final String REFERENCE = "reference";
  private static final String REFERENCE_ADAPTER = "adapter of the reference";
  private static final String TOKENIZER = "tokenizer";
  private static final String TEMPLATE = "chat template";
  private static final String START = "model after sft_first";
  private static final String LOSS = "loss of the program";
  private static final String OPTIMIZER = "optimizer of the program";
  private static final String JUDGE = "judge of the answers";
  private static final int SHOWN_DIGITS = 12;

  /** Keeps the order. */
  public ModelIdentity {
    sha256 = Collections.unmodifiableMap(new LinkedHashMap<>(sha256));
  }

  /**
   * Takes the checksums before anything is trained.
   *
   * @param reference a reference of its own, or null
   */
  public static ModelIdentity of(LanguageModel policy, @Nullable LanguageModel reference) {
    Map<String, String> sha256 = new LinkedHashMap<>();
    put(sha256, MODEL, policy.baseChecksum());
    put(sha256, ADAPTER, policy.adapterIsFresh() ? null : policy.adapterChecksum());
    if (reference != null) {
      put(sha256, REFERENCE, reference.baseChecksum());
      put(sha256, REFERENCE_ADAPTER, reference.adapterChecksum());
    }
    put(sha256, TOKENIZER, policy.tokenizer().checksum());
    put(sha256, TEMPLATE, policy.tokenizer().chatTemplates().checksum());
    return new ModelIdentity(sha256);
  }

  private static void put(Map<String, String> sha256, String name, @Nullable String checksum) {
    if (checksum != null && !checksum.isEmpty()) {
      sha256.put(name, checksum);
    }
  }

  /** The same where a phase before has made the model that the run starts from. */
  public ModelIdentity withStart(LanguageModel policy) {
    Map<String, String> more = new LinkedHashMap<>(sha256);
    String adapter = policy.adapterChecksum();
    put(more, START, adapter == null ? policy.baseChecksum() : adapter);
    return new ModelIdentity(more);
  }

  /** The same with the loss of the program, if it brings one. */
  public ModelIdentity withLoss(@Nullable String identity) {
    return with(LOSS, identity);
  }

  /** The same with what judges the answers of the model, if anything does. */
  public ModelIdentity withJudge(@Nullable String identity) {
    return with(JUDGE, identity);
  }

  /** The same with the optimizer of the program, if it brings one. */
  public ModelIdentity withOptimizer(@Nullable String identity) {
    return with(OPTIMIZER, identity);
  }

  private ModelIdentity with(String name, @Nullable String identity) {
    Map<String, String> more = new LinkedHashMap<>(sha256);
    put(more, name, identity == null ? null : Checksums.of(identity));
    return new ModelIdentity(more);
  }

  /**
   * Refuses to go on with other models than a run began with. A checkpoint of a version that kept
   * no checksums cannot be compared, which is only told.
   *
   * @param strict whether what cannot be compared is refused as well
   * @param early whether the optimizer was not made yet
   * @throws ConfigException with all that differs
   */
  void requireSame(ResumeState.Origin origin, Path checkpoint, boolean strict, boolean early) {
    Map<String, String> before = origin.models();
    if (before.isEmpty()) {
      String unknown =
          "%s was written by dpo4j %s, which kept no checksums of the models: nobody can tell whether model, reference, tokenizer and chat template are those that the run began with"
              .formatted(checkpoint, origin.version());
      if (strict) {
        throw new ConfigException(
            new Fault("strict", "", unknown + "; set it to false to go on all the same"));
      }
      LOG.warn(unknown);
      return;
    }
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(sha256.keySet());
    // Before the phase of SFT nobody knows what it makes.
    names.removeIf(name -> name.equals(START) && !sha256.containsKey(START));
    names.removeIf(name -> early && name.equals(OPTIMIZER));
    // Earlier versions did not keep it.
    names.removeIf(name -> name.equals(JUDGE) && !before.containsKey(JUDGE));
    List<Fault> faults = new ArrayList<>();
    for (String name : names) {
      String was = before.getOrDefault(name, "");
      String is = sha256.getOrDefault(name, "");
      if (!was.equals(is)) {
        faults.add(
            new Fault(
                key(name),
                checkpoint.toString(),
                ("the %s is not the one that the run began with: its SHA-256 was %s and is %s now."
                        + " Bring it back, or begin anew in another output_dir")
                    .formatted(name, shorten(was), shorten(is))));
      }
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  /** The option that names what a checksum is of. */
  private static String key(String name) {
    return switch (name) {
      case REFERENCE, REFERENCE_ADAPTER -> "ref_model_name_or_path";
      case START -> "sft_first";
      case LOSS -> "loss_type";
      case JUDGE -> "reward_model_name_or_path";
      case OPTIMIZER -> "optim";
      default -> "model_name_or_path";
    };
  }

  private static String shorten(String checksum) {
    return checksum.isEmpty()
        ? "absent"
        : checksum.substring(0, Math.min(SHOWN_DIGITS, checksum.length())) + "...";
  }
}
