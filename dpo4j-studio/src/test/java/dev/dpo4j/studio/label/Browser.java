/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.logging.Level;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A real Chromium without a window, driven as a person would: by keys. */
public final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts the system's Chromium; without one the test is skipped. */
  public static Browser start() {
    File chromium = program("chromium", "chromium-browser", "google-chrome");
    File chromedriver = program("chromedriver");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium);
    options.addArguments(
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.WARNING);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(chromedriver).build();
    return new Browser(new ChromeDriver(service, options));
  }

  private static File program(String... names) {
    List<Path> folders = new ArrayList<>();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      folders.add(Path.of(folder));
    }
    for (String name : names) {
      for (Path folder : folders) {
        Path program = folder.resolve(name);
        if (Files.isExecutable(program)) {
          return program.toFile();
        }
      }
    }
    return Assumptions.abort("no program " + names[0] + " is installed");
  }

  /** How the next page is looked at. */
  public void look(int width, int height, double scale, boolean dark, String language) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width", width, "height", height, "deviceScaleFactor", scale, "mobile", width < 700));
    Map<String, String> scheme =
        Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia", Map.of("media", "", "features", List.of(scheme)));
    Object agent = driver.executeScript("return navigator.userAgent");
    driver.executeCdpCommand(
        "Emulation.setUserAgentOverride",
        Map.of("userAgent", String.valueOf(agent), "acceptLanguage", language));
  }

  public void open(String address) {
    driver.get(address);
  }

  public String address() {
    return String.valueOf(driver.getCurrentUrl());
  }

  /** Forgets all cookies of the page's host. */
  public void forget() {
    driver.manage().deleteAllCookies();
  }

  public void press(CharSequence... keys) {
    for (CharSequence key : keys) {
      driver.switchTo().activeElement().sendKeys(key);
    }
  }

  public void pressEnter() {
    press(Keys.ENTER);
  }

  public void click(String id) {
    driver.findElement(By.id(id)).click();
  }

  /** The text that a person sees in an element. */
  public String text(String id) {
    return driver.findElement(By.id(id)).getText();
  }

  /** The words of the whole page. */
  public String page() {
    return driver.findElement(By.tagName("body")).getText();
  }

  public Object run(String script) {
    return driver.executeScript(script);
  }

  /** Waits until a script says true; the page answers when it can. */
  public void until(String script) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!Boolean.TRUE.equals(run("return Boolean(" + script + ")"))) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never became true: " + script + "\n" + page());
      }
      try {
        Thread.sleep(PAUSE.toMillis());
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Waits until an element shows a text. */
  public void untilText(String id, String text) {
    until(
        "document.getElementById('%s').textContent.includes('%s')"
            .formatted(id, text.replace("'", "\\'")));
  }

  /** What the browser complained of since the last call. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  /** Writes what is seen as a picture into the build folder. */
  public void screenshot(String name) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "screenshots"));
    Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
  }

  /** Clicks what a selector finds first. */
  public void clickOn(String selector) {
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Says yes to the question that the page asks. */
  public void agree() {
    driver.switchTo().alert().accept();
  }

  /** What axe finds that is serious, with the elements. */
  public List<?> violations() throws IOException {
    driver.executeScript(axe());
    Object found =
        driver.executeAsyncScript(
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
    return Objects.requireNonNull(Browser.class.getResourceAsStream(name), name);
  }

  @Override
  public void close() {
    driver.quit();
  }
}
