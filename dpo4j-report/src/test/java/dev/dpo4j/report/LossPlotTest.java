/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.report.run.ReportException;
import dev.dpo4j.report.run.RunReader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossPlotTest {
  @TempDir Path folder;

  @Test
  void theMainCurvesAreDrawnAsAPicture() throws IOException {
    byte[] png = LossPlot.png(RunReader.read(Runs.whole(folder.resolve("run"), 2, 1)));
    Files.createDirectories(Path.of("target", "screenshots"));
    Files.write(Path.of("target", "screenshots", "loss-plot.png"), png);
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getWidth()).isGreaterThan(1000);
    int blue = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        blue += (image.getRGB(x, y) & 0xffffff) == 0x0067a5 ? 1 : 0;
      }
    }
    // A curve that crosses a panel has at least a pixel in each of its columns.
    assertThat(blue).isGreaterThan(500);
  }

  @Test
  void aRunWithoutACurveHasNoPicture() throws IOException {
    Files.writeString(folder.resolve("metrics.jsonl"), "");
    assertThatThrownBy(() -> LossPlot.png(RunReader.read(folder)))
        .isInstanceOf(ReportException.class)
        .hasMessageContaining("nothing was logged");
  }
}
