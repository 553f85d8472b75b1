/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Tensor;
import java.util.List;

/** A run of one process: every sum is what it was. */
enum SingleProcess implements Collectives {
  INSTANCE;

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public void allReduceSum(Tensor tensor) {}

  @Override
  public Pending beginAllReduceSum(Tensor tensor) {
    return () -> {};
  }

  @Override
  public double[] allReduceSum(double[] values) {
    return values.clone();
  }

  @Override
  public List<byte[]> allGather(byte[] own) {
    return List.of(own.clone());
  }

  @Override
  public void broadcast(Tensor tensor, int root) {}

  @Override
  public void reduceScatterSum(Tensor flat, Stretches slices) {}

  @Override
  public void allGather(Tensor flat, Stretches slices) {}

  @Override
  public Pending beginAllGather(Tensor flat, Stretches slices) {
    return () -> {};
  }

  @Override
  public void send(Tensor tensor, int to) {
    throw new IllegalStateException("there is no process " + to);
  }

  @Override
  public void receive(Tensor tensor, int from) {
    throw new IllegalStateException("there is no process " + from);
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
