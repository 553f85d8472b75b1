/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.api.FreshModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model folder for the tests of the commands: small, valid, random. */
public final class TinyModel {
  private TinyModel() {}

  /** Writes the model below a folder and returns where. */
  public static Path write(Path folder) throws IOException {
    return write(folder, 1);
  }

  /** Writes the model with the weights of a seed. */
  public static Path write(Path folder, long seed) throws IOException {
    Path model = Files.createDirectories(folder.resolve("tiny model"));
    FreshModel.write(model, List.of("a lantern in the window", "窗边的灯笼"), seed);
    return model;
  }
}
