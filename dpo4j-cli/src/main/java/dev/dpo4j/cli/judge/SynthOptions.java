/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.judge.Synthesis.Worse;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What synth writes, and by whom. */
record SynthOptions(
    @Option(help = "Data") SynthDataOptions data,
    @Option(help = "Writing") WritingOptions writing,
    @Option(help = "Judge") JudgeModelOptions judge,
    @Option(help = "Endpoint") EndpointOptions endpoint)
    implements Checked {

  /** How the two answers of a pair come about. */
  enum Mode {
    /** One model writes several answers, the judge ranks them. */
    BEST_OF_N,
    /** A good answer is set against a worse one. */
    CONTRAST
  }

  /** What is answered and where the results go. */
  record SynthDataOptions(
      @Option(
              help =
                  "File of prompts: JSONL of strings or of rows of any form, or .txt with one a"
                      + " line.")
          @Nullable Path prompts,
      @Option(
              help =
                  "JSONL file for the preference rows {prompt, chosen, rejected}, written when all"
                      + " are there.")
          @Nullable Path output,
      @Option(
              help =
                  "JSONL file that keeps every reply, so that none is paid twice; null takes the"
                      + " output's name with .replies.jsonl.")
          @Nullable Path replies,
      @Option(defaultValue = "false", help = "Prints the report as a single JSON object.")
          boolean json) {}

  /** Who writes, and how. */
  record WritingOptions(
      @Option(
              defaultValue = "best_of_n",
              help =
                  "best_of_n: the model writes several answers and the judge ranks them; contrast:"
                      + " its answer against a worse one.")
          Mode mode,
      @Option(help = "Name of the model that writes.") @Nullable String model,
      @Option(defaultValue = "4", range = "[2,16]", help = "Answers to each prompt with best_of_n.")
          int numAnswers,
      @Option(
              defaultValue = "weak_model",
              help =
                  "Who gives the rejected answer with contrast: weak_model writes it, degraded asks"
                      + " the model itself to do worse, given takes that of the row.")
          Worse rejectedFrom,
      @Option(help = "Name of the weaker model.") @Nullable String weakModel,
      @Option(help = "Address of the weaker model's server; null takes base_url.")
          @Nullable String weakBaseUrl,
      @Option(
              defaultValue = "OPENAI_API_KEY",
              help = "Environment variable with the key for weak_base_url.")
          String weakApiKeyEnv,
      @Option(
              help =
                  "Text file that asks for a worse answer with degraded; null takes the built-in"
                      + " one.")
          @Nullable Path degradeInstructions,
      @Option(
              defaultValue = "true",
              help =
                  "Keeps a pair of contrast only if the judge prefers the chosen answer in both"
                      + " orders; false asks no judge.")
          boolean verify,
      @Option(defaultValue = "false", help = "Uses answers that were cut at max_tokens too.")
          boolean keepCutAnswers,
      @Option(
              defaultValue = "1.0",
              range = "[0,2]",
              help = "Temperature of the answers; null leaves it to the server.")
          @Nullable Double temperature,
      @Option(
              defaultValue = "1024",
              range = "[1,inf)",
              help =
                  "Most tokens of an answer; answers that reach it are not used. null leaves it to"
                      + " the server.")
          @Nullable Integer maxTokens) {}

  /** Whether a judge is asked at all. */
  boolean judges() {
    return writing.mode() == Mode.BEST_OF_N || writing.verify();
  }

  /** Whether a model behind an endpoint judges. */
  private boolean asksAJudge() {
    return judges() && judge.rewardModelNameOrPath() == null;
  }

  /** Returns the name of the judge: the writer itself where none is named. */
  String judgeModel() {
    String named = judge.judgeModel();
    return named == null ? String.valueOf(writing.model()) : named;
  }

  /** Returns the models that are asked. */
  Set<String> models() {
    Set<String> models = new TreeSet<>(Set.of(String.valueOf(writing.model())));
    String weak = writing.weakModel();
    if (weak != null) {
      models.add(weak);
    }
    if (asksAJudge()) {
      models.add(judgeModel());
    }
    return models;
  }

  @Override
  public void check(Check check) {
    if (judge.rewardModelNameOrPath() != null && endpoint.baseUrl() == null) {
      check.fault(
          "base_url", "is missing: name the OpenAI-compatible server of the model that writes");
    }
    Set<String> ofWeak = Set.of("weak_model", "weak_base_url", "weak_api_key_env");
    if (writing.mode() == Mode.BEST_OF_N) {
      check.noEffect(Set.of("rejected_from", "degrade_instructions", "verify"), "with best_of_n");
      check.noEffect(ofWeak, "with best_of_n");
    } else {
      check.noEffect("num_answers", "with contrast");
      if (writing.rejectedFrom() != Worse.WEAK_MODEL) {
        check.noEffect(ofWeak, "unless rejected_from is weak_model");
      } else if (writing.weakModel() == null) {
        check.fault("weak_model", "is missing: name it, or set rejected_from");
      }
      if (writing.rejectedFrom() != Worse.DEGRADED) {
        check.noEffect("degrade_instructions", "unless rejected_from is degraded");
      }
      if (!writing.verify()) {
        check.noEffect(
            Set.of(
                "reward_model_name_or_path",
                "judge_model",
                "rubric",
                "judge_temperature",
                "judge_max_tokens",
                "device",
                "engine",
                "use_cpu"),
            "without a judge, with verify false");
      }
    }
    if (writing.weakBaseUrl() == null) {
      check.noEffect("weak_api_key_env", "without weak_base_url");
    }
  }
}
