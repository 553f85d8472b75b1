/* SPDX-License-Identifier: Apache-2.0 */
package example;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.Map;

/** A Quarkus application that trains a tiny model and prints its loss as JSON. */
@QuarkusMain
public class Train implements QuarkusApplication {
  @Inject Trainer trainer;

  /** The mapper is Quarkus's: Jackson works for the application as without dpo4j. */
  @Inject ObjectMapper json;

  @Override
  public int run(String... args) throws Exception {
    System.out.println(json.writeValueAsString(Map.of("loss", trainer.train(Path.of(args[0])))));
    return 0;
  }
}
