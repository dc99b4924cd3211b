import { describe, expect, it } from 'vitest';
import { createLog, escapeText, LOG_LEVELS, type LogLevel } from '../../core/log.ts';

function collect(format: 'text' | 'json', level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: createLog({ level, format, write: (line) => lines.push(line) }) };
}

/** What a hostile image may try to write: a new line, a terminal's commands, a turned text. */
const HOSTILE = 'a\nb\r\u001b[2J\u009b2J\u007f\u0000\u202egnp.exe\u2066\u2028\u061cz';

describe('escapeText', () => {
  it('leaves ordinary text of any language alone', () => {
    const text = 'plain "text", ünï çödé, 日本語, العربية, 🐳 \\n';
    expect(escapeText(text)).toBe(text);
  });

  it.each([
    ['\n', '\\u000a'],
    ['\u001b', '\\u001b'],
    ['\u007f', '\\u007f'],
    ['\u009b', '\\u009b'],
    ['\u061c', '\\u061c'],
    ['\u200f', '\\u200f'],
    ['\u2028', '\\u2028'],
    ['\u202e', '\\u202e'],
    ['\u2069', '\\u2069'],
  ])('shows %j as %s', (char, shown) => {
    expect(escapeText(`a${char}b`)).toBe(`a${shown}b`);
  });
});

describe('levels', () => {
  it.each(LOG_LEVELS.map((level, index) => [level, LOG_LEVELS.slice(index)] as const))(
    '%s writes %j',
    (level, expected) => {
      const { log, lines } = collect('json', level);
      for (const each of LOG_LEVELS) log[each]('said');
      expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
    },
  );
});

describe('text', () => {
  it('is one line with time, level, message and fields', () => {
    const { log, lines } = collect('text');
    log.warn('disk is full', { free: 0, path: '/data', why: 'too "many" files', more: undefined });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}disk is full {2}free=0 {2}path=\/data {2}why="too \\"many\\" files" {2}more=\n$/,
    );
  });

  it('stays one harmless line whatever is in it', () => {
    const { log, lines } = collect('text');
    log.info(HOSTILE, { [HOSTILE]: HOSTILE, nested: { deep: HOSTILE }, error: new Error(HOSTILE) });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e\u2066\u061c]/u);
    expect(lines[0]?.endsWith('\n')).toBe(true);
  });

  it('shows errors with their code', () => {
    const { log, lines } = collect('text');
    log.error('failed', { error: Object.assign(new Error('gone'), { code: 'ENOENT' }) });
    expect(lines[0]).toContain('gone');
    expect(lines[0]).toContain('ENOENT');
  });
});

describe('JSON', () => {
  it('is one object a line with time, level, message and fields', () => {
    const { log, lines } = collect('json');
    log.with({ service: 'door' }).info('said', { count: 7n, error: new Error('x'), text: 'ü' });
    const [line = ''] = lines;
    const parsed = JSON.parse(line) as Record<string, unknown>;
    expect(parsed).toMatchObject({
      level: 'info',
      message: 'said',
      service: 'door',
      count: 7,
      error: { message: 'x' },
      text: 'ü',
    });
    expect(new Date(String(parsed['time'])).toISOString()).toBe(parsed['time']);
  });

  it('keeps every character and is harmless on a terminal', () => {
    const { log, lines } = collect('json');
    log.info('said', { text: HOSTILE });
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e\u2066\u061c]/u);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ text: HOSTILE });
  });

  it('does not let a field replace time, level or message', () => {
    const { log, lines } = collect('json');
    log.warn('an analysis ended badly', { message: 'inner', level: 'debug', time: 'never' });
    const parsed = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(parsed).toMatchObject({ message: 'an analysis ended badly', level: 'warn' });
    expect(parsed['time']).not.toBe('never');
    expect(lines[0]).toContain('inner');
  });
});

describe.each(['text', 'json'] as const)('values that JSON has no way for, as %s', (format) => {
  it.each<[string, unknown]>([
    [
      'a circle',
      (() => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        return circle;
      })(),
    ],
    ['a nested bigint', { size: 1n }],
    ['something that throws', {
      toJSON() {
        throw new Error('no');
      },
    }],
  ])('%s does not break who logs', (_, value) => {
    const { log, lines } = collect(format);
    log.error('said', { value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('said');
  });
});
