/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.pair.SigmoidLoss;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.optim.AdamW;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Times the parts of a training step of DPO on a device: {@code CardBench DEVICE FOLDER PAIRS
 * LENGTH STEPS [bf16|float32]}. Tokens are drawn by chance, a third of each pair is its prompt.
 */
public final class CardBench {
  private static final int WARM_UP = 2;
  private static final int DECODED = 64;

  private CardBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    Backends.use(Device.parse(args[0]));
    int pairs = Integer.parseInt(args[2]);
    int length = Integer.parseInt(args[3]);
    int steps = Integer.parseInt(args[4]);
    DType compute = args.length > 5 && args[5].equals("float32") ? DType.FLOAT32 : DType.BFLOAT16;
    ComputeOptions options = ComputeOptions.float32().withCompute(compute);
    long start = System.nanoTime();
    try (CausalLm model = CausalLm.load(Path.of(args[1]), options)) {
      System.out.printf(
          Locale.ROOT,
          "%s: loaded %,d weights in %.1f s%n",
          Backends.describe(),
          model.parameters().count(),
          since(start));
      run(model, pairs, length, steps);
      decode(model, DECODED, length / 3, steps);
    }
  }

  /** Times a decoder's steps, with the choice of tokens on the device and on the host. */
  private static void decode(CausalLm model, int sequences, int prompt, int steps) {
    Random random = new Random(2);
    int vocabulary = model.config().vocabSize();
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < sequences; i++) {
      prompts.add(ids(random, prompt, vocabulary));
    }
    try (Decoder decoder = model.decoder(sequences)) {
      decoder.expect(prompt + 4 * steps);
      long at = System.nanoTime();
      decoder.add(prompts);
      double read = since(at);
      List<int[]> next = prompts.stream().map(ids -> new int[] {ids[0]}).toList();
      int[] all = IntStream.range(0, sequences).toArray();
      for (boolean aside :
          decoder.chooses() ? new boolean[] {true, false} : new boolean[] {false}) {
        long begin = System.nanoTime();
        for (int step = 0; step < steps + WARM_UP; step++) {
          begin = step == WARM_UP ? System.nanoTime() : begin;
          if (aside) {
            decoder.stepAndChoose(next, all, new double[sequences], new double[sequences]);
          } else {
            decoder.step(next);
          }
        }
        System.out.printf(
            Locale.ROOT,
            "%d sequences, prompts of %d tokens read in %.0f ms: %.2f ms a step, %s%n",
            sequences,
            prompt,
            1e3 * read,
            1e3 * since(begin) / steps,
            aside ? "tokens chosen on the device" : "logits copied to the host");
      }
    }
  }

  private static void run(CausalLm model, int pairs, int length, int steps) {
    AdamW.Hyperparameters hyper = new AdamW.Hyperparameters(0.9, 0.999, 1e-8, 0);
    double[] parts = new double[4];
    try (AdamW optimizer = new AdamW(model.parameters(), hyper)) {
      Random random = new Random(1);
      long tokens = 0;
      long begin = System.nanoTime();
      for (int step = 0; step < steps + WARM_UP; step++) {
        if (step == WARM_UP) {
          Backends.synchronize();
          Arrays.fill(parts, 0);
          tokens = 0;
          begin = System.nanoTime();
        }
        tokens += step(model, optimizer, random, pairs, length, parts);
      }
      Backends.synchronize();
      double seconds = since(begin);
      System.out.printf(
          Locale.ROOT,
          "%d pairs of %d tokens: %.1f ms a step, %,.0f tokens/s, peak %.2f GiB%n"
              + "  score %.1f, forward %.1f, backward %.1f, optimizer %.1f ms%n",
          pairs,
          length,
          1e3 * seconds / steps,
          tokens / seconds,
          Backends.peakBytes() / (double) (1L << 30),
          1e3 * parts[0] / steps,
          1e3 * parts[1] / steps,
          1e3 * parts[2] / steps,
          1e3 * parts[3] / steps);
    }
  }

  private static long step(
      CausalLm model, AdamW optimizer, Random random, int pairs, int length, double[] parts) {
    List<FlatBatch.Tree> trees = new ArrayList<>();
    int vocabulary = model.config().vocabSize();
    for (int i = 0; i < pairs; i++) {
      int prompt = length / 3;
      trees.add(
          FlatBatch.Tree.pair(
              ids(random, prompt, vocabulary),
              ids(random, length - prompt, vocabulary),
              ids(random, length - prompt, vocabulary)));
    }
    FlatBatch batch = FlatBatch.of(trees);
    long at = System.nanoTime();
    TokenStats reference = model.score(batch, Want.LOGPS);
    at = took(parts, 0, at);
    try (CausalLm.Pass pass = model.forward(batch, Want.METRICS)) {
      at = took(parts, 1, at);
      pass.backward(weights(batch, pass.stats(), reference, pairs));
      Backends.synchronize();
      at = took(parts, 2, at);
    }
    optimizer.clip(optimizer.gradNorm(), 1.0);
    optimizer.step(5e-7);
    Backends.synchronize();
    took(parts, 3, at);
    return 2L * pairs * length;
  }

  private static float[] weights(
      FlatBatch batch, TokenStats stats, TokenStats reference, int pairs) {
    double[] chosen = new double[pairs];
    double[] rejected = new double[pairs];
    double[] referenceChosen = new double[pairs];
    double[] referenceRejected = new double[pairs];
    int[] borders = new int[2 * pairs + 1];
    for (int s = 0; s < 2 * pairs; s++) {
      borders[s + 1] = batch.entryEnd(s);
    }
    for (int i = 0; i < pairs; i++) {
      chosen[i] = stats.sumLogps(borders[2 * i], borders[2 * i + 1]);
      rejected[i] = stats.sumLogps(borders[2 * i + 1], borders[2 * i + 2]);
      referenceChosen[i] = reference.sumLogps(borders[2 * i], borders[2 * i + 1]);
      referenceRejected[i] = reference.sumLogps(borders[2 * i + 1], borders[2 * i + 2]);
    }
    LossResult loss =
        new SigmoidLoss(0.1)
            .apply(PairLogps.withoutLengths(chosen, rejected, referenceChosen, referenceRejected));
    float[] weights = new float[batch.entries()];
    for (int i = 0; i < pairs; i++) {
      Arrays.fill(weights, borders[2 * i], borders[2 * i + 1], (float) loss.dChosen()[i] / pairs);
      Arrays.fill(
          weights, borders[2 * i + 1], borders[2 * i + 2], (float) loss.dRejected()[i] / pairs);
    }
    return weights;
  }

  private static int[] ids(Random random, int count, int vocabulary) {
    return random.ints(count, 10, vocabulary).toArray();
  }

  private static long took(double[] parts, int part, long from) {
    long now = System.nanoTime();
    parts[part] += (now - from) / 1e9;
    return now;
  }

  private static double since(long from) {
    return (System.nanoTime() - from) / 1e9;
  }
}
