import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds `completion <shell>`, which prints a script, and the hidden command that the script asks. */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  const made = program.commands.find((it) => it.name() === 'completion');
  made
    ?.summary('print a script that completes commands in a shell')
    .description(
      'Prints a script that completes commands and options in bash, zsh, fish or PowerShell.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ source <(everfold completion bash)
      completes in this bash; in ~/.bashrc, in every one
  $ everfold completion zsh > "\${fpath[1]}/_everfold"
      completes in every zsh
  $ everfold completion fish > ~/.config/fish/completions/everfold.fish
      completes in every fish`,
    );
}
