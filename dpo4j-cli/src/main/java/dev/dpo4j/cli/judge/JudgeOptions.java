/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.Option;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What judge compares, and by whom. */
record JudgeOptions(
    @Option(help = "Data") JudgeDataOptions data,
    @Option(help = "Judge") JudgeModelOptions judge,
    @Option(help = "Endpoint") EndpointOptions endpoint) {

  /** What is compared and where the results go. */
  record JudgeDataOptions(
      @Option(
              help =
                  "JSONL file of rows with a prompt and two or more answers: responses, or chosen"
                      + " and rejected.")
          @Nullable Path data,
      @Option(help = "JSONL file for the rows with their verdicts, written when all are there.")
          @Nullable Path output,
      @Option(
              help =
                  "JSONL file for preference rows {prompt, chosen, rejected} of what was decided;"
                      + " null writes none.")
          @Nullable Path pairs,
      @Option(
              help =
                  "JSONL file that keeps every reply, so that none is paid twice; null takes the"
                      + " output's name with .replies.jsonl.")
          @Nullable Path replies,
      @Option(
              help =
                  "JSONL file of preference rows that people made: how well the judge agrees with"
                      + " them. null compares with nobody.")
          @Nullable Path human,
      @Option(
              defaultValue = "false",
              help =
                  "Compares answers that were cut at a limit of tokens too (finish_reasons of the"
                      + " row says length); else they make no pair.")
          boolean keepCutAnswers,
      @Option(defaultValue = "false", help = "Prints the report as a single JSON object.")
          boolean json) {

    Path repliesOf(Path file) {
      return JudgeReport.repliesOf(file, replies);
    }
  }
}
