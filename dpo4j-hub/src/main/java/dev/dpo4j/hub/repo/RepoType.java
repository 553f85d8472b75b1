/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

/** What a repository on the Hub holds. */
public enum RepoType {
  /** Weights, configuration and tokenizer. */
  MODEL("model", ""),
  /** Rows of data. */
  DATASET("dataset", "datasets/");

  private final String word;
  private final String urlPrefix;

  RepoType(String word, String urlPrefix) {
    this.word = word;
    this.urlPrefix = urlPrefix;
  }

  /** Returns the word for it in the API, such as {@code model}. */
  public String word() {
    return word;
  }

  /** The plural: a part of addresses and of the names of folders. */
  public String plural() {
    return word + "s";
  }

  /** What stands before the id of a repository in the addresses of its files. */
  public String urlPrefix() {
    return urlPrefix;
  }
}
