/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import java.nio.file.Path;
import java.util.List;

/**
 * A repository in the cache.
 *
 * @param type what it holds, such as {@code model}
 * @param id its name on the Hub
 * @param path its folder
 * @param bytes size of its blobs on the disk
 * @param revisions the commits of which files are there
 * @param incompleteBytes what interrupted downloads have left
 */
public record CachedRepo(
    String type, String id, Path path, long bytes, List<Revision> revisions, long incompleteBytes) {

  public CachedRepo {
    revisions = List.copyOf(revisions);
  }

  /**
   * A commit of which files are there.
   *
   * @param commit its hash
   * @param refs branches and tags that mean it
   * @param files how many of its files are there
   * @param missing how many are not; -1 if the list of its files is not known
   * @param path the folder with its files
   */
  public record Revision(String commit, List<String> refs, int files, int missing, Path path) {
    public Revision {
      refs = List.copyOf(refs);
    }
  }
}
