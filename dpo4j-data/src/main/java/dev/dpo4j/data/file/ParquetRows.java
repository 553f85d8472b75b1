/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Reads Parquet through DuckDB, if its JDBC driver is on the class path: nested lists and objects
 * come as they do from JSON.
 *
 * <p>DuckDB works with one thread and a bounded memory, and reads nothing but the file.
 */
final class ParquetRows extends FileCursor {
  private static final String NO_DRIVER_STATE = "08001";

  private final Path file;
  private long row;
  private @Nullable Connection connection;
  private @Nullable ResultSet rows;
  private @Nullable ParquetValues values;

  ParquetRows(Path file, Numbers numbers, Faults faults) {
    super(file, numbers, faults);
    this.file = file;
  }

  @Override
  @Nullable Object read() throws IOException {
    try {
      ResultSet open = rows == null ? query("SELECT *") : rows;
      rows = open;
      if (!open.next()) {
        return null;
      }
      row++;
      ParquetValues known = values == null ? new ParquetValues(open) : values;
      values = known;
      return known.row();
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  @Override
  boolean skip() throws IOException {
    try {
      ResultSet open = rows == null ? query("SELECT 1") : rows;
      rows = open;
      return open.next();
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private ResultSet query(String select) throws SQLException {
    Connection open = connect();
    connection = open;
    Statement statement = open.createStatement();
    for (String setting :
        new String[] {
          "threads = 1",
          "memory_limit = '1GB'",
          "temp_directory = ''",
          "autoinstall_known_extensions = false",
          "autoload_known_extensions = false"
        }) {
      statement.execute("SET " + setting);
    }
    return statement.executeQuery(select + " FROM read_parquet('" + escape(file) + "') t");
  }

  private Connection connect() {
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    try {
      return DriverManager.getConnection("jdbc:duckdb:", properties);
    } catch (SQLException e) {
      if (NO_DRIVER_STATE.equals(e.getSQLState())) {
        throw new DataException(
            "%s is Parquet, which is read by DuckDB, and that is missing: add org.duckdb:duckdb_jdbc to the class path (the command line has it)"
                .formatted(file),
            e);
      }
      throw new DataException("DuckDB does not start: " + e.getMessage(), e);
    }
  }

  /** A path as DuckDB reads it: quotes doubled, and no character that stands for others. */
  private static String escape(Path file) {
    StringBuilder text = new StringBuilder();
    for (char c : file.toAbsolutePath().toString().toCharArray()) {
      if (c == '\'') {
        text.append("''");
      } else if (c == '*' || c == '?' || c == '[') {
        text.append('[').append(c).append(']');
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static IOException unreadable(SQLException e) {
    return new IOException(String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
  }

  @Override
  long place() {
    return row;
  }

  @Override
  boolean goesOnAfterFault() {
    return true;
  }

  @Override
  public void close() {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      throw new DataException("%s cannot be closed: %s".formatted(file, e.getMessage()), e);
    }
  }
}
