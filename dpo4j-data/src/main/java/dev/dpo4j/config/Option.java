/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a record component as a configuration key.
 *
 * <p>On a component whose type is a record, {@link #help} is the heading of the group; the keys are
 * the components of that record.
 */
@Documented
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Option {
  /** Stands for "no default": the key is null until somebody sets it. */
  String NONE = "\u0000none";

  /** One sentence for the help text and the reference page. */
  String help() default "";

  /** The default, written as it would be on the command line. */
  String defaultValue() default NONE;

  /** Further names under which the key is accepted. */
  String[] aliases() default {};

  /**
   * The allowed interval of a number, such as {@code (0,inf)}, {@code [0,1)} or {@code [1,inf)}.
   */
  String range() default "";

  /** The allowed texts of a string, or of every element of a list of strings. */
  String[] choices() default {};

  /** How the key differs from TRL and transformers; empty where it does not. */
  String difference() default "";

  /**
   * On a component whose type is a record: other defaults for the keys inside it, each written
   * {@code key=value}. They win over those of the keys themselves.
   */
  String[] defaults() default {};
}
