/**
 * A Dockerfile guessed from an image's history and configuration (OCI image configuration,
 * "history"): one instruction a line, to be read by people and by rules on instructions. No base
 * image is inferred, so the first line is always `FROM scratch`.
 *
 * @module
 */
import type { HistoryEntry, ImageConfig } from './types.ts';
import { leadingQuotedList, parsePlainList, parseQuotedList } from './go-values.ts';

/** Characters that a report holds. */
const LENGTH_LIMIT = 4_194_304;

/** What the classic builder puts before everything that is not a RUN. */
const CLASSIC = '/bin/sh -c #(nop) ';
const SHELL = '/bin/sh -c ';
const BUILDKIT_SUFFIX = ' # buildkit';
const INSTRUCTION =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR) (.*)$/s;

/**
 * The guessed Dockerfile, every line with its end. Instructions that the configuration asks for but
 * no history entry told of (builders without history) come last.
 */
export function guessDockerfile(config: ImageConfig): string {
  const told = config.history.map(lineOf).filter((line) => line !== '');
  const keywords = new Set(told.map((line) => line.split(' ', 1)[0]));
  const untold = configured(config.config).filter(([keyword]) => !keywords.has(keyword));
  const all = ['FROM scratch', ...told, ...untold.map(([keyword, value]) => `${keyword} ${value}`)];
  return limited(all.map((line) => `${line}\n`));
}

/** Whole lines, as many as a report holds. */
function limited(all: readonly string[]): string {
  let length = 0;
  return all.filter((line) => (length += line.length) <= LENGTH_LIMIT).join('');
}

/** The instruction that made a history entry; empty for an entry without text. */
function lineOf({ created_by: createdBy = '' }: HistoryEntry): string {
  if (createdBy.startsWith(CLASSIC)) {
    const text = oneLine(createdBy.slice(CLASSIC.length));
    return text.startsWith('EXPOSE ') ? tidied('EXPOSE', text.slice('EXPOSE '.length)) : text;
  }
  const text = oneLine(createdBy);
  const bare = text.endsWith(BUILDKIT_SUFFIX) ? text.slice(0, -BUILDKIT_SUFFIX.length) : text;
  const [, keyword, value = ''] = INSTRUCTION.exec(bare) ?? [];
  if (keyword !== undefined) {
    return tidied(keyword, value.trim());
  }
  return bare === '' ? '' : `RUN ${withoutArguments(bare)}`;
}

/** Line ends and what continues them become single blanks. */
function oneLine(text: string): string {
  const parts = text.split(/[\r\n]+/).map((part) => part.trim());
  const last = parts.length - 1;
  return parts.map((part, index) => index < last && part.endsWith('\\') ? part.slice(0, -1) : part)
    .map((part) => part.trim()).filter((part) => part !== '').join(' ');
}

/** Undoes what builders make of an instruction's value when they print it. */
function tidied(keyword: string, value: string): string {
  return `${keyword} ${tidiedValue(keyword, value) ?? value}`.trim();
}

function tidiedValue(keyword: string, value: string): string | undefined {
  switch (keyword) {
    case 'RUN':
      return command(withoutArguments(value));
    case 'EXPOSE':
      return sortedPorts(parsePlainList(value));
    case 'VOLUME':
      return parsePlainList(value)?.join(' ');
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return execForm(parseQuotedList(value));
    case 'HEALTHCHECK':
      return healthCheck(value);
    default:
      return undefined;
  }
}

function command(text: string): string {
  return text.startsWith(SHELL) ? text.slice(SHELL.length).trim() : text;
}

/** Build arguments stand before a command with their number: `|1 VERSION=2 /bin/sh -c make`. */
function withoutArguments(text: string): string {
  const head = /^\|([0-9]{1,4}) /.exec(text);
  if (head === null) {
    return text;
  }
  const rest = text.slice(head[0].length);
  // A value may have blanks, so the shell that follows is the better mark.
  const shell = ` ${rest}`.indexOf(` ${SHELL}`);
  if (shell !== -1) {
    return rest.slice(shell);
  }
  const words = rest.split(' ');
  const count = Number(head[1]);
  return words.slice(0, count).every((word) => word.includes('='))
    ? words.slice(count).join(' ')
    : text;
}

function sortedPorts(ports: readonly string[] | undefined): string | undefined {
  return ports?.toSorted((a, b) =>
    Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1)
  ).join(' ');
}

function execForm(words: readonly string[] | undefined): string | undefined {
  return words && `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}

/** `&{["CMD-SHELL" "curl localhost"] "30s" …}`; intervals and retries are left out. */
function healthCheck(value: string): string | undefined {
  const [kind, ...words] = value.startsWith('&{[') ? leadingQuotedList(value.slice(2)) ?? [] : [];
  switch (kind) {
    case 'NONE':
      return 'NONE';
    case 'CMD':
      return `CMD ${execForm(words) ?? ''}`;
    case 'CMD-SHELL':
      return `CMD ${oneLine(words.join(' '))}`;
    default:
      return undefined;
  }
}

/** The instructions that a configuration would come from, without those it does not need. */
function configured(config: ImageConfig['config']): readonly (readonly [string, string])[] {
  const quoted = (text: string): string => JSON.stringify(text);
  const lines: readonly (readonly [string, string | undefined])[] = [
    ...(config.env ?? []).map((pair) => ['ENV', environment(pair)] as const),
    ...Object.entries(config.labels ?? {})
      .map(([key, value]) => ['LABEL', `${quoted(key)}=${quoted(value)}`] as const),
    ['EXPOSE', sortedPorts(config.exposedPorts)],
    ['VOLUME', config.volumes?.length ? execForm(config.volumes) : undefined],
    ['WORKDIR', config.workingDir],
    ['USER', config.user],
    ['ENTRYPOINT', config.entrypoint?.length ? execForm(config.entrypoint) : undefined],
    ['CMD', config.cmd?.length ? execForm(config.cmd) : undefined],
  ];
  return lines.flatMap(([keyword, value]) => value ? [[keyword, oneLine(value)] as const] : []);
}

function environment(pair: string): string {
  const equals = pair.indexOf('=');
  return equals === -1
    ? pair
    : `${pair.slice(0, equals)}=${JSON.stringify(pair.slice(equals + 1))}`;
}
