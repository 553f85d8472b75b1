/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.completion;

import dev.dpo4j.cli.completion.CompletionTree.CompletionOption;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes a shell's functions that complete commands, options and values. */
final class CompletionScript {
  private CompletionScript() {}

  /** For bash 3.2 and newer. */
  static String bash(CompletionTree tree) {
    return """
        # Completion of dpo4j for bash. Load it with: source <(dpo4j completion bash)
        _dpo4j() {
          local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
          local path="" word i commands="" options="" values=""
          for ((i = 1; i < COMP_CWORD; i++)); do
            word="${path:+$path }${COMP_WORDS[i]}"
            case "$word" in
              %s) path=$word ;;
            esac
          done
          case "$path" in
        %s  esac
          case "$path:$prev" in
        %s  esac
          if [ -n "$values" ]; then
            COMPREPLY=($(compgen -W "$values" -- "$cur"))
          elif [ "${cur#-}" != "$cur" ]; then
            COMPREPLY=($(compgen -W "$options" -- "$cur"))
          else
            COMPREPLY=($(compgen -W "$commands" -- "$cur"))
          fi
        }
        complete -o default -F _dpo4j dpo4j ./dpo4j
        """
        .formatted(
            tree.all()
                .skip(1)
                .map(node -> '"' + node.path() + '"')
                .collect(Collectors.joining("|")),
            cases(tree, CompletionScript::bashCase),
            cases(tree, CompletionScript::bashValues));
  }

  private static String cases(CompletionTree tree, Function<CompletionTree, String> line) {
    return tree.all().map(line).collect(Collectors.joining());
  }

  private static String bashCase(CompletionTree node) {
    return "    \"%s\") commands=\"%s\"; options=\"%s\" ;;\n"
        .formatted(node.path(), words(node.below()), names(node.options()));
  }

  private static String bashValues(CompletionTree node) {
    return node.options().stream()
        .filter(option -> !option.values().isEmpty())
        .map(
            option ->
                "    \"%s:%s\") values=\"%s\" ;;\n"
                    .formatted(node.path(), option.name(), String.join(" ", option.values())))
        .collect(Collectors.joining());
  }

  private static String words(List<CompletionTree> nodes) {
    return nodes.stream().map(CompletionTree::word).collect(Collectors.joining(" "));
  }

  private static String names(List<CompletionOption> options) {
    return options.stream().map(CompletionOption::name).collect(Collectors.joining(" "));
  }

  /** For zsh, with what each word means. */
  static String zsh(CompletionTree tree) {
    return """
        #compdef dpo4j
        # Completion of dpo4j for zsh. Load it with: source <(dpo4j completion zsh)
        _dpo4j() {
          local here="" word i
          local -a commands options values
          for ((i = 2; i < CURRENT; i++)); do
            word="${here:+$here }${words[i]}"
            case "$word" in
              %s) here=$word ;;
            esac
          done
          case "$here" in
        %s  esac
          case "$here:${words[CURRENT-1]}" in
        %s  esac
          if (( $#values )); then
            _describe value values
          elif [[ ${words[CURRENT]} == -* ]]; then
            _describe option options
          elif (( $#commands )); then
            _describe command commands
          else
            _files
          fi
        }
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
        compdef _dpo4j dpo4j ./dpo4j
        """
        .formatted(
            tree.all()
                .skip(1)
                .map(node -> '"' + node.path() + '"')
                .collect(Collectors.joining("|")),
            cases(tree, CompletionScript::zshCase),
            cases(tree, CompletionScript::zshValues));
  }

  private static String zshCase(CompletionTree node) {
    String commands =
        node.below().stream()
            .map(below -> "'" + below.word() + ":" + below.help() + "'")
            .collect(Collectors.joining(" "));
    String options =
        node.options().stream()
            .map(option -> "'" + option.name() + ":" + option.help() + "'")
            .collect(Collectors.joining(" "));
    return "    \"%s\") commands=(%s); options=(%s) ;;\n".formatted(node.path(), commands, options);
  }

  private static String zshValues(CompletionTree node) {
    return node.options().stream()
        .filter(option -> !option.values().isEmpty())
        .map(
            option ->
                "    \"%s:%s\") values=(%s) ;;\n"
                    .formatted(node.path(), option.name(), String.join(" ", option.values())))
        .collect(Collectors.joining());
  }

  /** For fish, with what each word means. */
  static String fish(CompletionTree tree) {
    StringBuilder text = new StringBuilder();
    text.append("# Completion of dpo4j for fish. Load it with: dpo4j completion fish | source\n");
    text.append(
        """
        function __dpo4j_at
          set -l words (commandline -opc)[2..-1]
          set -l wanted (string split --no-empty ' ' -- "$argv[1]")
          set -l found
          for word in $words
            if not string match -q -- '-*' $word
              set found $found $word
            end
            test (count $found) -ge (count $wanted); and test (count $wanted) -gt 0; and break
          end
          test "$found" = "$wanted"
        end
        """);
    tree.all().forEach(node -> fish(text, node));
    return text.toString();
  }

  private static void fish(StringBuilder text, CompletionTree node) {
    String at = "complete -c dpo4j -n \"__dpo4j_at '" + node.path() + "'\"";
    for (CompletionTree below : node.below()) {
      text.append(at)
          .append(" -f -a ")
          .append(below.word())
          .append(" -d '")
          .append(below.help())
          .append("'\n");
    }
    for (CompletionOption option : node.options()) {
      text.append(at).append(" -l ").append(option.name().substring(2));
      if (!option.values().isEmpty()) {
        text.append(" -x -a '").append(String.join(" ", option.values())).append("'");
      }
      text.append(" -d '").append(option.help()).append("'\n");
    }
  }
}
