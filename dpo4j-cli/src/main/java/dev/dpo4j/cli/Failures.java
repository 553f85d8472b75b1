/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.cli.command.CommandFailure;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Secrets;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.dist.DistException;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.InUseException;
import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.judge.endpoint.EndpointException;
import dev.dpo4j.report.run.ReportException;
import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.start.EngineException;
import dev.dpo4j.tokenizer.TokenizerException;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.run.NotEnoughMemoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that turns exceptions into exit codes and messages. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** Says on err what went wrong, and returns the exit code. */
  static ExitCode report(Throwable thrown, Console console) {
    Throwable failure = unwrap(thrown);
    ExitCode code = codeOf(failure);
    console.err().println("error: " + Secrets.mask(EnvironmentSecrets.hide(message(failure))));
    if (code == ExitCode.FAILURE && !expected(failure)) {
      log.debug("stack trace", failure);
      console.err().println("hint: DPO4J_LOG_LEVEL=debug shows where this happened");
    }
    return code;
  }

  /** What a thread of a pool threw comes in a wrapper that says nothing. */
  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapper =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapper && cause != null ? unwrap(cause) : failure;
  }

  static ExitCode codeOf(Throwable failure) {
    if (failure instanceof ConfigException
        || failure instanceof InUseException
        || failure instanceof ForeignFileException
        || failure instanceof InvalidPathException
        || failure instanceof ReportException
        || failure instanceof FileAlreadyExistsException) {
      return ExitCode.USAGE;
    } else if (failure instanceof HubException hub) {
      return hub.reason() == HubException.Reason.NAME ? ExitCode.USAGE : ExitCode.MODEL;
    } else if (failure instanceof DataException) {
      return ExitCode.DATA;
    } else if (failure instanceof ModelFileException || failure instanceof TokenizerException) {
      return ExitCode.MODEL;
    } else if (failure instanceof DistException) {
      return ExitCode.OTHER_RANK;
    }
    return ExitCode.FAILURE;
  }

  private static boolean expected(Throwable failure) {
    return failure instanceof CommandFailure
        || failure instanceof EndpointException
        || failure instanceof CheckpointException
        || failure instanceof NotEnoughMemoryException
        || failure instanceof RewardException
        || failure instanceof DeviceException
        || failure instanceof EngineException
        || failure instanceof OutOfMemoryError;
  }

  private static String message(Throwable failure) {
    if (failure instanceof InvalidPathException path) {
      return "\"%s\" is not a path: %s"
          .formatted(path.getInput().replaceAll("\\p{Cntrl}", "?"), path.getReason());
    }
    if (failure instanceof FileAlreadyExistsException file && file.getReason() != null) {
      return file.getFile() + " " + file.getReason();
    }
    return failure instanceof Error error ? JvmFailures.message(error) : text(failure);
  }

  private static String text(Throwable failure) {
    String text = failure.getMessage();
    Throwable cause = failure.getCause();
    // Without a message of its own such an exception only repeats that of its cause.
    if (failure instanceof UncheckedIOException
        && cause != null
        && (text == null || text.equals(cause.toString()))) {
      return message(cause);
    }
    if (failure instanceof IOException || text == null || text.isBlank()) {
      String name = failure.getClass().getSimpleName();
      return text == null ? name : name + ": " + text;
    }
    return text;
  }
}
