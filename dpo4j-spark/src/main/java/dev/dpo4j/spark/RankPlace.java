/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.dist.Ranks;
import dev.dpo4j.io.FreePort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;

/**
 * Where a task of a barrier stage stands among the ranks of a run.
 *
 * @param executor the executor that runs the task
 * @param host the machine of the executor, as the others reach it
 * @param port a port that was free there a moment ago
 */
record RankPlace(String executor, String host, int port) {
  private static final String BETWEEN = "\t";

  /** Tells all tasks of the stage where each of them is, and returns the place of this one. */
  static Ranks meet(BarrierTaskContext context, String secret) {
    int rank = context.partitionId();
    String own =
        String.join(
            BETWEEN,
            SparkEnv.get().executorId(),
            host(context.getTaskInfos()[rank].address()),
            String.valueOf(rank == 0 ? freePort() : 0));
    List<RankPlace> places = new ArrayList<>();
    for (String place : context.allGather(own)) {
      String[] parts = place.split(BETWEEN, -1);
      places.add(new RankPlace(parts[0], parts[1], Integer.parseInt(parts[2])));
    }
    return ranks(places, rank, secret);
  }

  /** The machine of an address such as {@code host:7077} or {@code [::1]:7077}. */
  static String host(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? address : address.substring(0, colon);
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static int freePort() {
    try {
      return FreePort.find();
    } catch (IOException e) {
      throw new SparkRunException("rank 0 finds no free port: " + e, e);
    }
  }

  /**
   * Makes the place of a rank of the places of all.
   *
   * @throws SparkRunException if two ranks are in one executor
   */
  static Ranks ranks(List<RankPlace> places, int rank, String secret) {
    Map<String, Integer> executors = new HashMap<>();
    Map<String, Integer> hosts = new HashMap<>();
    int local = 0;
    for (int other = 0; other < places.size(); other++) {
      RankPlace place = places.get(other);
      Integer before = executors.putIfAbsent(place.executor(), other);
      if (before != null) {
        throw new SparkRunException(
            "ranks %d and %d are both in executor %s, and an executor can hold one: libtorch computes for a whole process. Set spark.task.cpus to the value of spark.executor.cores, and use as many executors as ranks"
                .formatted(before, other, place.executor()));
      }
      int there = hosts.merge(place.host(), 1, Integer::sum);
      local = other == rank ? there - 1 : local;
    }
    if (places.size() == 1) {
      return Ranks.SINGLE;
    }
    RankPlace first = places.get(0);
    int locals = hosts.getOrDefault(places.get(rank).host(), 1);
    return new Ranks(rank, local, places.size(), locals, first.host(), first.port(), secret);
  }
}
