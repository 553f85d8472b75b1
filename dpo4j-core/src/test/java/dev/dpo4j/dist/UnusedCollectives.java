/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Tensor;
import java.util.List;

/** The processes of a test, which overrides what it uses; all else fails. */
public abstract class UnusedCollectives implements Collectives {
  private final int rank;
  private final int size;

  protected UnusedCollectives(int rank, int size) {
    this.rank = rank;
    this.size = size;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pending beginAllReduceSum(Tensor tensor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public double[] allReduceSum(double[] values) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<byte[]> allGather(byte[] own) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void reduceScatterSum(Tensor flat, Stretches slices) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void allGather(Tensor flat, Stretches slices) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pending beginAllGather(Tensor flat, Stretches slices) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void send(Tensor tensor, int to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void receive(Tensor tensor, int from) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long bytesSent() {
    return 0;
  }

  @Override
  public void barrier() {}

  @Override
  public void close() {}
}
