/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.config.Option;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.RepoType;
import java.util.List;

/** Which kind of repository, and which of its files. */
record HubFileOptions(
    @Option(defaultValue = "model", help = "What the repository holds.") RepoType repoType,
    @Option(
            defaultValue = "",
            help = "Only files that match one of these globs; * matches slashes, too.")
        List<String> include,
    @Option(defaultValue = "", help = "No files that match one of these globs.")
        List<String> exclude) {

  boolean choosesFiles() {
    return !include.isEmpty() || !exclude.isEmpty();
  }

  FileFilter filter() {
    return new FileFilter(include, exclude);
  }
}
