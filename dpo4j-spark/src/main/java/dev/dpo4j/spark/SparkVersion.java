/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

/** Refuses versions of Spark that this module was not built for. */
final class SparkVersion {
  private static final int LEAST = 4;

  private SparkVersion() {}

  /**
   * Passes with Spark 4.
   *
   * @param version as Spark says it, such as {@code 4.2.0}
   * @throws SparkRunException with what to do
   */
  static void require(String version) {
    String major = version.replaceFirst("[^0-9].*", "");
    if (major.isEmpty() || Integer.parseInt(major) < LEAST) {
      throw new SparkRunException(
          "dpo4j-spark needs Spark 4 with Scala 2.13, and this is Spark %s: start it with a distribution of Spark 4, for example pip install pyspark==4.2.0; or write the rows with Spark (df.write.json) and train with dpo4j launch"
              .formatted(version));
    }
  }
}
