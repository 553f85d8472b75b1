/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.loss.objective.StepResult;
import dev.dpo4j.loss.objective.StepTotals;
import dev.dpo4j.loss.pair.CpoLoss;
import dev.dpo4j.loss.pair.OrpoLoss;
import dev.dpo4j.loss.pair.SimpoLoss;
import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.loss.single.UnpairedLogps;
import dev.dpo4j.nn.TokenStats;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares losses, gradients and metrics with what TRL's own code gives for the same numbers. */
class TrlLossesTest {
  private static final JsonNode TABLE = read();

  /** Float64 on both sides, written with ten digits. */
  private static final double DOUBLE = 1e-8;

  /** TRL computes the alpha divergence in float32, at log-ratios up to a hundred. */
  private static final double FLOAT = 3e-5;

  /** TRL's exo_pair and orpo turn float64 into float32 at one place. */
  private static final double MIXED = 1e-6;

  private static double tolerance(JsonNode row) {
    String options = row.get("options").toString();
    if (options.contains("alpha_divergence")) {
      return FLOAT;
    }
    return options.contains("exo_pair") || options.contains("orpo") ? MIXED : DOUBLE;
  }

  private static JsonNode read() {
    try (InputStream in =
        Objects.requireNonNull(TrlLossesTest.class.getResourceAsStream("/trl-losses.json"))) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static void close(double actual, double expected, double tolerance, String what) {
    assertThat(actual).as(what).isCloseTo(expected, within(tolerance * (1 + Math.abs(expected))));
  }

  private static double[] doubles(JsonNode node) {
    return node.valueStream().mapToDouble(JsonNode::asDouble).toArray();
  }

  private static float[] floats(JsonNode node) {
    float[] values = new float[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asFloat();
    }
    return values;
  }

  private static List<TokenStats> answers(JsonNode rows) {
    List<TokenStats> answers = new ArrayList<>();
    for (JsonNode row : rows) {
      boolean[] top1 = new boolean[row.get("top1").size()];
      for (int i = 0; i < top1.length; i++) {
        top1[i] = row.get("top1").get(i).asBoolean();
      }
      answers.add(
          new TokenStats(
              floats(row.get("logps")),
              floats(row.get("entropies")),
              floats(row.get("mean_logits")),
              top1,
              floats(row.get("log_sum_squares"))));
    }
    return answers;
  }

  private static int[] lengths(List<TokenStats> answers) {
    return answers.stream().mapToInt(TokenStats::tokens).toArray();
  }

  private static String name(JsonNode row) {
    return row.get("options") + " on " + row.get("batch").asString();
  }

  @TestFactory
  List<DynamicTest> everyPairLossEqualsTrls() {
    return TABLE
        .get("dpo")
        .valueStream()
        .map(row -> DynamicTest.dynamicTest(name(row), () -> pairs(row)))
        .toList();
  }

  private static void pairs(JsonNode row) {
    JsonNode data = TABLE.get("batches").get(row.get("batch").asString());
    Objective objective = Objective.of(LossOptions.of(row.get("options").toString()));
    List<TokenStats> chosen = answers(data.get("chosen"));
    List<TokenStats> rejected = answers(data.get("rejected"));
    PairBatch batch =
        objective.batch(
            chosen,
            rejected,
            doubles(data.get("reference_chosen")),
            doubles(data.get("reference_rejected")),
            lengths(chosen),
            lengths(rejected),
            RowColumns.NONE);
    StepResult result = objective.apply(batch, StepTotals.of(batch));
    JsonNode expected = row.get("expected");
    double tolerance = tolerance(row);
    close(result.loss(), expected.get("loss").asDouble(), tolerance, "loss");
    List<PairStats> stats = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      gradient(
          objective.chosenTokenGradient(batch, result, i),
          expected.get("chosen_gradient").get(i),
          tolerance);
      gradient(
          objective.rejectedTokenGradient(batch, result, i),
          expected.get("rejected_gradient").get(i),
          tolerance);
      stats.add(
          PairStats.of(
              chosen.get(i),
              rejected.get(i),
              batch.logps().policyChosen()[i],
              batch.logps().policyRejected()[i],
              result.chosenRewards()[i],
              result.rejectedRewards()[i]));
    }
    metrics(PairMetrics.of(stats), expected.get("metrics"));
  }

  private static void gradient(float[] actual, JsonNode expected, double tolerance) {
    assertThat(actual).hasSize(expected.size());
    for (int t = 0; t < actual.length; t++) {
      // The token gradients are float32, which the head takes.
      close(actual[t], expected.get(t).asDouble(), Math.max(tolerance, 1e-7), "token " + t);
    }
  }

  /** Sums of a few float32 numbers, added up in float32 by TRL where it converts. */
  private static void metrics(Map<String, Double> actual, JsonNode expected) {
    assertThat(actual.keySet()).containsAll(expected.propertyNames());
    expected
        .propertyStream()
        .forEach(
            entry ->
                close(
                    Objects.requireNonNull(actual.get(entry.getKey())),
                    entry.getValue().asDouble(),
                    1e-6,
                    entry.getKey()));
  }

  @TestFactory
  List<DynamicTest> everyUnpairedLossEqualsTrls() {
    return TABLE
        .get("kto")
        .valueStream()
        .map(row -> DynamicTest.dynamicTest(name(row), () -> unpaired(row)))
        .toList();
  }

  private static void unpaired(JsonNode row) {
    JsonNode data = TABLE.get("batches").get(row.get("batch").asString());
    JsonNode options = row.get("options");
    List<TokenStats> chosen = answers(data.get("chosen"));
    List<TokenStats> rejected = answers(data.get("rejected"));
    int n = 2 * chosen.size();
    List<TokenStats> all = new ArrayList<>();
    double[] reference = new double[n];
    boolean[] desirable = new boolean[n];
    for (int i = 0; i < chosen.size(); i++) {
      all.add(chosen.get(i));
      all.add(rejected.get(i));
      reference[2 * i] = data.get("reference_chosen").get(i).asDouble();
      reference[2 * i + 1] = data.get("reference_rejected").get(i).asDouble();
      desirable[2 * i] = true;
    }
    KtoLoss loss =
        new KtoLoss(
            KtoLoss.Kind.valueOf(options.get("loss_type").asString().toUpperCase(Locale.ROOT)),
            options.path("beta").asDouble(0.1),
            options.path("desirable_weight").asDouble(1),
            options.path("undesirable_weight").asDouble(1));
    double kl = loss.usesKl() ? KtoLoss.klTerm(doubles(options.get("kl_log_ratios"))) : 0;
    double[] policy = all.stream().mapToDouble(TokenStats::logp).toArray();
    KtoLoss.Result result = loss.apply(new UnpairedLogps(policy, reference, desirable), kl);
    JsonNode expected = row.get("expected");
    double sum = 0;
    List<AnswerMetrics.Judged> judged = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      sum += result.losses()[i];
      close(
          result.dPolicy()[i] / n, expected.get("gradient").get(i).asDouble(), DOUBLE, "gradient");
      judged.add(AnswerMetrics.Judged.of(desirable[i], all.get(i), result.rewards()[i]));
    }
    close(sum / n, expected.get("loss").asDouble(), DOUBLE, "loss");
    metrics(AnswerMetrics.of(judged, kl), expected.get("metrics"));
  }

  @TestFactory
  List<DynamicTest> everyPreferenceTermWithoutReferenceEqualsTrls() {
    return TABLE
        .get("reference_free")
        .valueStream()
        .map(row -> DynamicTest.dynamicTest(name(row), () -> free(row)))
        .toList();
  }

  private static void free(JsonNode row) {
    JsonNode data = TABLE.get("batches").get(row.get("batch").asString());
    JsonNode options = row.get("options");
    List<TokenStats> chosen = answers(data.get("chosen"));
    List<TokenStats> rejected = answers(data.get("rejected"));
    PairLogps logps =
        PairLogps.withoutReference(
            chosen.stream().mapToDouble(TokenStats::logp).toArray(),
            rejected.stream().mapToDouble(TokenStats::logp).toArray(),
            lengths(chosen),
            lengths(rejected));
    double beta = options.get("beta").asDouble();
    double smoothing = options.path("label_smoothing").asDouble(0);
    PairLoss loss =
        switch (LossType.of(options.get("loss_type").asString())) {
          case CPO -> new CpoLoss(beta, smoothing);
          case SIMPO -> new SimpoLoss(beta, options.get("simpo_gamma").asDouble(), smoothing);
          case ORPO -> new OrpoLoss(beta);
          default -> throw new IllegalStateException(row.toString());
        };
    LossResult result = loss.apply(logps);
    JsonNode expected = row.get("expected");
    double tolerance = tolerance(row);
    Objective objective = Objective.of(LossOptions.of(options.toString()));
    StepResult step =
        objective.apply(
            PairBatch.of(logps, RowColumns.NONE),
            StepTotals.of(PairBatch.of(logps, RowColumns.NONE)));
    for (int i = 0; i < logps.size(); i++) {
      close(result.losses()[i], expected.get("losses").get(i).asDouble(), tolerance, "loss");
      close(
          result.dChosen()[i], expected.get("chosen_gradient").get(i).asDouble(), tolerance, "dc");
      close(
          result.dRejected()[i],
          expected.get("rejected_gradient").get(i).asDouble(),
          tolerance,
          "dr");
      close(
          step.chosenRewards()[i],
          expected.get("chosen_rewards").get(i).asDouble(),
          tolerance,
          "rc");
      close(
          step.rejectedRewards()[i],
          expected.get("rejected_rewards").get(i).asDouble(),
          tolerance,
          "rr");
    }
    assertThat(objective.usesReference()).isFalse();
  }
}
