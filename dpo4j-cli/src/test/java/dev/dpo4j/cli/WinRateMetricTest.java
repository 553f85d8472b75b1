/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.WinRateMetric;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.judge.Judge;
import dev.dpo4j.judge.Judging;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WinRateMetricTest {
  private static final PreferenceData PAIRS =
      PreferenceData.ofTexts(
          List.of("a lantern", "the window"),
          List.of(" in a window", " is open"),
          List.of("x", "y"));

  @TempDir private Path folder;

  @Test
  void aModelTiesWithItselfAndTheFigureIsLoggedAtEachEvaluation() throws IOException {
    try (FakeEndpoint endpoint =
            new FakeEndpoint(
                request ->
                    FakeEndpoint.Response.verdict(
                        request.shown("A").equals(request.shown("B"))
                            ? "tie"
                            : request.shown("A").length() > request.shown("B").length()
                                ? "A"
                                : "B"));
        ReplyLog replies = ReplyLog.open(folder.resolve("replies.jsonl"));
        Asker asker =
            new Asker(
                new Endpoint(URI.create(endpoint.url()), null, Duration.ofSeconds(20)),
                new RetryPolicy(2, Duration.ofMillis(10)),
                2,
                replies,
                () -> false);
        Model model = Model.load(TinyModel.write(folder))) {
      Judging judging = new Judging(new Judge(asker, "fake", "Which is better?", 0.0, 100));
      WinRateMetric rate =
          WinRateMetric.against(model, List.of("a lantern?", "the window?"), 6, judging);
      TrainResult result =
          DpoTrainer.builder()
              .model(model)
              .config(
                  DpoConfig.builder()
                      .outputDir(folder.resolve("run"))
                      .learningRate(1e-2)
                      .perDeviceTrainBatchSize(2)
                      .maxSteps(2)
                      .evalStrategy(Interval.STEPS)
                      .evalSteps(1)
                      .evalOnStart(true)
                      .saveStrategy(SaveStrategy.NO)
                      .build())
              .trainDataset(PAIRS)
              .evalDataset(PAIRS)
              .evalMetric("win_rate", rate)
              .build()
              .train();
      List<Double> rates =
          result.log().stream()
              .filter(line -> line.metrics().containsKey("eval_win_rate"))
              .map(line -> line.metrics().get("eval_win_rate"))
              .toList();
      assertThat(rates).hasSize(3).allSatisfy(one -> assertThat(one).isBetween(0.0, 1.0));
      assertThat(rates.get(0)).as("against itself").isEqualTo(0.5);
    }
  }
}
