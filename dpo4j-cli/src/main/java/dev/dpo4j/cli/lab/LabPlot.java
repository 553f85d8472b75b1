/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A small plot as SVG: the lines of several methods over two axes, with what their seeds span. */
final class LabPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 340;
  private static final int LEFT = 56;
  private static final int RIGHT = 150;
  private static final int TOP = 30;
  private static final int BOTTOM = 44;
  private static final int TICKS = 4;
  private static final int LEGEND_LINE = 18;

  private final String title;
  private final String xTitle;
  private final String yTitle;
  private final List<Line> lines = new ArrayList<>();
  private final double[] low = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
  private final double[] high = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};

  /**
   * A place of a line.
   *
   * @param x where it is
   * @param y the mean
   * @param least the least of all seeds
   * @param most the greatest of all seeds
   */
  record Place(double x, double y, double least, double most) {}

  private record Line(String name, String colour, List<Place> places) {}

  LabPlot(String title, String xTitle, String yTitle) {
    this.title = title;
    this.xTitle = xTitle;
    this.yTitle = yTitle;
  }

  /** Adds the line of a method. */
  void add(String name, String colour, List<Place> places) {
    List<Place> finite =
        places.stream()
            .filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.least() + p.most()))
            .toList();
    for (Place place : finite) {
      include(0, place.x(), place.x());
      include(1, place.least(), place.most());
    }
    lines.add(new Line(name, colour, finite));
  }

  private void include(int axis, double least, double most) {
    low[axis] = Math.min(low[axis], least);
    high[axis] = Math.max(high[axis], most);
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  private double x(double value) {
    double span = high[0] > low[0] ? high[0] - low[0] : 1;
    return LEFT + (value - low[0]) / span * (WIDTH - RIGHT - LEFT);
  }

  private double y(double value) {
    double span = high[1] > low[1] ? high[1] - low[1] : 1;
    return HEIGHT - BOTTOM - (value - low[1]) / span * (HEIGHT - BOTTOM - TOP);
  }

  /** The picture. */
  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                + "font-family=\"sans-serif\" font-size=\"12\">\n"
                + "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            WIDTH, HEIGHT, title));
    axes(svg);
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      draw(svg, line);
      int y = TOP + LEGEND_LINE * (i + 1);
      int x = WIDTH - RIGHT + 14;
      svg.append(
          format(
              "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/><text x=\"%d\""
                  + " y=\"%d\">%s</text>\n",
              x, y - 4, line.colour(), x + 10, y, line.name()));
    }
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg) {
    int bottom = HEIGHT - BOTTOM;
    svg.append(format("<text x=\"%d\" y=\"18\" font-weight=\"bold\">%s</text>\n", LEFT, title));
    svg.append(
        format(
            "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444\"/>\n",
            LEFT, TOP, bottom, WIDTH - RIGHT));
    for (int tick = 0; tick <= TICKS && !lines.isEmpty(); tick++) {
      double x = low[0] + (high[0] - low[0]) * tick / TICKS;
      double y = low[1] + (high[1] - low[1]) * tick / TICKS;
      svg.append(
          format(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
              x(x), bottom + 16, number(x), LEFT - 6, y(y) + 4, number(y)));
    }
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text><text transform=\"translate(14"
                + " %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, xTitle, (TOP + bottom) / 2, yTitle));
  }

  private static String number(double value) {
    return Math.abs(value) >= 100 ? format("%.0f", value) : format("%.2f", value);
  }

  private void draw(StringBuilder svg, Line line) {
    StringBuilder mean = new StringBuilder();
    StringBuilder there = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (Place place : line.places()) {
      double x = x(place.x());
      mean.append(format("%s%.1f %.1f", mean.length() == 0 ? "M" : "L", x, y(place.y())));
      there.append(format("%s%.1f %.1f", there.length() == 0 ? "M" : "L", x, y(place.most())));
      back.insert(0, format("L%.1f %.1f", x, y(place.least())));
      svg.append(
          format(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
              x, y(place.y()), line.colour()));
    }
    if (line.places().size() > 1) {
      svg.append(
          format(
              """
              <path d="%s%sZ" fill="%s" opacity="0.13"/>
              <path d="%s" fill="none" stroke="%s" stroke-width="1.6"/>
              """,
              there, back, line.colour(), mean, line.colour()));
    }
  }
}
