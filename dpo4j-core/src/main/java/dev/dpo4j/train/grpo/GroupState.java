/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardTable;
import dev.dpo4j.train.rollout.Rollout;
import dev.dpo4j.train.rollout.RolloutSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run of GRPO or RLOO keeps from step to step beside the weights: its counts, and the
 * rollout that is trained on where its steps are not all done.
 *
 * @param counts what was counted since the run began
 * @param block the rollout at hand, or null where the next step begins with a new one
 */
record GroupState(Counts counts, @Nullable Block block) {
  /** The name of the file in a checkpoint. */
  static final String FILE_NAME = "rollout.json";

  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * What was counted since the run began.
   *
   * @param flos floating-point operations of each step
   * @param groups groups of answers
   * @param equal groups whose rewards were all equal
   * @param unknown answers on which no reward had an opinion
   * @param empty answers without a token
   */
  record Counts(List<Double> flos, long groups, long equal, long unknown, long empty) {
    static final Counts NONE = new Counts(List.of(), 0, 0, 0, 0);
  }

  /** A rollout as it is written: numbers as their bits, so that not one is rounded. */
  @SuppressWarnings("ArrayRecordComponent") // a file's content on its way; never compared
  record Block(
      int epoch,
      int number,
      List<Answer> answers,
      List<long[]> rewards,
      long[] advantages,
      boolean[] equal,
      long zeroDeviation,
      @Nullable List<int[]> old,
      @Nullable List<int[]> reference) {}

  /** An answer as it is written. */
  @SuppressWarnings("ArrayRecordComponent") // a file's content on its way; never compared
  record Answer(int place, int[] ids, boolean ended, String text) {}

  static GroupState of(Counts counts, @Nullable GroupBlock block) {
    return new GroupState(counts, block == null ? null : pack(block));
  }

  private static Block pack(GroupBlock block) {
    return new Block(
        block.epoch(),
        block.number(),
        block.samples().stream()
            .map(
                sample ->
                    new Answer(
                        sample.place(),
                        sample.completion().ids(),
                        sample.completion().ended(),
                        sample.text()))
            .toList(),
        block.rollout().rewards().values().stream().map(GroupState::bits).toList(),
        bits(block.advantages().values()),
        block.advantages().equal(),
        Double.doubleToRawLongBits(block.advantages().zeroDeviation()),
        bits(block.old()),
        bits(block.reference()));
  }

  /** The rollout at hand as it was; null where there is none. */
  @Nullable GroupBlock unpack(
      List<TokenizedPrompt> prompts,
      List<String> names,
      List<Double> weights,
      int group,
      boolean cutCounts,
      boolean equalCounts) {
    Block kept = block;
    if (kept == null) {
      return null;
    }
    List<RolloutSample> samples = new ArrayList<>();
    for (Answer answer : kept.answers()) {
      samples.add(
          new RolloutSample(
              answer.place(),
              prompts.get(answer.place()),
              new Completion(answer.ids(), answer.ended()),
              answer.text()));
    }
    RewardTable rewards =
        new RewardTable(names, weights, kept.rewards().stream().map(GroupState::numbers).toList());
    Advantages advantages =
        new Advantages(
            numbers(kept.advantages()),
            kept.equal(),
            Double.longBitsToDouble(kept.zeroDeviation()));
    return new GroupBlock(
        kept.epoch(),
        kept.number(),
        new Rollout(samples, rewards),
        advantages,
        floats(kept.old()),
        floats(kept.reference()),
        group,
        cutCounts,
        equalCounts);
  }

  private static long[] bits(double[] numbers) {
    long[] bits = new long[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(numbers[i]);
    }
    return bits;
  }

  private static double[] numbers(long[] bits) {
    double[] numbers = new double[bits.length];
    for (int i = 0; i < bits.length; i++) {
      numbers[i] = Double.longBitsToDouble(bits[i]);
    }
    return numbers;
  }

  private static @Nullable List<int[]> bits(@Nullable List<float[]> numbers) {
    if (numbers == null) {
      return null;
    }
    List<int[]> all = new ArrayList<>();
    for (float[] some : numbers) {
      int[] bits = new int[some.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = Float.floatToRawIntBits(some[i]);
      }
      all.add(bits);
    }
    return all;
  }

  private static @Nullable List<float[]> floats(@Nullable List<int[]> bits) {
    if (bits == null) {
      return null;
    }
    List<float[]> all = new ArrayList<>();
    for (int[] some : bits) {
      float[] numbers = new float[some.length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Float.intBitsToFloat(some[i]);
      }
      all.add(numbers);
    }
    return all;
  }

  void write(Path checkpoint) throws IOException {
    AtomicFile.writeString(checkpoint.resolve(FILE_NAME), JSON.writeValueAsString(this));
  }

  /**
   * Reads what a checkpoint holds.
   *
   * @throws CheckpointException if it holds no such state
   */
  static GroupState read(Path checkpoint) {
    Path file = checkpoint.resolve(FILE_NAME);
    try {
      return JSON.readValue(Files.readString(file), GroupState.class);
    } catch (IOException | JacksonException e) {
      throw new CheckpointException(
          "%s cannot be read, which holds the rollout that the run goes on with: %s. Resume from another checkpoint."
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
