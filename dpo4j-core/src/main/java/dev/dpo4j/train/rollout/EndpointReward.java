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

  private static final String WARNING = "reward_endpoint";

  /** How long a few answers are waited for that the server cannot judge. */
  private static final Duration FEW = Duration.ofMinutes(1);

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

  /**
   * Judges answers. A server in trouble is waited for: no score is taken for an opinion. A few
   * answers that it cannot judge while it judges the others are left out after a shorter wait.
   */
  @Override
  public double[] score(List<RolloutSample> samples) {
    ReplyLog opened = log == null ? ReplyLog.open(replies) : log;
    log = opened;
    long gone = 0;
    while (true) {
      Judged judged = ask(opened, samples);
      String why = judged.why();
      if (why == null) {
        return judged.scores();
      }
      long now = System.nanoTime();
      if (gone == 0) {
        gone = now;
        listener.onWarning(
            WARNING,
            "%s. The run waits for up to %d s; no reply is paid twice"
                .formatted(why, access.patience().toSeconds()));
      }
      long waited = now - gone;
      if (judged.few() && waited >= Math.min(FEW.toNanos(), access.patience().toNanos())) {
        tell(why, samples.get(judged.firstWithout()));
        return judged.scores();
      }
      if (opened.total().isEmpty()
          || waited >= access.patience().toNanos()
          || stopRequested.getAsBoolean()) {
        throw new RewardException(
            "The endpoint that judges answers cannot be used: %s. The replies so far are in %s and are not paid again: resume_from_checkpoint auto goes on with them"
                .formatted(why, replies));
      }
      pause();
    }
  }

  /**
   * The scores of a rollout, NaN where there is none.
   *
   * @param away answers that the server had no answer to, and may have later
   * @param why what it said; null where it is done
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Judged(double[] scores, int away, @Nullable String why) {
    boolean few() {
      return away > 0 && away * 2 < scores.length;
    }

    int firstWithout() {
      int i = 0;
      while (!Double.isNaN(scores[i])) {
        i++;
      }
      return i;
    }
  }

  private Judged ask(ReplyLog opened, List<RolloutSample> samples) {
    try (Asker asker =
        new Asker(access.endpoint(), access.retry(), access.concurrency(), opened, () -> false)) {
      return ask(asker, samples);
    } catch (EndpointException e) {
      return new Judged(new double[samples.size()], samples.size(), e.getMessage());
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

  private Judged ask(Asker asker, List<RolloutSample> samples) {
    List<CompletableFuture<AskOutcome<Double>>> asked =
        samples.stream()
            .map(sample -> judge.score(asker, sample.prompt().prompt(), sample.text()))
            .toList();
    double[] scores = new double[samples.size()];
    int away = 0;
    String why = null;
    for (int i = 0; i < scores.length; i++) {
      AskOutcome<Double> outcome = Futures.join(asked.get(i));
      if (outcome instanceof AskOutcome.Answered<Double> answered) {
        scores[i] = answered.value();
      } else if (outcome instanceof AskOutcome.Failed<Double> failed) {
        scores[i] = Double.NaN;
        if (failed.away()) {
          away++; // no opinion yet is not none
          why = failed.why();
        } else {
          tell(failed.why(), samples.get(i));
        }
      }
    }
    return new Judged(scores, away, why);
  }

  private void tell(String why, RolloutSample sample) {
    if (!saidFailed) {
      saidFailed = true;
      listener.onWarning(
          WARNING,
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
