/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.model.weights.PrecisionOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is served, where, and to whom.
 *
 * @param modelNameOrPath the model
 * @param servedModelName its name for clients, or null for the last part of its path
 * @param adapters further models over the same weights, each as {@code name=folder}
 * @param host the address on which the server listens
 * @param port port, 0 for any that is free
 * @param apiKeyFile file of the key that clients must send, or null
 * @param batchSize most answers that are made at a time
 * @param queueSize most answers that wait
 * @param maxBodyBytes most bytes of a request
 * @param maxModelLen most tokens of prompt and answer, or null for the model's context
 * @param shutdownTimeout seconds that running answers get at the end
 * @param precision in what precision text is made
 * @param packing in how many bits the layers' matrices are held
 * @param device where is computed
 */
public record ServeOptions(
    @Option(
            help =
                "Folder of the model in Hugging Face layout or of an adapter, a checkpoint, a GGUF"
                    + " file, or a name on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(help = "Name of the model for clients; the last part of its path if left out.")
        @Nullable String servedModelName,
    @Option(
            help =
                "LoRA adapters on the same model, as name=folder; a client chooses one by its"
                    + " name.")
        @Nullable List<String> adapters,
    @Option(
            defaultValue = "127.0.0.1",
            help = "Address to listen on; 0.0.0.0 lets other machines in.")
        String host,
    @Option(defaultValue = "8000", range = "[0,65535]", help = "Port; 0 picks a free one.")
        int port,
    @Option(
            help =
                "File with the key that clients must send; the variable DPO4J_API_KEY does the"
                    + " same.")
        @Nullable String apiKeyFile,
    @Option(
            defaultValue = "8",
            range = "[1,4096]",
            help = "Maximum number of answers generated at a time.")
        int batchSize,
    @Option(
            defaultValue = "256",
            range = "[1,100000]",
            help = "Maximum number of answers that wait; beyond it clients get status 429.")
        int queueSize,
    @Option(
            defaultValue = "4194304",
            range = "[1024,1073741824]",
            help = "Maximum number of bytes in a request.")
        int maxBodyBytes,
    @Option(
            range = "[2,inf)",
            help =
                "Maximum number of tokens in prompt and answer together; the model's if left out.")
        @Nullable Integer maxModelLen,
    @Option(
            defaultValue = "30",
            range = "[0,86400]",
            help = "Seconds that running answers get to finish when the server is stopped.")
        int shutdownTimeout,
    @Option(help = "Precision") PrecisionOptions precision,
    @Option(help = "Weights in 4 or 8 bits") PackingOptions packing,
    @Option(help = "Device") DeviceOptions device)
    implements Checked {

  /** Returns the binder of the keys. */
  public static Binder<ServeOptions> binder() {
    return Binder.of(ServeOptions.class);
  }

  /** The adapters, possibly none. */
  List<String> adapterList() {
    return adapters == null ? List.of() : adapters;
  }

  @Override
  public void check(Check check) {
    for (String adapter : adapterList()) {
      if (!adapter.matches("[^=]+=.+")) {
        check.fault("adapters", "must be name=folder, but was \"" + adapter + "\"");
      }
    }
  }
}
