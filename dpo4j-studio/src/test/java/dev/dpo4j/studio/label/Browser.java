/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts the system's Chromium; without one the test is skipped. */
  static Browser start() {
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
  void look(int width, int height, double scale, boolean dark, String language) {
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

  void open(String address) {
    driver.get(address);
  }

  String address() {
    return String.valueOf(driver.getCurrentUrl());
  }

  /** Forgets all cookies of the page's host. */
  void forget() {
    driver.manage().deleteAllCookies();
  }

  void press(CharSequence... keys) {
    for (CharSequence key : keys) {
      driver.switchTo().activeElement().sendKeys(key);
    }
  }

  void pressEnter() {
    press(Keys.ENTER);
  }

  void click(String id) {
    driver.findElement(By.id(id)).click();
  }

  /** The text that a person sees in an element. */
  String text(String id) {
    return driver.findElement(By.id(id)).getText();
  }

  /** The words of the whole page. */
  String page() {
    return driver.findElement(By.tagName("body")).getText();
  }

  Object run(String script) {
    return driver.executeScript(script);
  }

  /** Waits until a script says true; the page answers when it can. */
  void until(String script) {
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
  void untilText(String id, String text) {
    until(
        "document.getElementById('%s').textContent.includes('%s')"
            .formatted(id, text.replace("'", "\\'")));
  }

  /** What the browser complained of since the last call. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  /** Writes what is seen as a picture into the build folder. */
  void screenshot(String name) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "screenshots"));
    Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
