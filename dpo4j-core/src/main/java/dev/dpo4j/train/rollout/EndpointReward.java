/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.io.Futures;
import dev.dpo4j.judge.ScoringJudge;
import dev.dpo4j.judge.endpoint.AskOutcome;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.EndpointException;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Judges answers with a model behind an OpenAI-compatible endpoint.
 *
 * <p>Every reply is kept in a file before it is used, so that none is paid twice, however often a
 * run is broken off and resumed. An endpoint that has answered before and goes away is waited for.
 */
public final class EndpointReward implements RewardSource {
  /** The name of the file with the replies in a run folder. */
  public static final String FILE_NAME = "rewards.replies.jsonl";

  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final ScoringJudge judge;
  private final Access access;
  private final Path replies;
  private TrainListener listener = TrainListener.NONE;
  private BooleanSupplier stopRequested = () -> false;
  private @Nullable ReplyLog log;
  private boolean saidFailed;

  /**
   * How the endpoint is reached.
   *
   * @param endpoint its address and key
   * @param retry how often a request is tried
   * @param concurrency most requests at a time
   * @param patience how long an endpoint is waited for that has gone away
   */
  public record Access(Endpoint endpoint, RetryPolicy retry, int concurrency, Duration patience) {}

  /**
   * Makes it; nothing is opened yet.
   *
   * @param replies the file that keeps the replies
   */
  public EndpointReward(ScoringJudge judge, Access access, Path replies) {
    this.judge = judge;
    this.access = access;
    this.replies = replies;
  }

  @Override
  public void open(LanguageModel policy, TokenizedPrompt first, RunContext run) {
    listener = run.listener();
    stopRequested = run.stopRequested();
  }

  @Override
  public double[] score(List<RolloutSample> samples) {
    ReplyLog opened = log == null ? ReplyLog.open(replies) : log;
    log = opened;
    long gone = 0;
    while (true) {
      try (Asker asker =
          new Asker(access.endpoint(), access.retry(), access.concurrency(), opened, () -> false)) {
        return score(asker, samples);
      } catch (EndpointException e) {
        long now = System.nanoTime();
        if (gone == 0) {
          gone = now;
          listener.onWarning(
              "reward_endpoint",
              "%s. The replies so far are kept; the run waits for up to %d s"
                  .formatted(e.getMessage(), access.patience().toSeconds()));
        }
        boolean known = !opened.total().isEmpty();
        if (!known || now - gone > access.patience().toNanos() || stopRequested.getAsBoolean()) {
          throw new RewardException(
              "The endpoint that judges answers cannot be used: %s. The replies so far are in %s and are not paid again: resume_from_checkpoint auto goes on with them"
                  .formatted(e.getMessage(), replies),
              e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RewardException("Waiting for the endpoint that judges answers was interrupted", e);
    }
  }

  private double[] score(Asker asker, List<RolloutSample> samples) {
    List<CompletableFuture<AskOutcome<Double>>> asked =
        samples.stream()
            .map(sample -> judge.score(asker, sample.prompt().prompt(), sample.text()))
            .toList();
    double[] scores = new double[samples.size()];
    for (int i = 0; i < scores.length; i++) {
      AskOutcome<Double> outcome = Futures.join(asked.get(i));
      if (outcome instanceof AskOutcome.Answered<Double> answered) {
        scores[i] = answered.value();
      } else if (outcome instanceof AskOutcome.Failed<Double> failed) {
        if (failed.away()) {
          throw new EndpointException(failed.why()); // no opinion yet is not none
        }
        scores[i] = Double.NaN;
        tell(failed.why(), samples.get(i));
      }
    }
    return scores;
  }

  private void tell(String why, RolloutSample sample) {
    if (!saidFailed) {
      saidFailed = true;
      listener.onWarning(
          "reward_endpoint",
          "no score for an answer to %s, which is left out of the comparison: %s"
              .formatted(sample.prompt().origin(), why));
    }
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
