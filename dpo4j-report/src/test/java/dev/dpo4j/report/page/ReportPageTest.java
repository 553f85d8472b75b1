/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.report.RunReport;
import dev.dpo4j.report.Runs;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The pages in a real browser, opened from a file. */
class ReportPageTest {
  private static final String DRAWN =
      "document.querySelectorAll('.chart').length > 0 && document.querySelectorAll('.chart').length === document.querySelectorAll('.chart canvas').length";

  @TempDir static Path shared;

  private static Browser browser;
  private static Path run;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    browser = Browser.start("en-US");
    run = Runs.whole(shared.resolve("beta-0.2"), 2, 1);
    RunReport.write(run);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static void open(Path page) {
    browser.complaints();
    browser.network();
    browser.open(page);
    browser.until(DRAWN);
  }

  private static Path page() {
    return run.resolve("report.html");
  }

  private static int tall() {
    Object height = browser.run("return document.documentElement.scrollHeight");
    return ((Number) height).intValue();
  }

  private static void picture(String name, int width, double scale, boolean dark)
      throws IOException {
    browser.look(width, tall(), scale, dark, "");
    browser.until(DRAWN);
    browser.screenshot(name);
  }

  @Test
  void thePageShowsCurvesWarningsDataSamplesAndConfiguration() throws IOException {
    browser.look(1280, 900, 1, false, "");
    open(page());
    assertThat(browser.text("body"))
        .contains("beta-0.2", "finished", "displacement", "prompt reaches max_length")
        .contains("3, 14, 15", "Reward accuracy", "0.2", "1 h 2 min")
        .contains("<b>one part rice</b>");
    assertThat(browser.run("return document.querySelectorAll('ins').length")).isNotEqualTo(0L);
    assertThat(browser.complaints()).isEmpty();
    picture("report-desktop", 1280, 1, false);
  }

  @Test
  void nothingIsRequestedFromElsewhere() throws IOException {
    open(page());
    List<String> requests = browser.network();
    assertThat(requests).isNotEmpty();
    assertThat(requests)
        .allSatisfy(
            request -> assertThat(request).containsPattern("\"url\":\"(file:///|data:|blob:)"));
    // What could be requested later, by a click or another browser.
    assertThat(Files.readString(page()))
        .doesNotContainPattern("(?i)(src|href)\\s*=\\s*[\"']?(https?:)?//")
        .doesNotContainPattern("(?i)@import|(?<![a-z])url\\((?!data:|#)")
        .doesNotContainPattern("\\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\\b")
        .contains("default-src 'none'");
  }

  @Test
  void aPhoneShowsThePageWithoutScrollingSideways() throws IOException {
    browser.look(390, 844, 2, false, "");
    open(page());
    assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo(390L);
    picture("report-phone", 390, 1, false);
  }

  @Test
  void theColoursFollowTheSystemAndTheButton() throws IOException {
    browser.look(1280, 900, 1, true, "");
    open(page());
    String back = "return getComputedStyle(document.body).backgroundColor";
    assertThat(browser.run(back)).isEqualTo("rgb(15, 18, 22)");
    picture("report-dark", 1280, 1, true);
    browser.click("#theme");
    assertThat(browser.run(back)).isEqualTo("rgb(244, 245, 247)");
    browser.run("localStorage.clear()");
  }

  @Test
  void thePageSpeaksChineseAndGoesBackToEnglish() throws IOException {
    Path chinese = folder.resolve("zh.html");
    RunReport.write(List.of(run), chinese, "zh");
    browser.look(1280, 900, 1, false, "");
    open(chinese);
    assertThat(browser.text("body")).contains("奖励准确率", "已完成", "与默认值不同的选项");
    assertThat(browser.run("return document.documentElement.lang")).isEqualTo("zh-Hans");
    picture("report-chinese", 1280, 1, false);
    browser.click("#language");
    assertThat(browser.text("body")).contains("Reward accuracy", "finished");
    browser.run("localStorage.clear()");
  }

  @Test
  void paperIsWhiteAndHasAllCurves() throws IOException {
    browser.look(1280, 900, 1, true, "");
    open(page());
    assertThat(browser.print("report-print").length).isGreaterThan(50_000);
    browser.look(1000, 900, 1, true, "print");
    browser.until("document.documentElement.dataset.theme === 'light'");
    assertThat(browser.run("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(255, 255, 255)");
    picturePrinted();
    browser.look(1280, 900, 1, true, "");
    browser.until("document.documentElement.dataset.theme === 'dark'");
  }

  private static void picturePrinted() throws IOException {
    browser.look(1000, tall(), 1, true, "print");
    browser.screenshot("report-print");
  }

  @Test
  void aCurveIsReadByKeyboard() {
    browser.look(1280, 900, 1, false, "");
    open(page());
    browser.run("document.querySelector('#chart-loss .plot').focus()");
    browser.press(Keys.HOME);
    assertThat(browser.text("#chart-loss-facts")).startsWith("step 1; loss 0.");
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
    assertThat(browser.text("#chart-loss-facts")).startsWith("step 3; loss 0.");
    browser.press(Keys.END);
    assertThat(browser.text("#chart-loss-facts")).startsWith("step 200;");
    browser.press("+");
    Object zoomed = browser.run("return dpo4jReport.drawn.get('loss').scales.x.min");
    assertThat(((Number) zoomed).doubleValue()).isGreaterThan(50);
    browser.press("0", Keys.ESCAPE);
    assertThat(browser.text("#chart-loss-facts")).startsWith("loss: lowest");
  }

  @Test
  void aPlotIsSavedAsAPictureThatCanBeScaled() {
    browser.look(1280, 900, 1, false, "");
    open(page());
    String svg = "dpo4jReport.svg(dpo4jReport.charts.find((c) => c.id === 'loss')).text";
    browser.run("window.saved = new DOMParser().parseFromString(" + svg + ", 'image/svg+xml')");
    assertThat(browser.run("return saved.querySelector('parsererror') === null"))
        .isEqualTo(Boolean.TRUE);
    assertThat(String.valueOf(browser.run("return saved.documentElement.textContent")))
        .contains("Loss", "loss", "eval_loss");
    Object longest =
        browser.run(
            "return Math.max(...[...saved.querySelectorAll('g path')].map((p) => p.getAttribute('d').split('L').length))");
    // All 200 points of the curve of training.
    assertThat(longest).isEqualTo(200L);
    assertThat(String.valueOf(browser.run("return " + svg))).doesNotContain("undefined", "NaN");
    // The picture of pixels is made of it.
    assertThat(
            browser.runAsync(
                "const done = arguments[arguments.length - 1]; HTMLAnchorElement.prototype.click = function () { done(this.download); }; document.querySelector('#chart-loss [data-save=png]').click()"))
        .isEqualTo("loss.png");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void everyoneCanUseThePage() throws IOException {
    for (boolean dark : new boolean[] {false, true}) {
      browser.look(1280, 900, 1, dark, "");
      open(page());
      assertThat(violations()).as("dark: %s", dark).isEmpty();
    }
  }

  /** What axe finds that is serious. */
  private static List<?> violations() throws IOException {
    browser.run(axe());
    Object found =
        browser.runAsync(
            "const done = arguments[arguments.length - 1]; axe.run().then((result) => done(result.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | '))))");
    return (List<?>) Objects.requireNonNull(found);
  }

  private static String axe() throws IOException {
    Properties pom = new Properties();
    try (InputStream in = resource("/META-INF/maven/org.webjars.npm/axe-core/pom.properties")) {
      pom.load(in);
    }
    String version = pom.getProperty("version");
    try (InputStream in =
        resource("/META-INF/resources/webjars/axe-core/" + version + "/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(ReportPageTest.class.getResourceAsStream(name), name);
  }

  @Test
  void severalRunsAreLaidOverEachOtherWithWhatDiffers() throws IOException {
    Path other = Runs.whole(folder.resolve("beta-0.1"), 1, 2);
    Path page = folder.resolve("comparison.html");
    RunReport.write(List.of(run, other), page, "en");
    browser.look(1280, 900, 1, false, "");
    open(page);
    assertThat(browser.text("body"))
        .contains("Comparison of runs", "different data", "Options that differ", "beta");
    assertThat(browser.run("return dpo4jReport.charts.find((c) => c.id === 'loss').lines.length"))
        .isEqualTo(4L);
    assertThat(browser.complaints()).isEmpty();
    assertThat(violations()).isEmpty();
    picture("report-comparison", 1280, 1, false);
  }

  @Test
  void aRunThatDivergedAndWasKilledIsShownAsFarAsItGot() throws IOException {
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        "{\"step\": 1, \"loss\": 0.7}\n{\"step\": 2, \"loss\": \"NaN\"}\n{\"step\": 3, \"lo");
    Files.writeString(
        folder.resolve("events.jsonl"), "{\"event\": \"start\", \"step\": 0, \"max_steps\": 9}\n");
    RunReport.write(folder);
    open(folder.resolve("report.html"));
    assertThat(browser.text("body"))
        .contains("killed or crashed", "no finite number", "first at step 2", "not whole");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aRunWithoutAnyMetricHasAPageThatSaysSo() throws IOException {
    Files.writeString(folder.resolve("metrics.jsonl"), "");
    RunReport.write(folder);
    browser.complaints();
    browser.open(folder.resolve("report.html"));
    assertThat(browser.text("body")).contains("No metric was logged.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aTextOfTheRunIsNeverMarkup() throws IOException {
    String evil = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 2'>";
    String json = evil.replace("\"", "\\\"");
    Files.writeString(
        folder.resolve("metrics.jsonl"), "{\"step\": 1, \"loss\": 1, \"" + json + "\": 2}\n");
    Files.writeString(
        folder.resolve("events.jsonl"),
        "{\"event\": \"warning\", \"name\": \"" + json + "\", \"message\": \"" + json + "\"}\n");
    Files.writeString(folder.resolve("config.yaml"), "beta: " + evil + "\n");
    Files.writeString(
        folder.resolve("completions.jsonl"),
        "{\"step\": 1, \"prompt\": \"%s\", \"reference\": \"a\", \"policy\": \"%s\"}\n"
            .formatted(json, json));
    RunReport.write(folder);
    open(folder.resolve("report.html"));
    assertThat(browser.run("return window.evil === undefined")).isEqualTo(Boolean.TRUE);
    assertThat(browser.text("body")).contains("<img src=x");
  }

  @Test
  void aMillionPointsStaySmallAndKeepTheirPeaks() throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("metrics.jsonl"))) {
      for (int step = 1; step <= 100_000; step++) {
        StringBuilder line = new StringBuilder("{\"step\": ").append(step);
        for (String metric :
            List.of(
                "loss",
                "grad_norm",
                "kl",
                "entropy",
                "rewards/margins",
                "rewards/accuracies",
                "rewards/chosen",
                "rewards/rejected",
                "logps/chosen",
                "own")) {
          double value = step == 77_777 ? 99 : Math.sin(step * 0.001 + metric.length());
          line.append(String.format(Locale.ROOT, ", \"%s\": %.6f", metric, value));
        }
        out.append(line).append("}\n");
      }
    }
    RunReport.write(folder);
    Path page = folder.resolve("report.html");
    assertThat(Files.size(page)).isLessThan(5L << 20);
    browser.look(1280, 900, 1, false, "");
    open(page);
    assertThat(
            browser.run(
                "return dpo4jReport.charts.every((c) => c.lines.every((l) => l.y[l.x.indexOf(77777)] === 99))"))
        .isEqualTo(Boolean.TRUE);
    Object time =
        browser.run("return Math.round(performance.getEntriesByType('navigation')[0].domComplete)");
    Files.createDirectories(Path.of("target", "screenshots"));
    Files.writeString(
        Path.of("target", "screenshots", "million.json"),
        Map.of("bytes", Files.size(page), "domCompleteMillis", time).toString());
  }
}
