/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.io.RunRequest;
import dev.dpo4j.studio.label.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The pages of the studio in a real browser, while runs grow. */
@Tag("heavy")
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one browser for all
class StudioPageTest {
  private static final String ENGLISH = "en-US,en";
  private static final String LOSS = "dpo4jReport.charts.find((c) => c.id === 'loss').lines[0].x";

  private Browser browser;
  private Path root;
  private Path run;
  private OwnerLock lock;
  private RunStudio studio;

  @BeforeAll
  void startBrowser() {
    browser = Browser.start();
  }

  @AfterAll
  void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void serve(@TempDir Path fresh) throws IOException {
    root = fresh;
    run = MadeRuns.begin(root.resolve("alive"), 60);
    lock = OwnerLock.ofFolder(run);
    MadeRuns.end(MadeRuns.begin(root.resolve("done"), 60), "finished");
    look(1280, false, ENGLISH);
    studio =
        RunStudio.start(new StudioOptions(root.toString(), 0, false, null), MadeRuns.setup(null));
    browser.open(studio.address().toString());
    browser.run("localStorage.clear()");
  }

  @AfterEach
  void close() throws IOException {
    browser.open("about:blank");
    browser.complaints();
    studio.close();
    lock.close();
  }

  private void look(int width, boolean dark, String language) {
    browser.look(width, 900, 1, dark, language);
  }

  private void open(String path) {
    browser.open(studio.address().resolve(path).toString());
  }

  private void openRun() {
    open("/run?run=alive");
    browser.until(LOSS + ".length === 60");
  }

  @Test
  void theListChangesWhileSomebodyLooks() throws IOException {
    assertThat(browser.address()).doesNotContain("token");
    assertThat(browser.text("list")).contains("alive", "running", "60 / 500", "done", "finished");
    browser.run("document.querySelector('input[value=alive]').click()");
    MadeRuns.steps(run, 61, 75);
    browser.untilText("list", "75 / 500");
    MadeRuns.begin(root.resolve("new"), 2);
    browser.untilText("list", "new");
    MadeRuns.add(run, "metrics.jsonl", "{\"step\": 76, \"loss\": \"NaN\"}\n");
    browser.untilText("list", "diverging");
    assertThat(browser.run("return document.querySelectorAll('input:checked').length"))
        .as("boxes that were chosen before")
        .isEqualTo(1L);
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.violations()).isEmpty();
    browser.screenshot("studio-list");
  }

  @Test
  void curvesSamplesAndWarningsGrowWhileSomebodyLooks() throws IOException {
    openRun();
    MadeRuns.steps(run, 61, 90);
    browser.until(LOSS + ".length === 90");
    browser.untilText("now", "90 / 500");
    MadeRuns.add(
        run,
        "metrics.jsonl",
        "{\"step\": 91, \"loss\": 0.5, \"kl\": 1.5}\n{\"step\": 92, \"eval_loss\": 0.6}\n");
    browser.until("document.getElementById('chart-kl') !== null");
    MadeRuns.add(
        run,
        "completions.jsonl",
        "{\"step\": 90, \"prompt\": \"How?\", \"reference\": \"No idea\", \"policy\": \"Like <b>this</b>\"}\n");
    browser.untilText("more", "Like <b>this</b>");
    MadeRuns.add(
        run,
        "events.jsonl",
        "{\"event\": \"warning\", \"name\": \"displacement\", \"message\": \"look at it\"}\n");
    browser.untilText("now", "look at it");
    MadeRuns.end(run, "finished");
    browser.untilText("about", "finished");
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.violations()).isEmpty();
    browser.screenshot("studio-run");
  }

  @Test
  void aRunThatGoesOnFromACheckpointIsShownAnew() throws IOException {
    openRun();
    Files.delete(run.resolve("metrics.jsonl"));
    MadeRuns.steps(run, 1, 20);
    browser.until(LOSS + ".length === 20");
    MadeRuns.steps(run, 21, 25);
    browser.until(LOSS + ".length === 25");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aZoomStaysWhenPointsCome() throws IOException {
    openRun();
    browser.run("dpo4jReport.drawn.get('loss').setScale('x', {min: 10, max: 20})");
    MadeRuns.steps(run, 61, 64);
    browser.until(LOSS + ".length === 64");
    browser.untilText("now", "64 / 500");
    assertThat(browser.run("return dpo4jReport.drawn.get('loss').scales.x.max")).isEqualTo(20L);
    // A plot that nobody has touched shows all.
    browser.until("dpo4jReport.drawn.get('grad_norm').scales.x.max >= 64");
  }

  @Test
  void theButtonsAskTheRun() throws IOException {
    openRun();
    browser.clickOn("[data-post='/api/checkpoint']");
    browser.untilText("said", "Asked");
    assertThat(RunRequest.CHECKPOINT.take(run)).isTrue();
    browser.run("document.querySelector(\"[data-post='/api/stop']\").focus()");
    browser.press(Keys.ENTER);
    browser.agree();
    browser.untilText("tools", "Asked to stop");
    assertThat(RunRequest.STOP.isPending(run)).isTrue();
    browser.screenshot("studio-asked");
  }

  @Test
  void runsAreChosenAndCompared() throws IOException {
    browser.run("document.querySelector('input[value=alive]').click()");
    browser.run("document.querySelector('input[value=done]').click()");
    browser.click("compare-button");
    browser.until("location.pathname === '/compare' && window.dpo4jReport");
    assertThat(browser.page()).contains("Comparison of runs", "alive", "done");
    assertThat(browser.run("return dpo4jReport.charts.find((c) => c.id === 'loss').lines.length"))
        .isEqualTo(2L);
    assertThat(browser.violations()).isEmpty();
  }

  @Test
  void theStudioGoesAndComesAgain() throws IOException {
    openRun();
    int port = studio.address().getPort();
    studio.close();
    browser.until("!document.getElementById('lost').hidden");
    assertThat(browser.text("lost")).contains("The studio does not answer");
    String token = studio.address().getQuery().substring("token=".length());
    MadeRuns.steps(run, 61, 66);
    // With the same token the open page goes on by itself.
    studio =
        RunStudio.start(
            new StudioOptions(root.toString(), port, false, null), MadeRuns.setup(token));
    browser.until(LOSS + ".length === 66");
    browser.until("document.getElementById('lost').hidden");
  }

  @Test
  void aPhoneShowsBothPagesWithoutScrollingSideways() throws IOException {
    look(390, false, ENGLISH);
    open("/");
    browser.untilText("list", "alive");
    String width = "return document.documentElement.scrollWidth";
    assertThat(browser.run(width)).isEqualTo(390L);
    browser.screenshot("studio-list-phone");
    openRun();
    assertThat(browser.run(width)).isEqualTo(390L);
    browser.screenshot("studio-run-phone");
  }

  @Test
  void thePagesSpeakChineseAndAreDark() throws IOException {
    look(1280, true, "zh-CN,zh");
    open("/");
    browser.untilText("list", "运行中");
    MadeRuns.steps(run, 61, 62);
    browser.untilText("list", "62 / 500");
    assertThat(browser.text("list")).contains("运行中", "已完成").doesNotContain("running");
    assertThat(browser.run("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(15, 18, 22)");
    assertThat(browser.violations()).isEmpty();
    browser.screenshot("studio-list-chinese");
    open("/run?run=alive");
    browser.until(LOSS + ".length === 62");
    assertThat(browser.text("tools")).contains("停止并保存");
    assertThat(browser.violations()).isEmpty();
    browser.screenshot("studio-run-chinese");
  }

  @Test
  void aRunIsStartedFromTheForm() throws IOException {
    open("/new");
    browser.until("document.getElementById('f-beta') !== null && window.dpo4jPage");
    assertThat(browser.violations()).isEmpty();
    browser.run("document.getElementById('f-beta').focus()");
    browser.press("-2");
    browser.click("check");
    browser.until("document.getElementById('e-beta').textContent !== ''");
    assertThat(browser.run("return document.activeElement.id")).isEqualTo("f-name");
    browser.press("from the form");
    browser.run("document.getElementById('f-model_name_or_path').value = 'm'");
    browser.run("document.getElementById('f-dataset_name').value = 'd'");
    browser.run("document.getElementById('f-beta').value = '0.4'");
    browser.click("check");
    browser.untilText("draft-yaml", "beta: 0.4");
    assertThat(browser.text("draft-command")).startsWith("./dpo4j dpo --");
    browser.screenshot("studio-form");
    browser.click("start");
    browser.until("location.pathname === '/run'");
    browser.untilText("start-part", "exit code 3");
    assertThat(browser.text("start-part")).contains("started dpo --config");
    assertThat(browser.violations()).isEmpty();
    // A run folder appears: the page becomes that of the run.
    MadeRuns.begin(root.resolve("from the form"), 5);
    browser.until("window.dpo4jReport && " + LOSS + ".length === 5");
  }

  @Test
  void dataAndFormFitOnAPhone() throws IOException {
    Files.writeString(
        root.resolve("pairs.jsonl"),
        "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\n");
    look(390, true, "zh-CN,zh");
    for (String path : new String[] {"/data", "/new"}) {
      open(path);
      browser.until("window.dpo4jPage");
      assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo(390L);
      assertThat(browser.violations()).as(path).isEmpty();
      browser.screenshot("studio" + path.replace('/', '-') + "-phone");
    }
    browser.complaints(); // Those of axe itself.
    open("/doctor?file=pairs.jsonl");
    assertThat(browser.page()).contains("pairs.jsonl");
    assertThat(browser.complaints()).isEmpty();
  }
}
