/**
 * Logs: lines a person can read on a terminal, JSON elsewhere. One line is one event; foreign text
 * is escaped, so that an image cannot forge lines or drive a terminal.
 *
 * @module
 */
import process from 'node:process';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to each line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Where a line goes; standard error unless given. */
  readonly write?: (line: string) => void;
}

/** Makes control and direction-changing characters visible. */
export function escapeText(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plain(value: unknown): unknown {
  if (value instanceof Error) {
    const code = 'code' in value ? { code: value.code } : {};
    return { message: value.message, ...code };
  }
  return typeof value === 'bigint' ? Number(value) : value;
}

function textLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const parts = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(plain(value)) ?? '';
    return `${key}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
  });
  const clock = time.toISOString().slice(11, 23);
  return `${clock} ${level.padEnd(5)} ${escapeText([message, ...parts].join('  '))}\n`;
}

function jsonLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const values = Object.entries(fields).map(([key, value]) => [key, plain(value)]);
  return JSON.stringify({
    time: time.toISOString(),
    level,
    message,
    ...Object.fromEntries(values),
  }) + '\n';
}

/** A log that writes lines of at least the given level. */
export function createLog(options: LogOptions, fields: LogFields = {}): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const line = options.format === 'json' ? jsonLine : textLine;
  const at = (level: LogLevel) => (message: string, more: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level)) return;
    write(line(new Date(), level, message, { ...fields, ...more }));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLog(options, { ...fields, ...more }),
  };
}
