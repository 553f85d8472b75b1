/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/** The page in a real browser, by keyboard. */
@Tag("heavy")
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one browser for all
class LabelPageTest {
  private static final String ENGLISH = "en-US,en";
  private Browser browser;
  private Path folder;
  private LabelServer server;

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
  void look(@TempDir Path fresh) {
    folder = fresh;
    browser.look(1280, 800, 1, false, ENGLISH);
  }

  @AfterEach
  void closeServer() throws IOException {
    if (server != null) {
      server.close();
    }
    browser.open("about:blank");
    browser.complaints();
  }

  private Path decisions() {
    return folder.resolve("decisions.jsonl");
  }

  private List<Decision> written() {
    return DecisionFile.read(decisions(), true).decisions();
  }

  private void serve(Path rows, String... flags) throws IOException {
    Map<String, String> map =
        new HashMap<>(Map.of("dataset_name", rows.toString(), "output", decisions().toString()));
    for (int i = 0; i < flags.length; i += 2) {
      map.put(flags[i], flags[i + 1]);
    }
    server = LabelServer.start(Samples.options(map));
    browser.open(server.address().toString());
  }

  private void untilQuestion(int number) {
    browser.untilText("progress-text", number + " of ");
    browser.until(
        "document.activeElement.id === 'prompt-title' && !document.body.matches('.busy')");
  }

  @Test
  void aPersonLabelsByKeyboardAlone() throws IOException {
    serve(Samples.rows(folder, 6));
    browser.until("document.activeElement.id === 'name'");
    browser.press("  李雷  2 ");
    browser.pressEnter();
    untilQuestion(0);
    browser.press(Keys.ARROW_LEFT);
    untilQuestion(1);
    browser.press(Keys.ARROW_RIGHT);
    untilQuestion(2);
    browser.press("t");
    untilQuestion(3);
    browser.press("b");
    untilQuestion(4);
    browser.press("s");
    untilQuestion(5);
    browser.press("u");
    untilQuestion(4);
    assertThat(browser.text("status")).isEqualTo("Taken back: Skip. Decide again.");
    browser.press("T");
    untilQuestion(5);
    browser.press(Keys.ARROW_LEFT);
    browser.until("document.activeElement.id === 'done-title'");
    assertThat(browser.text("done")).contains("Nothing is left for you");
    assertThat(written())
        .extracting(Decision::choice)
        .containsExactly(
            Choice.LEFT, Choice.RIGHT, Choice.TIE, Choice.BOTH_BAD, Choice.TIE, Choice.LEFT);
    assertThat(written()).extracting(Decision::annotator).containsOnly("李雷 2");
    assertThat(written()).extracting(Decision::seconds).allMatch(seconds -> seconds >= 0);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aReasonIsWrittenWithoutDecidingAndTagsAreSwitchedByDigits() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    browser.press("r");
    browser.press("both best: str & <b> 好");
    browser.press(Keys.ARROW_LEFT);
    assertThat(written()).isEmpty();
    browser.press(Keys.ESCAPE);
    browser.press("1", "3", "3", "5", "9");
    browser.press(Keys.ARROW_RIGHT);
    untilQuestion(1);
    assertThat(written().get(0).reason()).isEqualTo("both best: str & <b> 好");
    assertThat(written().get(0).tags()).containsExactly("accuracy", "style");
    assertThat(browser.run("return document.getElementById('reason').value")).isEqualTo("");
    browser.press("u");
    untilQuestion(0);
    assertThat(browser.run("return document.getElementById('reason').value"))
        .isEqualTo("both best: str & <b> 好");
    assertThat(browser.run("return document.querySelectorAll('[aria-pressed=true]').length"))
        .isEqualTo(2L);
  }

  @Test
  void keysDoNothingWhileTheyAreSwitchedOffOrHeldWithAnother() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    browser.press(Keys.chord(Keys.CONTROL, "b"));
    browser.click("shortcuts");
    browser.run("document.getElementById('prompt-title').focus()");
    browser.press("t");
    assertThat(written()).isEmpty();
    browser.click("shortcuts");
    browser.press("t");
    untilQuestion(1);
    assertThat(written()).hasSize(1);
  }

  @Test
  void theButtonsDoWhatTheKeysDo() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    browser.run("document.querySelector('[data-choice=both_bad]').click()");
    untilQuestion(1);
    browser.click("undo");
    untilQuestion(0);
    assertThat(written()).isEmpty();
  }

  @Test
  void aScriptInAnAnswerDoesNotRunAndNothingIsLoadedFromElsewhere() throws IOException {
    Path rows =
        Files.writeString(
            folder.resolve("attack.jsonl"),
            """
            {"prompt": "<script>window.pwned = 1</script>", "answers": ["<img src=x onerror='window.pwned = 2'> ![p](http://127.0.0.1:9/pixel.png)", "<svg onload='window.pwned = 3'></svg>\\n\\n[x](javascript:window.pwned=4)"]}
            """);
    serve(rows, "annotator", "ann");
    untilQuestion(0);
    assertThat(browser.page()).contains("<script>window.pwned = 1</script>", "onload=");
    // Even what got into the page by other means would be stopped by the policy.
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.pwned = 5';"
            + "document.body.append(s);"
            + "const d = document.createElement('div');"
            + "d.innerHTML = '<img src=/none onerror=\"window.pwned = 6\">';"
            + "document.body.append(d)");
    assertThat(browser.complaints()).anyMatch(text -> text.contains("Content Security Policy"));
    assertThat(browser.run("return window.pwned")).isNull();
    assertThat(
            browser.run(
                "return performance.getEntriesByType('resource').filter(r => !r.name.startsWith(location.origin)).length"))
        .isEqualTo(0L);
  }

  @Test
  void theTokenLeavesTheAddressAndTheCookieKeepsTheDoorOpen() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    String bare = browser.address();
    assertThat(bare).doesNotContain("token");
    assertThat(browser.run("return document.cookie")).isEqualTo("");
    browser.open(bare);
    untilQuestion(0);
    browser.forget();
    browser.open(bare);
    assertThat(browser.page()).contains("The token is missing or wrong");
  }

  @Test
  void thePageSpeaksTheLanguageOfTheBrowserAndTheOneThatIsChosen() throws IOException {
    browser.look(1280, 800, 1, false, "zh-CN,zh");
    serve(Samples.rows(folder, 2), "annotator", "ann");
    browser.untilText("progress-text", "0 / 2");
    assertThat(browser.page()).contains("偏好标注", "A 更好", "都不好").doesNotContain("Tie");
    assertThat(browser.run("return document.documentElement.lang")).isEqualTo("zh-Hans");
    browser.click("language");
    assertThat(browser.page()).contains("A is better", "Both bad").doesNotContain("更好");
    browser.open(browser.address());
    browser.untilText("progress-text", "0 of 2");
  }

  @Test
  void aServerThatIsGoneIsToldAndNothingIsShownAsSaved() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    server.close();
    browser.press(Keys.ARROW_LEFT);
    browser.untilText("error", "The server does not answer");
    assertThat(browser.text("progress-text")).isEqualTo("0 of 2");
    assertThat(written()).isEmpty();
  }

  @Test
  void aScreenReaderIsToldWhatHappenedAndEverythingHasAName() throws IOException {
    serve(Samples.rows(folder, 2), "annotator", "ann");
    untilQuestion(0);
    browser.press(Keys.ARROW_LEFT);
    untilQuestion(1);
    assertThat(browser.run("return document.getElementById('status').getAttribute('role')"))
        .isEqualTo("status");
    assertThat(browser.text("status")).isEqualTo("Saved: A is better.");
    assertThat(
            browser.run(
                "return [...document.querySelectorAll('button, a, input, textarea')].filter(e =>"
                    + " e.offsetParent !== null && !e.textContent.trim() && !e.ariaLabel"
                    + " && !(e.labels && e.labels.length)).map(e => e.outerHTML)"))
        .isEqualTo(List.of());
  }

  @Test
  void onAPhoneNothingIsWiderThanTheScreen() throws IOException {
    Path rows =
        Files.writeString(
            folder.resolve("wide.jsonl"),
            "{\"prompt\": \"%s\", \"answers\": [\"```\\n%s\\n```\", \"| a | b |\\n|--|--|\\n| %s | %s |\"]}\n"
                .formatted("word".repeat(60), "code ".repeat(60), "x".repeat(80), "y ".repeat(80)));
    browser.look(360, 740, 1, false, ENGLISH);
    serve(rows, "annotator", "ann");
    untilQuestion(0);
    assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo(360L);
  }

  /** Pictures for the documentation, to be looked at by a person; see docs/how-to. */
  @Test
  void thePageIsDrawn() throws IOException {
    Path rows = Path.of("src/test/resources/label-rows.jsonl");
    serve(rows, "annotator", "ann", "overlap", "2");
    untilQuestion(0);
    browser.press("1");
    browser.press("3");
    browser.screenshot("label-desktop");
    browser.look(390, 844, 1.5, false, ENGLISH);
    browser.open(browser.address());
    untilQuestion(0);
    browser.screenshot("label-phone");
    browser.look(1280, 800, 1, true, ENGLISH);
    browser.open(browser.address());
    untilQuestion(0);
    browser.press(Keys.ARROW_LEFT);
    untilQuestion(1);
    browser.screenshot("label-dark");
    browser.press(Keys.ARROW_RIGHT);
    browser.look(1280, 800, 1, false, "zh-CN,zh");
    browser.open(browser.address());
    browser.untilText("progress-text", "2 / ");
    browser.screenshot("label-chinese");
    assertThat(Path.of("target/screenshots/label-chinese.png")).isNotEmptyFile();
  }

  @Test
  void theSummaryShowsAnnotatorsAndTheirAgreement() throws IOException {
    String gold = Samples.gold(folder, 1).toString();
    serve(Samples.rows(folder, 4), "overlap", "2", "gold", gold, "gold_every", "2");
    for (String name : List.of("ann", "bob")) {
      browser.until("document.activeElement.id === 'name'");
      browser.press(name);
      browser.pressEnter();
      for (int question = 0; question < 5; question++) {
        untilQuestion(question);
        browser.press(question == 4 && name.equals("bob") ? "b" : "t");
      }
      browser.until("document.activeElement.id === 'done-title'");
      browser.click("who");
    }
    browser.open(browser.address() + "summary");
    browser.untilText("pairs", "ann, bob");
    assertThat(browser.text("facts")).contains("Rows finished\n4");
    assertThat(browser.text("annotators")).contains("0 / 1");
    assertThat(browser.text("agreement")).contains("Same verdict\n75 %");
    // Observed 3/4; expected 1 * 3/4, as one of both said the same of all rows.
    assertThat(browser.text("pairs")).contains("ann, bob 4 75 % 0.000");
    browser.screenshot("label-summary");
    assertThat(browser.complaints()).isEmpty();
  }
}
