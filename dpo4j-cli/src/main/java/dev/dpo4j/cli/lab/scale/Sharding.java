/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

/** What the processes of a run divide among themselves beside the rows. */
enum Sharding {
  /** Nothing: each process holds the model, its gradient and the state of the optimizer. */
  NONE("nothing", 2),
  /** The state of the optimizer; each process updates its part of the weights. */
  OPTIMIZER("optimizer", 2),
  /** The weights as well, which are gathered for each layer, forward and backward. */
  FULL("everything", 3);

  private static final double BYTES = 4;
  private static final double STATES = 4;

  private final String label;
  private final int passes;

  Sharding(String label, int passes) {
    this.label = label;
    this.passes = passes;
  }

  String label() {
    return label;
  }

  /** Bytes that a process sends in a step: a ring hands on all but one part in each pass. */
  double wireBytes(ModelSize shape, int ranks) {
    return passes * (ranks - 1.0) / ranks * BYTES * shape.parameters();
  }

  /** Messages that follow one another in a step. */
  double messages(ModelSize shape, int ranks) {
    int collectives = this == FULL ? shape.layers() : 1;
    return (double) passes * (ranks - 1) * collectives;
  }

  /** Bytes of a process for weights, gradient and two moments, in float32. */
  double memory(ModelSize shape, int ranks) {
    double one = BYTES * shape.parameters();
    return switch (this) {
      case NONE -> STATES * one;
      case OPTIMIZER -> 2 * one + (STATES - 2) * one / ranks;
      // The layer at work and the one that is fetched meanwhile are whole.
      case FULL -> STATES * one / ranks + (ranks > 1 ? 2 * one / shape.layers() : 0);
    };
  }

  /** The share of the weights that a process updates. */
  double updated(int ranks) {
    return this == NONE ? 1 : 1.0 / ranks;
  }
}
