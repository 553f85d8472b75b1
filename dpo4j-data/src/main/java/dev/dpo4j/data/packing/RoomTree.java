/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.packing;

/**
 * The amounts of room that packs have left, so that the least sufficient one is found quickly.
 *
 * <p>A tree over all amounts: a node holds the largest amount below it. Source: "Fewer Truncations
 * Improve Language Modeling", arXiv 2404.10830, appendix.
 */
final class RoomTree {
  private final int leaves;
  private final int[] nodes;

  /**
   * Makes a tree without any room.
   *
   * @param leaves as many as the size of a pack, or more; with another number than a power of 2 the
   *     search overlooks some amounts
   */
  RoomTree(int leaves) {
    this.leaves = leaves;
    this.nodes = new int[2 * leaves];
  }

  /** Says that there is a pack with so much room. */
  void add(int room) {
    set(room, room);
  }

  /** Says that there is no pack with so much room any more. */
  void remove(int room) {
    set(room, 0);
  }

  private void set(int room, int value) {
    int node = leaves + room - 1;
    nodes[node] = value;
    while (node > 1) {
      node /= 2;
      nodes[node] = Math.max(nodes[2 * node], nodes[2 * node + 1]);
    }
  }

  /** Returns an amount of room for so many tokens, the least one that is seen. */
  int search(int tokens) {
    int node = 1;
    while (node < leaves) {
      node = nodes[2 * node] >= tokens ? 2 * node : 2 * node + 1;
    }
    return nodes[node];
  }
}
