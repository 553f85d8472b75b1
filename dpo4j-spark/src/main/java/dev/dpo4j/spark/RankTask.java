/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.dist.DistException;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.RunConfig;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** What each executor does in the barrier stage: it trains as one rank of the run. */
final class RankTask extends AbstractFunction1<Iterator<Integer>, Iterator<String>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Work work;
  private final String secret;

  /**
   * Of a run.
   *
   * @param secret what only the ranks of the run know
   */
  RankTask(Work work, String secret) {
    this.work = work;
    this.secret = secret;
  }

  /**
   * What the ranks do.
   *
   * @param method name of the method
   * @param yaml the resolved configuration
   * @param staging a folder on shared storage where word is left
   * @param tokens the folder of the tokens of the training rows
   * @param evalTokens that of the held-out rows, empty if there are none
   */
  record Work(String method, String yaml, String staging, String tokens, String evalTokens)
      implements Serializable {}

  /**
   * What a rank hands to the driver, as a text: any serializer that Spark is told to use knows it.
   *
   * @param failure why the run failed, empty where it did not
   * @param steps optimizer steps done
   * @param stopped whether it was stopped before the last step
   * @param trainLoss mean of the steps' losses
   * @param attempt how often Spark had started the ranks before
   */
  record Outcome(String failure, long steps, boolean stopped, double trainLoss, int attempt) {
    private static final int PARTS = 5;

    String toText() {
      return "%d\t%s\t%s\t%d\t%s".formatted(steps, stopped, trainLoss, attempt, failure);
    }

    static Outcome ofText(String text) {
      String[] parts = text.split("\t", PARTS);
      return new Outcome(
          parts[4],
          Long.parseLong(parts[0]),
          Boolean.parseBoolean(parts[1]),
          Double.parseDouble(parts[2]),
          Integer.parseInt(parts[3]));
    }
  }

  @Override
  public Iterator<String> apply(Iterator<Integer> unused) {
    String text = run(BarrierTaskContext.get()).toText();
    return CollectionConverters.asScala(List.of(text).iterator());
  }

  private Outcome run(BarrierTaskContext context) {
    Path folder = Path.of(work.staging());
    int attempt = context.stageAttemptNumber();
    @Nullable String word = attempt == 0 ? null : LastWord.read(folder);
    if (word != null) {
      return new Outcome(word, 0, false, 0, attempt);
    }
    try {
      Ranks place = RankPlace.meet(context, secret);
      RankRun<?, ?> run = RankRun.of(work, flags(attempt));
      RunConfig config = run.config();
      if (place.rank() == 0 && attempt > 0) {
        awaitFolder(config);
      }
      ExecutorEngine.start().useThreads(threads(context));
      Duration timeout = Duration.ofSeconds(config.loop().ddpTimeout());
      try (Collectives ranks = Collectives.open(place, timeout)) {
        TrainResult result = train(run, ranks, context);
        return new Outcome("", result.steps(), result.stopped(), result.trainLoss(), attempt);
      }
    } catch (DistException e) {
      throw e; // Another rank is gone: Spark starts all of them anew.
    } catch (RuntimeException e) {
      LastWord.leave(folder, context.partitionId(), e);
      throw e;
    }
  }

  private TrainResult train(RankRun<?, ?> run, Collectives ranks, BarrierTaskContext context) {
    try {
      return run.train(ranks, context::isInterrupted);
    } catch (DistException e) {
      throw e;
    } catch (RuntimeException e) {
      // Before the others hear of it, and fail in turn.
      LastWord.leave(Path.of(work.staging()), ranks.rank(), e);
      ranks.fail(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** Ranks that were started anew go on from the newest checkpoint. */
  private static List<String> flags(int attempt) {
    return attempt == 0
        ? List.of()
        : List.of("--resume_from_checkpoint=auto", "--overwrite_output_dir=false");
  }

  /** Waits until rank 0 of the attempt before, which Spark is ending, has left the folder. */
  private static void awaitFolder(RunConfig config) {
    Path output = Objects.requireNonNull(config.output().outputDir());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(config.loop().ddpTimeout());
    try {
      while (OwnerLock.isHeld(output) && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DistException("interrupted while waiting for " + output, e);
    }
  }

  /** The cores of the task, which are all that the executor has for tasks of this kind. */
  private static int threads(BarrierTaskContext context) {
    return Math.max(context.cpus(), SparkEnv.get().conf().getInt("spark.executor.cores", 1));
  }
}
