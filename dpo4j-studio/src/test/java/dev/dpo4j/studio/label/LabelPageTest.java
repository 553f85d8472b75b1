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
@Timeout(900)
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
    browser.press("a");
    untilQuestion(1);
    browser.press("B");
    untilQuestion(2);
    browser.press("t");
    untilQuestion(3);
    browser.press("n");
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
    assertThat(browser.page()).contains("A is better", "Neither is good").doesNotContain("更好");
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

  /** Rows with as many answers as are asked for. */
  private Path several(int answers) throws IOException {
    StringBuilder row = new StringBuilder("{\"prompt\": \"Which one?\", \"answers\": [");
    for (int i = 0; i < answers; i++) {
      row.append(i == 0 ? "" : ", ").append("\"answer number ").append(i).append("\"");
    }
    return Files.writeString(folder.resolve("several.jsonl"), (row + "]}\n").repeat(2));
  }

  @Test
  void ofSeveralAnswersTheBestAndTheWorstAreNamedByTheirLetters() throws IOException {
    serve(several(4), "annotator", "ann");
    untilQuestion(0);
    assertThat(browser.text("task")).contains("the best answer");
    browser.press("c");
    assertThat(browser.text("task")).contains("the worst answer");
    assertThat(browser.text("card-2")).contains("best");
    browser.press(Keys.ESCAPE);
    assertThat(browser.text("task")).contains("the best answer");
    browser.press("D", "a");
    untilQuestion(1);
    Decision decision = written().get(0);
    assertThat(decision.choice()).isEqualTo(Choice.RANKED);
    assertThat(decision.ranking().get(0)).containsExactly(decision.order().get(3));
    assertThat(decision.ranking().get(1)).hasSize(2);
    assertThat(decision.ranking().get(2)).containsExactly(decision.order().get(0));
    browser.press("n");
    browser.until("document.activeElement.id === 'done-title'");
    browser.press("u");
    untilQuestion(1);
    assertThat(browser.text("status")).isEqualTo("Taken back: None is good. Decide again.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aFullRankingTakesTheLettersFromBestToWorst() throws IOException {
    serve(several(6), "annotator", "ann", "ranking", "true");
    untilQuestion(0);
    browser.press("f", "a", "c", "c", "e");
    assertThat(browser.text("task")).contains("rank 5 of 6");
    browser.press("b");
    untilQuestion(1);
    Decision decision = written().get(0);
    assertThat(decision.ranking()).hasSize(6);
    List<Integer> shown = List.of(5, 0, 2, 4, 1, 3);
    for (int rank = 0; rank < 6; rank++) {
      assertThat(decision.ranking().get(rank))
          .containsExactly(decision.order().get(shown.get(rank)));
    }
  }

  @Test
  void reasonsAndButtonsAreInSightWithLongTexts() throws IOException {
    String words = "A long line of words that goes on and on. ".repeat(60);
    Path rows =
        Files.writeString(
            folder.resolve("long.jsonl"),
            "{\"prompt\": \"%s\", \"answers\": [\"%s\", \"%s\"]}\n"
                .formatted(words, words, words + "end"));
    Path guide = Files.writeString(folder.resolve("guide.md"), "# Rules\n\n" + words);
    for (int[] size : new int[][] {{1280, 720}, {1024, 640}}) {
      browser.look(size[0], size[1], 1, false, ENGLISH);
      serve(rows, "annotator", "ann", "guidelines", guide.toString());
      untilQuestion(0);
      for (String id : List.of("tags", "reason", "choices", "undo", "status")) {
        assertThat(
                browser.run(
                    "const box = document.getElementById('"
                        + id
                        + "').getBoundingClientRect();"
                        + "return box.top >= 0 && box.bottom <= innerHeight && box.height > 0"))
            .as(id + " at " + size[0])
            .isEqualTo(true);
      }
      assertThat(browser.run("return document.documentElement.scrollHeight <= innerHeight"))
          .isEqualTo(true);
      server.close();
    }
  }

  @Test
  void theGuidelinesStandBesideTheQuestionAndCanBePutAway() throws IOException {
    Path guide =
        Files.writeString(folder.resolve("guide.md"), "# Rules\n\n- be **fair** <b>x</b>\n");
    serve(Samples.rows(folder, 2), "annotator", "ann", "guidelines", guide.toString());
    untilQuestion(0);
    assertThat(browser.text("guidelines")).contains("Rules", "be fair <b>x</b>");
    browser.press("g");
    assertThat(browser.text("guidelines")).isEmpty();
    browser.click("guide");
    assertThat(browser.text("guidelines")).contains("Rules");
  }

  @Test
  void everybodySeesHowFarTheOthersAre() throws IOException {
    serve(Samples.rows(folder, 4), "overlap", "2");
    for (String name : List.of("ann", "bob")) {
      browser.until("document.activeElement.id === 'name'");
      browser.press(name);
      browser.pressEnter();
      untilQuestion(0);
      browser.press("t");
      untilQuestion(1);
      if (name.equals("ann")) {
        assertThat(browser.run("return document.getElementById('team').hidden")).isEqualTo(true);
        browser.click("who");
      }
    }
    browser.run("document.getElementById('team').open = true");
    assertThat(browser.text("team-list")).contains("ann", "bob", "1 of 4");
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
    server.close();
    Path guide = Path.of("src/test/resources/guidelines.md");
    browser.look(1280, 720, 1, false, ENGLISH);
    serve(
        rows,
        "annotator",
        "eva",
        "output",
        folder.resolve("two.jsonl").toString(),
        "guidelines",
        guide.toString());
    untilQuestion(0);
    browser.screenshot("label-guidelines");
    server.close();
    serve(
        Path.of("src/test/resources/label-ranking.jsonl"),
        "annotator",
        "eva",
        "output",
        folder.resolve("three.jsonl").toString());
    untilQuestion(0);
    browser.press("B");
    browser.screenshot("label-ranking");
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
        browser.press(question == 4 && name.equals("bob") ? "n" : "t");
      }
      browser.until("document.activeElement.id === 'done-title'");
      browser.click("who");
    }
    browser.open(browser.address() + "summary");
    browser.untilText("pairs", "ann, bob");
    assertThat(browser.text("facts")).contains("Rows finished\n4");
    assertThat(browser.text("annotators")).contains("ann 4 0");
    assertThat(browser.page()).doesNotContain("gold").doesNotContain("Gold");
    assertThat(browser.text("agreement")).contains("Same verdict\n75 %");
    // Observed 3/4; expected 1 * 3/4, as one of both said the same of all rows.
    assertThat(browser.text("pairs")).contains("ann, bob 4 75 % 0.000");
    browser.screenshot("label-summary");
    assertThat(browser.complaints()).isEmpty();
  }
}
