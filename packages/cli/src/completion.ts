import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** What the script for bash takes from the package bash-completion, where that is not installed. */
const WITHOUT_BASH_COMPLETION = `
if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
    }
fi`;

const EXAMPLES = `
Examples:
  $ source <(everfold completion bash)
      completes in this bash; in ~/.bashrc, in every one
  $ everfold completion zsh > "\${fpath[1]}/_everfold"
      completes in every zsh
  $ everfold completion fish > ~/.config/fish/completions/everfold.fish
      completes in every fish`;

/** Adds `completion <shell>`, which prints a script, and the hidden command that the script asks. */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((it) => it.name() === 'completion')
    ?.description('print a script that completes commands and options in a shell')
    .addHelpText('after', EXAMPLES)
    .hook('preAction', ({ processedArgs: [shell] }) => {
      // Printed as the script is.
      if (shell === 'bash') console.log(WITHOUT_BASH_COMPLETION);
    });
}
