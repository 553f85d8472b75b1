/* SPDX-License-Identifier: Apache-2.0 */
/** Training and scoring on a cluster of Apache Spark; {@link dev.dpo4j.spark.SparkDpo} trains. */
@NullMarked
package dev.dpo4j.spark;

import org.jspecify.annotations.NullMarked;
