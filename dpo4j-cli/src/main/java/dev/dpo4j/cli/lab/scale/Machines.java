/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

/**
 * What was measured.
 *
 * @param flops floating-point operations of a process in a second
 * @param memoryBandwidth bytes that the update of the weights moves in a second
 * @param bandwidth bytes that a process sends in a second
 * @param latency seconds until the first byte of a message arrives
 * @param overlap how much of the backward pass the sums over processes can use, from 0 to 1
 */
record Machines(
    double flops, double memoryBandwidth, double bandwidth, double latency, double overlap) {
  /** Forward and backward pass of full training, for each weight and token. */
  private static final double OPERATIONS = 6;

  /** Of these, two thirds belong to the backward pass. */
  private static final double BACKWARD = 2.0 / 3;

  /** AdamW reads the weight, its gradient and two moments, and writes all but the gradient. */
  private static final double UPDATE_BYTES = 28;

  /**
   * The parts of a step, in seconds.
   *
   * @param compute the passes through the model
   * @param waiting for other processes, beyond what the backward pass hides
   * @param update of the weights
   */
  record Step(double compute, double waiting, double update) {
    double seconds() {
      return compute + waiting + update;
    }
  }

  /** Works out a step in which each process computes that many tokens. */
  Step step(ModelSize shape, Sharding sharding, int ranks, double tokens) {
    double compute = OPERATIONS * shape.parameters() * tokens / flops;
    double wire =
        sharding.wireBytes(shape, ranks) / bandwidth + sharding.messages(shape, ranks) * latency;
    double waiting = Math.max(0, wire - overlap * BACKWARD * compute);
    double update = UPDATE_BYTES * shape.parameters() * sharding.updated(ranks) / memoryBandwidth;
    return new Step(compute, waiting, update);
  }

  /** The speed of all processes together, as a share of that many times one process. */
  double efficiency(ModelSize shape, Sharding sharding, int ranks, double tokens) {
    double one = step(shape, Sharding.NONE, 1, tokens).seconds();
    return one / step(shape, sharding, ranks, tokens).seconds();
  }
}
