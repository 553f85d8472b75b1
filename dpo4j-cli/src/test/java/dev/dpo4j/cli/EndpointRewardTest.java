/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.judge.ScoringJudge;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.EndpointReward;
import dev.dpo4j.train.rollout.RolloutSample;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model behind an endpoint that judges answers, and goes away while it does. */
class EndpointRewardTest {
  private static final List<RolloutSample> SAMPLES =
      Stream.of("one", "two", "three", "four").map(EndpointRewardTest::sample).toList();

  @TempDir Path folder;

  private static RolloutSample sample(String answer) {
    TokenizedPrompt prompt =
        new TokenizedPrompt(
            0, new Origin("prompts.jsonl", 1), new Prompt.Text("count"), new int[] {5}, Map.of());
    return new RolloutSample(0, prompt, new Completion(new int[] {6}, true), answer);
  }

  private EndpointReward reward(FakeEndpoint endpoint) {
    return new EndpointReward(
        new ScoringJudge("judge", "Long answers are good."),
        new EndpointReward.Access(
            new Endpoint(URI.create(endpoint.url()), null, Duration.ofSeconds(20)),
            new RetryPolicy(2, Duration.ofMillis(1)),
            1,
            Duration.ZERO),
        folder.resolve(EndpointReward.FILE_NAME));
  }

  @Test
  void aServerThatAnswersWithErrorsAloneIsWaitedForAndIsNoOpinion() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(request -> score(request.number()));
        EndpointReward reward = reward(endpoint)) {
      endpoint.brain(request -> request.number() == 1 ? score(3) : Response.of(503, "overloaded"));
      assertThatThrownBy(() -> reward.score(SAMPLES))
          .isInstanceOf(RewardException.class)
          .hasMessageContaining("after 2 tries")
          .hasMessageContaining("503")
          .hasMessageContaining("resume_from_checkpoint auto");
    }
  }

  @Test
  void anAnswerThatTheServerCannotJudgeIsLeftOutWhileItJudgesTheOthers() throws IOException {
    try (FakeEndpoint endpoint =
            new FakeEndpoint(
                request ->
                    request.body().toString().contains("three")
                        ? Response.of(500, "broken")
                        : score(5));
        EndpointReward reward = reward(endpoint)) {
      assertThat(reward.score(SAMPLES)).containsExactly(5, 5, Double.NaN, 5);
    }
  }

  private static Response score(double score) {
    return Response.says("{\"reason\": \"so\", \"score\": %s}".formatted(score));
  }

  @Test
  void anEndpointThatStaysAwayEndsTheRunAndTheNextOneAsksForTheRestAlone() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(request -> score(request.number()));
        EndpointReward broken = reward(endpoint)) {
      endpoint.brain(
          request -> {
            if (request.number() == 2) {
              endpoint.close();
              return null;
            }
            return score(request.number());
          });
      assertThatThrownBy(() -> broken.score(SAMPLES))
          .isInstanceOf(RewardException.class)
          .hasMessageContaining("nobody takes connections")
          .hasMessageContaining(EndpointReward.FILE_NAME)
          .hasMessageContaining("resume_from_checkpoint auto");
      assertThat(endpoint.paidInAll()).isEqualTo(2);
    }
    try (FakeEndpoint endpoint = new FakeEndpoint(request -> score(7));
        EndpointReward again = reward(endpoint)) {
      assertThat(again.score(SAMPLES)).containsExactly(0, 1, 7, 7);
      assertThat(endpoint.paidInAll()).as("what was paid before is not asked again").isEqualTo(2);
    }
  }
}
