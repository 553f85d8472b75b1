/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Tensor;
import java.util.List;

/** Does something before each operation that all processes do together. */
final class PreparedCollectives implements Collectives {
  private final Collectives ranks;
  private final Runnable first;

  PreparedCollectives(Collectives ranks, Runnable first) {
    this.ranks = ranks;
    this.first = first;
  }

  private Collectives prepared() {
    first.run();
    return ranks;
  }

  @Override
  public int rank() {
    return ranks.rank();
  }

  @Override
  public int size() {
    return ranks.size();
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    prepared().allReduceSum(tensor);
  }

  @Override
  public Pending beginAllReduceSum(Tensor tensor) {
    return prepared().beginAllReduceSum(tensor);
  }

  @Override
  public double[] allReduceSum(double[] values) {
    return prepared().allReduceSum(values);
  }

  @Override
  public List<byte[]> allGather(byte[] own) {
    return prepared().allGather(own);
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    prepared().broadcast(tensor, root);
  }

  @Override
  public void reduceScatterSum(Tensor flat, Stretches slices) {
    prepared().reduceScatterSum(flat, slices);
  }

  @Override
  public void allGather(Tensor flat, Stretches slices) {
    prepared().allGather(flat, slices);
  }

  @Override
  public Pending beginAllGather(Tensor flat, Stretches slices) {
    return prepared().beginAllGather(flat, slices);
  }

  @Override
  public void send(Tensor tensor, int to) {
    ranks.send(tensor, to);
  }

  @Override
  public void receive(Tensor tensor, int from) {
    ranks.receive(tensor, from);
  }

  @Override
  public long bytesSent() {
    return ranks.bytesSent();
  }

  @Override
  public void barrier() {
    prepared().barrier();
  }

  @Override
  public boolean joinsCards() {
    return ranks.joinsCards();
  }

  @Override
  public void fail(String why) {
    ranks.fail(why);
  }

  @Override
  public void close() {
    ranks.close();
  }
}
