/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.packing.Packing;
import dev.dpo4j.data.packing.PackingStrategy;
import dev.dpo4j.data.token.AssistantOnly;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.LengthLimits.Truncation;
import dev.dpo4j.data.token.SupervisedOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which rows a run of SFT reads, which of their tokens are learnt, and how they are packed. */
public record SupervisedDataOptions(
    @Option(help = "Data") DatasetOptions dataset,
    @Option(
            help =
                "Trains only on the completion of rows with a prompt and a completion; null means "
                    + "true. Whole texts and conversations are trained on as a whole, unless "
                    + "assistant_only_loss is set.")
        @Nullable Boolean completionOnlyLoss,
    @Option(
            defaultValue = "false",
            help =
                "Trains only on the assistant's turns, as the chat template marks them with "
                    + "{% generation %}, or else from the opening of a turn to its end. auto does so "
                    + "in messages, also before the last answer, and trains on the completion of "
                    + "plain texts.",
            difference =
                "TRL needs the marks, and has no auto, which is the way of LLaMA-Factory and "
                    + "axolotl.")
        AssistantOnly assistantOnlyLoss,
    @Option(
            defaultValue = "false",
            help =
                "Puts several examples into one row of up to max_length tokens: a batch counts "
                    + "packs, and an epoch has fewer steps.")
        boolean packing,
    @Option(
            defaultValue = "bfd",
            help =
                "How examples are packed: bfd (best fit decreasing; longer examples lose their "
                    + "end), bfd_split (longer ones are split), ffd (the name and the packs of TRL "
                    + "0.19.1), wrapped (one after the other, cut where a pack is full). Examples "
                    + "of a pack never see each other, but those of wrapped do.",
            difference = "TRL 1.16 has no ffd; bfd-requeue is its older name of bfd_split.")
        PackingStrategy packingStrategy,
    @Option(help = "Whether evaluation data are packed; null means as packing.")
        @Nullable Boolean evalPacking,
    @Option(
            defaultValue = "{}",
            help =
                "Switches of other tools: add_special_tokens, append_concat_token and "
                    + "skip_prepare_dataset, each false, which is what happens here.",
            difference = "What would train on other tokens is refused.")
        Map<String, Boolean> datasetKwargs)
    implements Checked {

  /** The defaults for a data set: nothing is packed. */
  public static SupervisedDataOptions of(DatasetOptions dataset) {
    return new SupervisedDataOptions(
        dataset, null, AssistantOnly.FALSE, false, PackingStrategy.BFD, null, Map.of());
  }

  @Override
  public void check(Check check) {
    boolean packs = packsAny();
    if (packs && dataset.maxLength() == null) {
      check.fault("packing", "needs max_length, which is the size of a pack");
    }
    if (!packs) {
      check.idle(Set.of("packing_strategy"), "without packing");
    } else if (packingStrategy == PackingStrategy.BFD_REQUEUE) {
      check.translated("packing_strategy", "bfd-requeue is called bfd_split now");
    }
    checkKwargs(check);
    if (packing && packsEvaluation() && !isCutBefore()) {
      check.idle(Set.of("truncation_mode"), "with packing, which keeps the start");
    }
  }

  private void checkKwargs(Check check) {
    Map<String, String> reasons =
        Map.of(
            "add_special_tokens",
            "the chat template writes all special tokens of a conversation, and a plain text gets"
                + " the tokenizer's",
            "append_concat_token",
            "no token joins the examples of a pack, which do not see each other",
            "skip_prepare_dataset",
            "rows of token ids are not read: give texts or messages");
    List<String> faults = new ArrayList<>();
    datasetKwargs.forEach(
        (name, on) -> {
          if (!reasons.containsKey(name)) {
            faults.add(
                "%s is not known here, which are %s"
                    .formatted(name, String.join(", ", new TreeSet<>(reasons.keySet()))));
          } else if (on) {
            faults.add("%s must be false: %s".formatted(name, reasons.get(name)));
          }
        });
    if (!faults.isEmpty()) {
      check.fault("dataset_kwargs", String.join("; ", faults));
    }
  }

  /** Whether a row is cut or dropped by itself, before it comes into a pack. */
  private boolean isCutBefore() {
    Truncation truncation = dataset.limits().truncation();
    return truncation == Truncation.SHARE || truncation == Truncation.DROP;
  }

  private boolean packsEvaluation() {
    return evalPacking == null ? packing : evalPacking;
  }

  private boolean packsAny() {
    return packing || packsEvaluation();
  }

  /** Returns what the tokeniser of examples needs of these options; packs are cut later. */
  public SupervisedOptions supervisedOptions() {
    boolean later = packsAny() && !isCutBefore();
    LengthLimits limits = later ? LengthLimits.ofMaxLength(null) : dataset.limits();
    return new SupervisedOptions(limits, completionOnlyLoss, assistantOnlyLoss);
  }

  /**
   * Returns the packs of the training examples, or null where an example is a row.
   *
   * @param lengths tokens of each example
   */
  public @Nullable Packing trainPacks(int[] lengths) {
    return packs(lengths, packing);
  }

  /** Returns the packs of the held-out examples as {@link #trainPacks} does. */
  public @Nullable Packing evalPacks(int[] lengths) {
    return packs(lengths, packsEvaluation());
  }

  private @Nullable Packing packs(int[] lengths, boolean packed) {
    Integer size = dataset.maxLength();
    if (!packsAny() || size == null) {
      return null;
    }
    return packed
        ? Packing.of(packingStrategy, lengths, size)
        : Packing.apart(lengths, dataset.limits());
  }
}
