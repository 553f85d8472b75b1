/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Keeps the pages about other tools equal to the table; {@code -Ddpo4j.update=true} writes them
 * anew.
 */
class ComingFromPageTest {
  private static final Path FOLDER = Path.of("..", "docs", "reference");

  private static final String ENGLISH =
      """
      # Coming from other tools

      This page is generated from the table that the program uses; a test fails where it is stale.

      `./dpo4j dpo|sft|kto|orpo|cpo --config FILE` takes a file of TRL, alignment-handbook,
      LLaMA-Factory or axolotl as it is. Give what differs as flags, such as
      `--model_name_or_path`, `--dataset_name` and `--output_dir`: a flag wins over the key of the
      same meaning in any spelling. `./dpo4j config FILE` prints the file as one of dpo4j and says
      what became of each key, and `--dry_run true` reads model and data, too, and stops before
      training.

      Whose file it is, is told by its keys: `stage` or `finetuning_type` mean LLaMA-Factory,
      `base_model` or `rl` mean axolotl, all others TRL and alignment-handbook. `config_format`
      says it where that is wrong. **Keys that are not written take the defaults of that tool**
      wherever these change training; each of them is printed.

      Each key has one of four fates:

      | fate | what happens |
      |---|---|
      | acts | it does the same here, or has another name here and then does the same |
      | translated | it becomes something else that does the same; a line says what |
      | noted | it changes nothing here; all such keys are named in one line |
      | refused | ignoring it would train something else; values that ask for nothing pass |

      `--strict true` turns all notes into errors. A key that no tool knows is an error with the
      nearest name.
      """;

  private static final String CHINESE =
      """
      # 从其他工具迁移

      本页由程序使用的表格生成；内容过期时测试会失败。

      `./dpo4j dpo|sft|kto|orpo|cpo --config FILE` 可以直接读取 TRL、alignment-handbook、LLaMA-Factory
      和 axolotl 的配置文件。不同之处用参数给出，例如 `--model_name_or_path`、`--dataset_name` 和
      `--output_dir`：参数优先于文件中同义的键，无论它怎样拼写。`./dpo4j config FILE` 把文件打印成
      dpo4j 的格式并说明每个键变成了什么；`--dry_run true` 还会读取模型和数据，在训练前停下。

      文件属于哪个工具由其中的键判断：`stage` 或 `finetuning_type` 表示 LLaMA-Factory，`base_model`
      或 `rl` 表示 axolotl，其余为 TRL 和 alignment-handbook。判断有误时用 `config_format` 指明。
      **没有写出的键，凡是影响训练的，都取该工具的默认值**，并逐个打印。

      每个键有四种归宿之一：

      | 归宿 | 含义 |
      |---|---|
      | 生效 | 在这里作用相同，或换个名字后作用相同 |
      | 转换 | 变成作用相同的其他设置，会有一行说明 |
      | 注明 | 在这里不影响训练；这些键合在一行里列出 |
      | 拒绝 | 忽略它就会训练出别的东西；不要求任何事的值可以通过 |

      `--strict true` 把所有说明都变成错误。任何工具都不认识的键会报错，并给出最接近的名字。
      """;

  private static String page(boolean chinese) {
    StringBuilder page = new StringBuilder(chinese ? CHINESE : ENGLISH);
    Map<String, List<Tool>> parts = new LinkedHashMap<>();
    parts.put(
        chinese ? "transformers 的训练参数" : "Training arguments of transformers",
        List.of(Tool.TRANSFORMERS));
    parts.put("TRL", List.of(Tool.TRL));
    parts.put("alignment-handbook", List.of(Tool.HANDBOOK));
    parts.put("LLaMA-Factory", List.of(Tool.LLAMAFACTORY));
    parts.put("axolotl", List.of(Tool.AXOLOTL));
    parts.forEach(
        (title, tools) -> {
          page.append("\n## ").append(title).append("\n\n");
          page.append(chinese ? "| 键 | 归宿 | 变为 | 说明 |\n" : "| key | fate | becomes | about it |\n");
          page.append("|---|---|---|---|\n");
          KeyTable.rows().stream()
              .filter(row -> row.tools().stream().anyMatch(tools::contains))
              .sorted(Comparator.comparing(KeyRow::key))
              .forEach(row -> page.append(line(row, chinese)));
        });
    return page.toString();
  }

  private static String line(KeyRow row, boolean chinese) {
    String fate =
        switch (row.fate()) {
          case ACTS, RENAMED -> chinese ? "生效" : "acts";
          case TRANSLATED -> chinese ? "转换" : "translated";
          case NOTED -> chinese ? "注明" : "noted";
          case REFUSED -> chinese ? "拒绝" : "refused";
        };
    String about = chinese ? row.reason().chinese() : row.reason().english();
    String passes =
        row.neutral().stream().map(value -> "`" + value + "`").collect(Collectors.joining(", "));
    if (!passes.isEmpty()) {
      about += (chinese ? "（可通过：" : " (passes: ") + passes + (chinese ? "）" : ")");
    }
    String target = row.target().isEmpty() ? "" : "`" + row.target() + "`";
    return "| `%s` | %s | %s | %s |\n".formatted(row.key(), fate, target, about);
  }

  @Test
  void thePagesAreUpToDate() throws IOException {
    check("coming-from.md", page(false));
    check("coming-from.zh.md", page(true));
  }

  private static void check(String name, String page) throws IOException {
    Path file = FOLDER.resolve(name);
    if (Boolean.getBoolean("dpo4j.update")) {
      Files.writeString(file, page);
    }
    assertThat(file).hasContent(page);
  }
}
