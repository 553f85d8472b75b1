/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.train.options.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths of a configuration that the executors must find, whose working folders are others. */
final class Shared {
  private Shared() {}

  /** The output folder, from the root on. */
  static Path output(RunConfig config) {
    Path output = config.output().outputDir();
    if (output == null) {
      throw new ConfigException(
          new Fault(
              "output_dir",
              "",
              "is missing: it names the folder to write, on storage that all executors see"));
    }
    return output.toAbsolutePath().normalize();
  }

  /** Flags that name the files and folders of a configuration from the root on. */
  static List<String> absolute(RankMethod<?, ?> method, RunConfig config) {
    @Nullable String model = method.modelFolder(config);
    if (model == null) {
      throw new ConfigException(
          new Fault(
              "model_name_or_path", "", "is missing: it names the folder of the model to train"));
    }
    Map<String, @Nullable String> paths = new LinkedHashMap<>();
    paths.put("model_name_or_path", model);
    paths.put("ref_model_name_or_path", method.referenceFolder(config));
    paths.put("chat_template_path", config.texts().chatTemplatePath());
    List<String> flags = new ArrayList<>();
    paths.forEach(
        (key, name) -> {
          if (name != null) {
            flags.add("--%s=%s".formatted(key, absolute(key, name)));
          }
        });
    return flags;
  }

  private static Path absolute(String key, String name) {
    Path path = Path.of(name).toAbsolutePath().normalize();
    if (!Files.exists(path)) {
      throw new ConfigException(
          new Fault(
              key,
              "",
              "there is no %s; on a cluster it must be a path that the driver and all executors see. dpo4j hub download fetches a model from the Hub"
                  .formatted(path)));
    }
    return path;
  }
}
