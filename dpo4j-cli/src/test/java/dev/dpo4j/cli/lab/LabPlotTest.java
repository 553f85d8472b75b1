/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class LabPlotTest {
  private static Document parse(LabPlot plot) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(plot.svg())));
  }

  @Test
  void aLineHasItsPointsItsBandAndItsNameInTheLegend() throws Exception {
    LabPlot plot = new LabPlot("Title", "x", "y");
    plot.add(
        "DPO", "#d1495b", List.of(new LabPlot.Place(0, 1, 0, 2), new LabPlot.Place(1, 3, 2, 4)));

    Document svg = parse(plot);

    // One for the legend, and one for each place.
    assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(3);
    // The axes, the band and the line.
    assertThat(svg.getElementsByTagName("path").getLength()).isEqualTo(3);
    assertThat(svg.getDocumentElement().getTextContent()).contains("Title", "DPO");
  }

  @Test
  void theLeastAndTheGreatestOfTheSeedsLieOnTheEdges() {
    LabPlot plot = new LabPlot("Title", "x", "y");
    plot.add(
        "DPO", "#d1495b", List.of(new LabPlot.Place(0, 1, 0, 2), new LabPlot.Place(1, 1, 0, 2)));

    assertThat(plot.svg()).contains("M56.0 30.0L490.0 30.0L490.0 296.0L56.0 296.0Z");
  }

  @Test
  void aPlaceThatIsNoNumberIsLeftOut() throws Exception {
    LabPlot plot = new LabPlot("Title", "x", "y");
    plot.add(
        "DPO",
        "#d1495b",
        List.of(new LabPlot.Place(0, 1, 1, 1), new LabPlot.Place(1, Double.NaN, Double.NaN, 1)));

    assertThat(parse(plot).getElementsByTagName("circle").getLength()).isEqualTo(2);
    assertThat(plot.svg()).doesNotContain("NaN");
  }
}
