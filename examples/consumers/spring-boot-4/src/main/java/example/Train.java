/* SPDX-License-Identifier: Apache-2.0 */
package example;

import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;

/** A Spring Boot application that trains a tiny model and prints its loss as JSON. */
@SpringBootApplication
public class Train {
  public static void main(String[] args) {
    SpringApplication.run(Train.class, args);
  }

  /** The mapper is Spring's: Jackson works for the application as without dpo4j. */
  @Bean
  CommandLineRunner training(Trainer trainer, JsonMapper json) {
    return args ->
        System.out.println(
            json.writeValueAsString(Map.of("loss", trainer.train(Path.of(args[0])))));
  }
}
