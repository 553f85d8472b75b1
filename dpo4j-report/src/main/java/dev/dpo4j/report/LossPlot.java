/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.ReportException;
import dev.dpo4j.report.run.RunRecord;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;

/** Draws the main curves of a run as a PNG picture; no screen is needed. */
public final class LossPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int LEFT = 76;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 36;
  private static final int LINES = 5;
  private static final Color INK = new Color(0x1b1f24);
  private static final Color SOFT = new Color(0x57606a);
  private static final Color GRID = new Color(0xd0d7de);
  private static final List<Color> COLOURS = List.of(new Color(0x0067a5), new Color(0xc2410c));
  private static final float[] DASH = {7, 4};

  /** The panels: a title and its metrics; an evaluation's line is dashed. */
  private static final List<Map.Entry<String, List<String>>> PANELS =
      List.of(
          Map.entry("loss", List.of("loss")),
          Map.entry("rewards/accuracies", List.of("rewards/accuracies")),
          Map.entry("rewards/margins", List.of("rewards/margins")),
          Map.entry("rewards", List.of("rewards/chosen", "rewards/rejected")),
          Map.entry("mean_token_accuracy", List.of("mean_token_accuracy")),
          Map.entry("grad_norm", List.of("grad_norm")));

  private LossPlot() {}

  /** A line of a panel. */
  private record Line(String label, Curve curve, Color colour, boolean eval) {}

  /**
   * Returns the picture as the bytes of a PNG file.
   *
   * @throws ReportException if nothing was logged, or the system has no fonts
   */
  public static byte[] png(RunRecord run) {
    List<List<Line>> panels = new ArrayList<>();
    List<String> titles = new ArrayList<>();
    for (Map.Entry<String, List<String>> panel : PANELS) {
      List<Line> lines = lines(run, panel.getValue());
      if (!lines.isEmpty()) {
        panels.add(lines);
        titles.add(panel.getKey());
      }
    }
    if (panels.isEmpty()) {
      throw new ReportException(run.folder() + " has no curve to draw: nothing was logged");
    }
    // Where nothing says otherwise, a machine without a screen is looked for one.
    System.setProperty("java.awt.headless", System.getProperty("java.awt.headless", "true"));
    try {
      return draw(run.name(), titles, panels);
    } catch (IOException e) {
      throw new UncheckedIOException("The picture of " + run.name() + " cannot be made: " + e, e);
    } catch (LinkageError | InternalError | NullPointerException e) {
      // A JDK for servers without fontconfig fails in the middle of its font code.
      throw new ReportException(
          "The picture of "
              + run.name()
              + " cannot be drawn: this system has no fonts for Java. Install fontconfig and a font, such as fonts-dejavu-core; report.html needs neither.",
          e);
    }
  }

  private static List<Line> lines(RunRecord run, List<String> metrics) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < metrics.size(); i++) {
      for (boolean eval : new boolean[] {false, true}) {
        String name = (eval ? "eval_" : "") + metrics.get(i);
        Curve curve = run.curves().get(name);
        if (curve != null && curve.stats().hasNumbers()) {
          lines.add(new Line(name, curve, COLOURS.get(eval && metrics.size() == 1 ? 1 : i), eval));
        }
      }
    }
    return lines;
  }

  private static byte[] draw(String title, List<String> titles, List<List<Line>> panels)
      throws IOException {
    int columns = panels.size() == 1 ? 1 : 2;
    int rows = (panels.size() + columns - 1) / columns;
    BufferedImage image =
        new BufferedImage(columns * WIDTH, rows * HEIGHT + TOP, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, image.getWidth(), image.getHeight());
      g.setColor(INK);
      g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
      g.drawString(title, LEFT, 28);
      for (int i = 0; i < panels.size(); i++) {
        Graphics2D panel =
            (Graphics2D) g.create(i % columns * WIDTH, i / columns * HEIGHT + TOP, WIDTH, HEIGHT);
        panel(panel, titles.get(i), panels.get(i));
        panel.dispose();
      }
    } finally {
      g.dispose();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  /** Maps steps and values to pixels. */
  private record Frame(double fromStep, double toStep, double low, double high) {
    static Frame of(List<Line> lines) {
      double from = Double.POSITIVE_INFINITY;
      double to = Double.NEGATIVE_INFINITY;
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      for (Line line : lines) {
        double[] steps = line.curve().steps();
        from = Math.min(from, steps[0]);
        to = Math.max(to, steps[steps.length - 1]);
        low = Math.min(low, line.curve().stats().min());
        high = Math.max(high, line.curve().stats().max());
      }
      double room = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.1, 1e-9);
      return new Frame(from, to > from ? to : from + 1, low - room, high + room);
    }

    double x(double step) {
      return LEFT + (step - fromStep) / (toStep - fromStep) * (WIDTH - LEFT - RIGHT);
    }

    double y(double value) {
      return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
    }
  }

  private static void panel(Graphics2D g, String title, List<Line> lines) {
    Frame frame = Frame.of(lines);
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
    g.setColor(INK);
    g.drawString(title, LEFT, 20);
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    for (int i = 0; i < LINES; i++) {
      double value = frame.low() + (frame.high() - frame.low()) * i / (LINES - 1);
      double step =
          Math.rint(frame.fromStep() + (frame.toStep() - frame.fromStep()) * i / (LINES - 1));
      int y = (int) frame.y(value);
      g.setColor(GRID);
      g.drawLine(LEFT, y, WIDTH - RIGHT, y);
      g.setColor(SOFT);
      right(g, number(value), LEFT - 6, y + 4);
      String text = String.format(Locale.ROOT, "%,.0f", step);
      int width = g.getFontMetrics().stringWidth(text);
      int x = (int) frame.x(step) - width / 2;
      g.drawString(text, Math.min(x, WIDTH - width - 2), HEIGHT - BOTTOM + 20);
    }
    for (Line line : lines) {
      curve(g, frame, line);
    }
    legend(g, lines);
  }

  private static void curve(Graphics2D g, Frame frame, Line line) {
    g.setColor(line.colour());
    g.setStroke(
        line.eval()
            ? new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, DASH, 0)
            : new BasicStroke(1.6f));
    double[] steps = line.curve().steps();
    double[] values = line.curve().values();
    for (int i = 0; i < steps.length; i++) {
      boolean here = !Double.isNaN(values[i]);
      if (here && i > 0 && !Double.isNaN(values[i - 1])) {
        g.drawLine(
            (int) frame.x(steps[i - 1]),
            (int) frame.y(values[i - 1]),
            (int) frame.x(steps[i]),
            (int) frame.y(values[i]));
      }
      if (here && (line.eval() || steps.length == 1)) {
        g.fillOval((int) frame.x(steps[i]) - 3, (int) frame.y(values[i]) - 3, 6, 6);
      }
    }
    g.setStroke(new BasicStroke(1));
  }

  private static void legend(Graphics2D g, List<Line> lines) {
    int x = WIDTH - RIGHT;
    for (int i = lines.size() - 1; i >= 0; i--) {
      Line line = lines.get(i);
      x -= g.getFontMetrics().stringWidth(line.label());
      g.setColor(line.colour());
      g.drawString(line.label(), x, 20);
      x -= 14;
    }
  }

  private static void right(Graphics2D g, String text, int x, int y) {
    g.drawString(text, x - g.getFontMetrics().stringWidth(text), y);
  }

  private static String number(double value) {
    double size = Math.abs(value);
    return size != 0 && (size < 1e-3 || size >= 1e5)
        ? String.format(Locale.ROOT, "%.1e", value)
        : String.format(Locale.ROOT, "%.4g", value);
  }
}
