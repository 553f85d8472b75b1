/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.dpo4j.config.value.Secrets;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Sets logging up: logs go to stderr, stdout belongs to results, and {@code DPO4J_LOG_LEVEL} sets
 * the level of dpo4j.
 *
 * <p>Found by logback as a service. The same in XML costs a fifth of a second at every start.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  /** For logback, which makes it by reflection. */
  public LogSetup() {}

  private static final String OURS = "dev.dpo4j";

  /** The level where it is not INFO, the message, and a stack trace where there is one. */
  static final class Plain extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
      StringBuilder text = new StringBuilder();
      if (event.getLevel() != Level.INFO) {
        text.append(name(event.getLevel())).append(": ");
      }
      // A message may hold what a file or a server says, and a terminal obeys some of it.
      text.append(hide(event.getFormattedMessage())).append(System.lineSeparator());
      IThrowableProxy thrown = event.getThrowableProxy();
      if (thrown != null && isDebug()) {
        text.append(hide(ThrowableProxyUtil.asString(thrown)));
      } else if (thrown != null) {
        text.append("  because: ").append(hide(cause(thrown)));
        text.append(System.lineSeparator());
      }
      return text.toString();
    }

    /** A trace says nothing to most people; it is shown where the level is debug. */
    private boolean isDebug() {
      return getContext() instanceof LoggerContext context
          && context.getLogger(OURS).getEffectiveLevel().toInt() <= Level.DEBUG_INT;
    }

    /** People paste logs into reports. */
    private static String hide(String text) {
      return Secrets.mask(EnvironmentSecrets.hide(text));
    }

    /** As in the messages of the commands. */
    private static String name(Level level) {
      return level == Level.WARN ? "warning" : level.toString().toLowerCase(Locale.ROOT);
    }
  }

  private static String cause(IThrowableProxy thrown) {
    String name = thrown.getClassName().substring(thrown.getClassName().lastIndexOf('.') + 1);
    return thrown.getMessage() == null ? name : name + ": " + thrown.getMessage();
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Plain layout = new Plain();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    // What the server's library has to say is said by our own messages.
    context.getLogger("io.javalin").setLevel(Level.OFF);
    context.getLogger("org.eclipse.jetty").setLevel(Level.OFF);
    String level = System.getenv("DPO4J_LOG_LEVEL");
    context.getLogger(OURS).setLevel(Level.toLevel(level, Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
