/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.source.MixtureHub;
import dev.dpo4j.data.source.RemoteDatasets;
import dev.dpo4j.hub.DatasetFolder;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The data of one command that are named on the Hub: where they stand, and under which split. */
final class HubData {
  private static final List<String> DATA = List.of("dataset_name", "data");

  private final HubNames names;
  private final Map<String, ?> values;
  private final Map<String, String> origins;
  private final @Nullable String config;
  private final List<Setting> here = new ArrayList<>();

  /**
   * Looks at the data of a command.
   *
   * @param values its keys with their values
   * @param origins the places that decided about keys
   * @param config the configuration that was asked for, or null
   */
  HubData(
      HubNames names, Map<String, ?> values, Map<String, String> origins, @Nullable String config) {
    this.names = names;
    this.values = values;
    this.origins = origins;
    this.config = config;
  }

  /** Downloads them and returns settings that put paths in the places of names. */
  List<Setting> settings() {
    boolean named = mixture();
    described();
    for (String key : DATA) {
      if (values.get(key) instanceof String text && HubNames.isName(text)) {
        named = true;
        put(key, "dataset_train_split", text);
      }
    }
    if (evaluates()) {
      @Nullable Object own = values.get("eval_dataset");
      @Nullable Object shared = values.get("dataset_name");
      if (own instanceof String text && HubNames.isName(text)) {
        named = true;
        put("eval_dataset", "dataset_test_split", text);
      } else if (own == null && shared instanceof String text && HubNames.isName(text)) {
        held(text);
      }
    }
    if (config != null && !named) {
      throw new ConfigException(
          new Fault("dataset_config", "", "has no effect: dataset_name is a path"));
    }
    return here;
  }

  private boolean evaluates() {
    String strategy = String.valueOf(values.get("eval_strategy")).toLowerCase(Locale.ROOT);
    // With dataset, eval_dataset names entries of dataset_info.json.
    boolean described = values.get("dataset") instanceof List<?> list && !list.isEmpty();
    boolean held = values.get("test_split_size") != null && values.get("eval_dataset") == null;
    return values.containsKey("eval_dataset") && !described && !held && !strategy.equals("no");
  }

  /** A split that a file asks for may be missing: the run then goes without an evaluation. */
  private void held(String text) {
    try {
      put("eval_dataset", "dataset_test_split", text);
    } catch (HubException e) {
      String where = origins.getOrDefault("eval_strategy", "--");
      if (e.reason() != HubException.Reason.NOT_FOUND || where.startsWith("--")) {
        throw e;
      }
    }
  }

  private DatasetFolder download(String text, @Nullable String part, String split) {
    return DatasetFolder.download(
        names.client(),
        HubName.parse(RepoType.DATASET, text),
        !text.contains("@"),
        part,
        split,
        names.progress());
  }

  /** Data sets of a mixture. */
  private boolean mixture() {
    if (!(values.get("dataset_mixture") instanceof Value mixture)) {
      return false;
    }
    Value local =
        MixtureHub.localise(
            mixture,
            (id, part, split) -> {
              if (!HubNames.isName(id)) {
                return null;
              }
              DatasetFolder folder = download(id, part, split);
              return new MixtureHub.Place(folder.path().toString(), folder.exact());
            });
    if (!local.equals(mixture)) {
      here.add(new Setting("dataset_mixture", local, "the Hub"));
    }
    return false;
  }

  /** Data sets that dataset_info.json takes from the Hub. */
  private void described() {
    List<String> asked = new ArrayList<>();
    if (values.get("dataset") instanceof List<?> list) {
      list.forEach(name -> asked.add(String.valueOf(name)));
    }
    if (asked.isEmpty() || !(values.get("dataset_dir") instanceof String folder)) {
      return;
    }
    if (values.get("eval_dataset") instanceof String more) {
      asked.addAll(List.of(more.split("\\s*,\\s*", -1)));
    }
    for (RemoteDatasets.Remote remote : RemoteDatasets.of(Path.of(folder), asked)) {
      int bracket = remote.split().indexOf('[');
      String split = bracket < 0 ? remote.split() : remote.split().substring(0, bracket);
      DatasetFolder found =
          download(remote.name(), remote.config().isEmpty() ? null : remote.config(), split);
      RemoteDatasets.standsAt(remote, found.path(), found.exact());
    }
  }

  /** A folder that holds one split alone is the split train to those who read it. */
  private void put(String key, String splitKey, String text) {
    names.notHere(key, text);
    String split = values.get(splitKey) instanceof String given ? given : "train";
    int bracket = split.indexOf('[');
    String name = bracket < 0 ? split : split.substring(0, bracket);
    DatasetFolder folder = download(text, config, name.strip());
    here.add(setting(key, folder.path().toString()));
    if (folder.exact() && values.containsKey(splitKey)) {
      here.add(setting(splitKey, "train" + (bracket < 0 ? "" : split.substring(bracket))));
    }
  }

  private static Setting setting(String key, String value) {
    return new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "the Hub");
  }
}
