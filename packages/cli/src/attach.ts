import { Option } from 'commander';
import type { AttachedCommand, CommandDefinition, OptionDefinition } from './command.js';

/** Makes a command that knows its own options attachable to any group. */
export function command<O extends object>(definition: CommandDefinition<O>): AttachedCommand {
  return (group, execute) => {
    // Shells show the description in one line: what is longer comes behind it.
    const made = group.command(definition.name).description(definition.summary);
    for (const [name, description] of definition.arguments ?? []) made.argument(name, description);
    for (const option of definition.options ?? []) made.addOption(optionOf(option));
    made.addHelpText('after', moreOf(definition));
    made.action(async () => {
      const args = made.processedArgs as readonly (string | undefined)[];
      await execute(made, (context) => definition.run(context, args, made.opts<O>()));
    });
  };
}

function optionOf(definition: OptionDefinition): Option {
  const { flags, description, parse, choices, preset, mandatory = false } = definition;
  const option = new Option(flags, description).makeOptionMandatory(mandatory);
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) option.argParser(parse);
  if (preset !== undefined) option.default(preset);
  return option;
}

function moreOf({ details, examples }: CommandDefinition<never>): string {
  const lines = examples.map(
    ([line, effect]) =>
      `  $ ${line.includes('| everfold ') ? '' : 'everfold '}${line}\n      ${effect}`,
  );
  const title = examples.length === 1 ? 'Example' : 'Examples';
  const more = details === undefined ? '' : `\n${details}\n`;
  return `${more}\n${title}:\n${lines.join('\n')}`;
}
