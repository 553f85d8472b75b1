/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A small plot as SVG: points and lines of several methods over two axes. */
final class LabPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int LEFT = 56;
  private static final int RIGHT = 170;
  private static final int TOP = 16;
  private static final int BOTTOM = 44;
  private static final int TICKS = 4;

  /** Colours that differ in brightness, too. */
  private static final List<String> COLOURS =
      List.of(
          "#1b6ca8", "#0d3b66", "#d1495b", "#8d2f3d", "#edae49", "#2e8b57", "#66a182", "#777777");

  private final String xTitle;
  private final String yTitle;
  private final boolean lines;
  private final Map<String, List<List<double[]>>> series = new LinkedHashMap<>();

  LabPlot(String xTitle, String yTitle, boolean lines) {
    this.xTitle = xTitle;
    this.yTitle = yTitle;
    this.lines = lines;
  }

  /** Adds points of a method that belong together. */
  void add(String name, List<double[]> points) {
    series.computeIfAbsent(name, absent -> new ArrayList<>()).add(points);
  }

  private double bound(int axis, boolean most) {
    double bound = most ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    for (List<List<double[]>> ofName : series.values()) {
      for (List<double[]> points : ofName) {
        for (double[] point : points) {
          bound = most ? Math.max(bound, point[axis]) : Math.min(bound, point[axis]);
        }
      }
    }
    return bound;
  }

  /** The picture. */
  String svg() {
    double[] low = {bound(0, false), bound(1, false)};
    double[] high = {bound(0, true), bound(1, true)};
    for (int axis = 0; axis < 2; axis++) {
      high[axis] = high[axis] > low[axis] ? high[axis] : low[axis] + 1;
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
            .formatted(WIDTH, HEIGHT));
    axes(svg, low, high);
    int number = 0;
    for (Map.Entry<String, List<List<double[]>>> entry : series.entrySet()) {
      String colour = COLOURS.get(number % COLOURS.size());
      for (List<double[]> points : entry.getValue()) {
        draw(svg, points, colour, low, high);
      }
      int y = TOP + 14 + 18 * number++;
      svg.append(
          "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>%n"
              .formatted(WIDTH - RIGHT + 14, y - 4, colour, WIDTH - RIGHT + 24, y, entry.getKey()));
    }
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg, double[] low, double[] high) {
    svg.append(
        "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444\"/>%n"
            .formatted(LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT));
    for (int tick = 0; tick <= TICKS; tick++) {
      double x = low[0] + (high[0] - low[0]) * tick / TICKS;
      double y = low[1] + (high[1] - low[1]) * tick / TICKS;
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>%n",
              x(x, low, high),
              HEIGHT - BOTTOM + 16,
              x,
              LEFT - 6,
              y(y, low, high) + 4,
              y));
    }
    svg.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text><text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>%n"
            .formatted(
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 8,
                xTitle,
                (TOP + HEIGHT - BOTTOM) / 2,
                yTitle));
  }

  private static double x(double value, double[] low, double[] high) {
    return LEFT + (value - low[0]) / (high[0] - low[0]) * (WIDTH - RIGHT - LEFT);
  }

  private static double y(double value, double[] low, double[] high) {
    return HEIGHT - BOTTOM - (value - low[1]) / (high[1] - low[1]) * (HEIGHT - BOTTOM - TOP);
  }

  private void draw(
      StringBuilder svg, List<double[]> points, String colour, double[] low, double[] high) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      double x = x(point[0], low, high);
      double y = y(point[1], low, high);
      path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.length() == 0 ? "M" : "L", x, y));
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
              x,
              y,
              colour));
    }
    if (lines) {
      svg.append("<path d=\"%s\" fill=\"none\" stroke=\"%s\"/>%n".formatted(path, colour));
    }
  }
}
