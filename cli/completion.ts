import type { Command } from 'commander';

/** A command with what may follow it. */
interface Place {
  /** Names of the commands that lead here, each after a space; '' for the program itself. */
  readonly at: string;
  readonly commands: readonly Entry[];
  readonly options: readonly CompletedOption[];
  /** Values that its argument may have; none: any. */
  readonly choices: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly description: string;
}

interface CompletedOption extends Entry {
  /** Whether a value follows. */
  readonly valued: boolean;
  /** Values that it may have; none: any. */
  readonly choices: readonly string[];
}

export type Shell = 'bash' | 'zsh' | 'fish';

/** What a shell needs to complete the commands and options of a program, as they are declared. Where neither fits, files are offered. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '');
  if (shell === 'bash') return bashScript(places);
  return shell === 'zsh' ? zshScript(places) : fishScript(places);
}

function placesOf(command: Command, at: string): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((own) => own.name() !== 'help');
  const place: Place = {
    at,
    commands: commands.map((own) => ({ name: own.name(), description: own.description() })),
    options: help
      .visibleOptions(command)
      .flatMap(({ long, description, required, optional, argChoices = [] }) =>
        long === undefined || long === null
          ? []
          : [{ name: long, description, valued: required || optional, choices: argChoices }],
      ),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [place, ...commands.flatMap((own) => placesOf(own, `${at} ${own.name()}`))];
}

const namesOf = (entries: readonly Entry[]): string[] => entries.map(({ name }) => name);

/** In single quotes, for any of the shells. */
const quote = (text: string): string => `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;

/** Patterns of `case` that match every place but the program itself. */
const nested = (places: readonly Place[], separator: string): string =>
  places
    .filter(({ at }) => at !== '')
    .map(({ at }) => quote(at))
    .join(separator);

const valuedOptions = (places: readonly Place[]) =>
  places.flatMap(({ at, options }) => options.filter(({ valued }) => valued).map((option) => ({ at, ...option })));

function bashScript(places: readonly Place[]): string {
  const words = places.map(
    ({ at, commands, options, choices }) =>
      `    ${quote(at)}) words=${quote([...namesOf(commands), ...choices, ...namesOf(options)].join(' '))} ;;\n`,
  );
  const values = valuedOptions(places).map(
    ({ at, name, choices }) => `    ${quote(`${at} ${name}`)}) words=${quote(choices.join(' '))} ;;\n`,
  );
  return `# bash completion for marlin: eval "$(marlin completion bash)"
_marlin() {
  local at='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${nested(places, '|')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${words.join('')}  esac
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _marlin marlin
`;
}

function zshScript(places: readonly Place[]): string {
  const described = (entries: readonly Entry[]): string =>
    entries.map(({ name, description }) => quote(`${name}:${description.replaceAll(':', ',')}`)).join(' ');
  const cases = places.map(
    ({ at, commands, options, choices }) =>
      `    ${quote(at)}) commands=(${[described(commands), ...choices.map(quote)].join(' ').trim()}); options=(${described(options)}) ;;\n`,
  );
  const values = valuedOptions(places).map(({ at, name, choices }) => {
    const offer = choices.length === 0 ? '_files' : `compadd -- ${choices.map(quote).join(' ')}`;
    return `    ${quote(`${at} ${name}`)}) ${offer}; return ;;\n`;
  });
  return `#compdef marlin
# zsh completion for marlin: source <(marlin completion zsh)
_marlin() {
  local at='' word
  local -a commands options
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$at $word" in
      ${nested(places, '|')}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join('')}  esac
  case "$at" in
${cases.join('')}  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option options
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
compdef _marlin marlin
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ at, commands, options, choices }) => {
    const here = `complete -c marlin -n ${quote(`__marlin_at "${at}"`)}`;
    return [
      ...commands.map(({ name, description }) => `${here} -f -a ${name} -d ${quote(description)}\n`),
      ...choices.map((choice) => `${here} -f -a ${quote(choice)}\n`),
      ...options.map((option) => {
        const value = !option.valued
          ? ''
          : option.choices.length === 0
            ? ' -r'
            : ` -x -a ${quote(option.choices.join(' '))}`;
        return `${here} -l ${option.name.replace(/^--/, '')}${value} -d ${quote(option.description)}\n`;
      }),
    ];
  });
  return `# fish completion for marlin: marlin completion fish | source
function __marlin_at
    set -l at ''
    set -l given (commandline -opc)
    set -e given[1]
    for word in $given
        switch "$at $word"
            case ${nested(places, ' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('')}`;
}
