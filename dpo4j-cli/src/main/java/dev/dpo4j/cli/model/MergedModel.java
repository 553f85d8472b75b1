/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.OutputFolder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A full model made of an adapter and its base, and the folder that gets it. */
final class MergedModel {
  /** What a run writes beside its adapter. */
  private static final String RUN_CONFIG = "config.yaml";

  private static final Pattern PACKED =
      Pattern.compile("^load_in_([48])bit: true\\s*$", Pattern.MULTILINE);

  private MergedModel() {}

  /** Writes into a folder that no other process writes into. */
  @FunctionalInterface
  interface Writing {
    void write() throws IOException;
  }

  /**
   * Takes a folder for a result and writes it.
   *
   * @param overwrite whether files that are there may stay and be replaced one by one
   * @param read models whose folders must not be the output
   * @throws ConfigException if the folder cannot be taken
   */
  static void into(Path output, boolean overwrite, List<Path> read, Writing writing)
      throws IOException {
    try (OwnerLock owner = OwnerLock.ofFolder(output)) {
      OutputFolder.refuseModels(output, read);
      OutputFolder.prepare(output, overwrite);
      writing.write();
    } catch (FileAlreadyExistsException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(new Fault("output_dir", output.toString(), reason));
    }
  }

  /**
   * Loads a model; an adapter is merged into its base, with a note where its training saw rounded
   * weights.
   */
  static LanguageModel load(Path folder, Console console) throws IOException {
    LanguageModel model = LanguageModel.loadEither(folder);
    try {
      if (model.adapter() != null) {
        notePacked(folder, model, console);
        model.mergeAdapter();
      }
      return model;
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Says what changes for an adapter that learnt to make up for the rounding of its base. */
  private static void notePacked(Path folder, LanguageModel model, Console console)
      throws IOException {
    if (model.isQuantised()) {
      console
          .err()
          .printf(
              "note: %s is quantised; its weights are widened to what they stand for before the adapter is added, and the result is not packed%n",
              model.base());
      return;
    }
    Path config = folder.resolve(RUN_CONFIG);
    String text = Files.isRegularFile(config) ? Files.readString(config) : "";
    Matcher packed = PACKED.matcher(text);
    if (packed.find()) {
      console
          .err()
          .printf(
              "note: the adapter was trained on %s in %s bits and is added to its full weights, which were not rounded: answers differ a little from those that training saw. Compare them with ./dpo4j eval, and generate with load_in_%sbit to see the former%n",
              model.base(), packed.group(1), packed.group(1));
    }
  }
}
