/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import java.io.Serializable;

/**
 * How a run on a cluster ended.
 *
 * @param folder the folder that rank 0 has written
 * @param ranks processes that trained together
 * @param rows rows that were read from Spark
 * @param steps optimizer steps done
 * @param stopped whether the run was stopped before its last step
 * @param trainLoss mean of the steps' losses
 * @param restarts how often Spark has started the ranks anew
 */
public record SparkResult(
    String folder,
    int ranks,
    long rows,
    long steps,
    boolean stopped,
    double trainLoss,
    int restarts)
    implements Serializable {}
