/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PPO on a table of answers whose best policy is known: the reference times exp(r / weight of the
 * KL penalty), normalised.
 */
class TabularPpoTest {
  private static final int FIRST = 3;
  private static final int SECOND = 3;
  private static final double WEIGHT = 0.5;
  private static final int BATCH = 256;
  private static final int EPOCHS = 4;
  private static final int UPDATES = 400;

  /** The issue's own bound; the optimum is 0.3 to 0.5 away from the reference. */
  private static final double DISTANCE = 0.05;

  /** An answer of two tokens: three may come first, and after each of them three second. */
  private static final class Table {
    final double[] first = new double[FIRST];
    final double[][] second = new double[FIRST][SECOND];

    double[] firstLogps() {
      return logSoftmax(first);
    }

    double[] secondLogps(int token) {
      return logSoftmax(second[token]);
    }

    double[] joint() {
      double[] joint = new double[FIRST * SECOND];
      for (int a = 0; a < FIRST; a++) {
        for (int b = 0; b < SECOND; b++) {
          joint[a * SECOND + b] = Math.exp(firstLogps()[a] + secondLogps(a)[b]);
        }
      }
      return joint;
    }

    Table copy() {
      Table copy = new Table();
      System.arraycopy(first, 0, copy.first, 0, FIRST);
      for (int a = 0; a < FIRST; a++) {
        System.arraycopy(second[a], 0, copy.second[a], 0, SECOND);
      }
      return copy;
    }
  }

  private record Draw(int first, int second) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void ppoReachesTheReferenceTimesTheExponentialOfTheReward(long seed) {
    Random random = new Random(seed);
    Table reference = new Table();
    double[] rewards = new double[FIRST * SECOND];
    for (int a = 0; a < FIRST; a++) {
      reference.first[a] = random.nextGaussian();
      for (int b = 0; b < SECOND; b++) {
        reference.second[a][b] = random.nextGaussian();
        rewards[a * SECOND + b] = random.nextGaussian();
      }
    }
    double[] optimum = optimum(reference.joint(), rewards);
    Table policy = reference.copy();
    assertThat(distance(policy.joint(), optimum)).isGreaterThan(2 * DISTANCE);
    train(policy, reference, rewards, random);
    assertThat(distance(policy.joint(), optimum)).isLessThan(DISTANCE);
  }

  private static void train(Table policy, Table reference, double[] rewards, Random random) {
    Table values = new Table(); // first[0] before the first token, second[a][0] after it
    AnswerAdvantages.Rule rule =
        new AnswerAdvantages.Rule(
            new TokenRewards(KlEstimator.K1, WEIGHT),
            new AdvantageEstimation(1, 0.95),
            false,
            false);
    for (int update = 0; update < UPDATES; update++) {
      // The steps shrink, so that what is left is not the noise of the last rollouts.
      double rate = 1.0 / (1 + update / 20.0);
      List<Draw> draws = new ArrayList<>();
      List<AnswerAdvantages.Drawn> drawn = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        Draw draw = draw(policy, random);
        draws.add(draw);
        drawn.add(
            new AnswerAdvantages.Drawn(
                logps(policy, draw),
                logps(reference, draw),
                new double[] {values.first[0], values.second[draw.first()][0]},
                rewards[draw.first() * SECOND + draw.second()]));
      }
      AnswerAdvantages made = AnswerAdvantages.of(drawn, rule);
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        learn(policy, values, draws, drawn, made, rate);
      }
    }
  }

  private static void learn(
      Table policy,
      Table values,
      List<Draw> draws,
      List<AnswerAdvantages.Drawn> drawn,
      AnswerAdvantages made,
      double rate) {
    Table now = policy.copy();
    Table valuesNow = values.copy();
    for (int i = 0; i < BATCH; i++) {
      Draw draw = draws.get(i);
      double[] logps = logps(now, draw);
      double[] pulls = new double[2];
      for (int t = 0; t < 2; t++) {
        double ratio = logps[t] - drawn.get(i).logps()[t];
        pulls[t] = ClippedLoss.policy(ratio, made.advantages().get(i)[t], 0.2).derivative() / BATCH;
      }
      follow(policy.first, now.firstLogps(), draw.first(), pulls[0] * rate);
      follow(
          policy.second[draw.first()],
          now.secondLogps(draw.first()),
          draw.second(),
          pulls[1] * rate);
      double[] old = drawn.get(i).values();
      double[] goals = made.returns().get(i);
      values.first[0] -=
          ClippedLoss.value(valuesNow.first[0], old[0], goals[0], 0.2).derivative() / BATCH;
      values.second[draw.first()][0] -=
          ClippedLoss.value(valuesNow.second[draw.first()][0], old[1], goals[1], 0.2).derivative()
              / BATCH;
    }
  }

  /** One step down the loss whose derivative by the log-probability of a token is given. */
  private static void follow(double[] logits, double[] logps, int token, double pull) {
    for (int i = 0; i < logits.length; i++) {
      logits[i] -= pull * ((i == token ? 1 : 0) - Math.exp(logps[i]));
    }
  }

  private static Draw draw(Table policy, Random random) {
    int first = draw(policy.firstLogps(), random);
    return new Draw(first, draw(policy.secondLogps(first), random));
  }

  private static int draw(double[] logps, Random random) {
    double left = random.nextDouble();
    for (int i = 0; i < logps.length - 1; i++) {
      left -= Math.exp(logps[i]);
      if (left < 0) {
        return i;
      }
    }
    return logps.length - 1;
  }

  private static double[] logps(Table policy, Draw draw) {
    return new double[] {
      policy.firstLogps()[draw.first()], policy.secondLogps(draw.first())[draw.second()]
    };
  }

  private static double[] optimum(double[] reference, double[] rewards) {
    double[] optimum = new double[reference.length];
    double sum = 0;
    for (int i = 0; i < optimum.length; i++) {
      optimum[i] = reference[i] * Math.exp(rewards[i] / WEIGHT);
      sum += optimum[i];
    }
    for (int i = 0; i < optimum.length; i++) {
      optimum[i] /= sum;
    }
    return optimum;
  }

  private static double distance(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.abs(p[i] - q[i]);
    }
    return sum / 2;
  }

  private static double[] logSoftmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    double[] logps = new double[logits.length];
    for (int i = 0; i < logps.length; i++) {
      logps[i] = logits[i] - max - Math.log(sum);
    }
    return logps;
  }
}
