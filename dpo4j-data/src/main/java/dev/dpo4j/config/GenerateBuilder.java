/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks the build for a builder of a record of options, named like the record with {@code Builder}
 * behind it.
 *
 * <p>The builder has one setter for each key of the record and of the records inside it, with the
 * type of the component and the text of its {@link Option} as Javadoc. The annotation processor in
 * {@code dpo4j-processor} writes it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.SOURCE)
public @interface GenerateBuilder {}
