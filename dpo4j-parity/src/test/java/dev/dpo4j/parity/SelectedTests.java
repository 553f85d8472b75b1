/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import dev.dpo4j.tensor.Backends;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * A process that runs some tests on the device that {@code dpo4j.test.device} names: {@code CLASS},
 * or {@code CLASS/METHOD#N} for one of the tests that a method makes, counted from 1.
 */
final class SelectedTests {
  private SelectedTests() {}

  public static void main(String[] args) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(args).map(SelectedTests::selector).toList())
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    TestExecutionSummary summary = listener.getSummary();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    summary.printFailuresTo(out);
    out.printf("device %s: %d tests%n", Backends.device(), summary.getTestsSucceededCount());
    boolean complete =
        summary.getTotalFailureCount() == 0
            && summary.getTestsSucceededCount() >= args.length
            && summary.getTestsAbortedCount() + summary.getTestsSkippedCount() == 0;
    System.exit(complete ? 0 : 1);
  }

  private static DiscoverySelector selector(String selected) {
    String[] parts = selected.split("[/#]");
    if (parts.length == 1) {
      return DiscoverySelectors.selectClass(parts[0]);
    }
    boolean isFactory = parts[1].endsWith("()");
    return DiscoverySelectors.selectUniqueId(
        "[engine:junit-jupiter]/[class:%s]/[%s:%s]/[%s:#%s]"
            .formatted(
                parts[0],
                isFactory ? "test-factory" : "test-template",
                parts[1],
                isFactory ? "dynamic-test" : "test-template-invocation",
                parts[2]));
  }
}
