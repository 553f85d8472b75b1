/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is labelled, by whom, and how.
 *
 * @param datasetName file of rows with two to six answers each
 * @param output file of decisions
 * @param annotator the only annotator, or null: people give their name on the page
 * @param port port, 0 for any that is free
 * @param gold file of rows whose chosen answer is known to be the better one, or null
 * @param goldEvery one question in so many is a gold question
 * @param overlap how many people judge each row
 * @param shuffle whether each person gets the rows in an order of their own
 * @param seed seed of the sides and orders
 * @param tags quick reasons
 * @param ranking whether more than two answers are ranked fully
 * @param guidelines file of Markdown that stands beside the question, or null
 */
public record LabelOptions(
    @Option(
            help =
                "JSONL or JSON file, or a folder of them: rows with a prompt and two to six"
                    + " answers, as answers: [a, b], responses: [a, b], or chosen and rejected.")
        @Nullable String datasetName,
    @Option(
            help =
                "File to which every decision is added; the same command continues an existing one.")
        @Nullable String output,
    @Option(help = "Name of the only annotator; otherwise the page asks for a name.")
        @Nullable String annotator,
    @Option(
            defaultValue = "0",
            range = "[0,65535]",
            help = "Port on 127.0.0.1; 0 picks a free one.")
        int port,
    @Option(
            help =
                "File of preference rows whose chosen answer is known to be better; they are mixed"
                    + " in, and each annotator's accuracy on them is reported.")
        @Nullable String gold,
    @Option(
            defaultValue = "10",
            range = "[2,inf)",
            help = "One in this many questions is a gold question, until all have been asked.")
        int goldEvery,
    @Option(
            defaultValue = "1",
            range = "[1,inf)",
            help = "Number of annotators who judge each row.")
        int overlap,
    @Option(
            defaultValue = "false",
            help = "Gives each annotator the rows in a different order instead of the file's.")
        boolean shuffle,
    @Option(
            defaultValue = "42",
            help = "Seed for the placement of answers on the page and for the order of rows.")
        long seed,
    @Option(
            defaultValue = "accuracy,helpfulness,completeness,clarity,style,safety",
            help = "Up to nine quick reasons; the keys 1 to 9 toggle them.")
        List<String> tags,
    @Option(
            defaultValue = "false",
            help =
                "Asks for a full ranking of three to six answers; otherwise for the best and the "
                    + "worst one.")
        boolean ranking,
    @Option(help = "Markdown file with your guidelines, shown next to the question.")
        @Nullable String guidelines)
    implements Checked {
  private static final int MOST_TAGS = 9;
  private static final int TAG_LENGTH = 30;

  public LabelOptions {
    tags = List.copyOf(tags);
  }

  /** Returns the binder of the keys. */
  public static Binder<LabelOptions> binder() {
    return Binder.of(LabelOptions.class);
  }

  @Override
  public void check(Check check) {
    if (annotator != null && !Annotators.isName(annotator)) {
      check.fault("annotator", Annotators.RULE + ", but was \"" + annotator + "\"");
    }
    if (gold == null) {
      check.noEffect("gold_every", "without gold");
    }
    boolean fit =
        tags.stream().allMatch(tag -> !tag.isBlank() && tag.length() <= TAG_LENGTH)
            && tags.size() <= MOST_TAGS
            && new HashSet<>(tags).size() == tags.size();
    if (!fit) {
      check.fault(
          "tags",
          "must be at most %d different words of at most %d characters, but was %s"
              .formatted(MOST_TAGS, TAG_LENGTH, tags));
    }
  }
}
