/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.judge.Judge;
import dev.dpo4j.judge.PromptTexts;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.EndpointKeys;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers that are shown side by side, and the model that judges them. */
record EvalJudgeOptions(
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help =
                "Prompts of the rows that the model and the second one, or its reference, answer with"
                    + " the most probable tokens; the answers are shown side by side. 0 for none.")
        int samples,
    @Option(defaultValue = "128", range = "[1,inf)", help = "Most tokens of such an answer.")
        int sampleMaxNewTokens,
    @Option(
            help =
                "Folder of a reward model on this machine that compares these answers: of two the"
                    + " one with the higher reward is better. No endpoint is asked then.")
        @Nullable String rewardModelNameOrPath,
    @Option(
            help =
                "Address of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1, where a"
                    + " model compares these answers, each pair in both orders.")
        @Nullable String judgeBaseUrl,
    @Option(help = "Name of the model that judges.") @Nullable String judgeModel,
    @Option(
            defaultValue = "OPENAI_API_KEY",
            help = "Environment variable that holds the key; without the variable none is sent.")
        String judgeApiKeyEnv,
    @Option(help = "Text file with the criteria for the judge; null uses the built-in one.")
        @Nullable Path judgeRubric,
    @Option(
            help =
                "JSONL file that keeps every reply, so that none is paid twice; null takes the name"
                    + " of output with .replies.jsonl.")
        @Nullable Path judgeReplies,
    @Option(defaultValue = "4", range = "[1,256]", help = "Maximum number of concurrent requests.")
        int judgeConcurrency,
    @Option(defaultValue = "6", range = "[1,100]", help = "Tries of a request.") int judgeMaxTries)
    implements Checked {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final int MOST_TOKENS = 1024;
  private static final Set<String> OF_ENDPOINT =
      Set.of(
          "judge_model",
          "judge_api_key_env",
          "judge_rubric",
          "judge_replies",
          "judge_concurrency",
          "judge_max_tries");

  /** Opens the endpoint. */
  Asker asker(Map<String, String> environment, ReplyLog replies) {
    Endpoint endpoint =
        new EndpointKeys("judge_base_url", "judge_api_key_env")
            .open(String.valueOf(judgeBaseUrl), judgeApiKeyEnv, environment, TIMEOUT);
    RetryPolicy retry = new RetryPolicy(judgeMaxTries, FIRST_DELAY);
    return new Asker(endpoint, retry, judgeConcurrency, replies, () -> false);
  }

  /** The judge at that endpoint. */
  Judge judge(Asker asker) {
    Path rubric = judgeRubric;
    String text =
        rubric == null ? PromptTexts.rubric() : PromptTexts.ofFile("judge_rubric", rubric);
    return new Judge(asker, Objects.requireNonNull(judgeModel), text, 0.0, MOST_TOKENS);
  }

  /** The file of the replies. */
  Path replies(@Nullable Path output) {
    Path given = judgeReplies;
    return given != null
        ? given
        : Objects.requireNonNull(output).resolveSibling(output.getFileName() + ".replies.jsonl");
  }

  @Override
  public void check(Check check) {
    if (samples == 0) {
      check.noEffect(
          Set.of("sample_max_new_tokens", "judge_base_url", "reward_model_name_or_path"),
          "without samples");
    }
    if (rewardModelNameOrPath != null) {
      check.noEffect("judge_base_url", "with reward_model_name_or_path");
      check.noEffect(OF_ENDPOINT, "with reward_model_name_or_path");
    } else if (judgeBaseUrl == null) {
      check.noEffect(OF_ENDPOINT, "without judge_base_url");
    } else if (judgeModel == null) {
      check.fault("judge_model", "is missing: name the model that judges");
    }
  }
}
