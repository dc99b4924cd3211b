/**
 * Logs: lines a person can read on a terminal, JSON elsewhere. One line is one event; foreign text
 * is escaped, so that an image cannot forge lines or drive a terminal.
 *
 * @module
 */
import process from 'node:process';
import { messageOf } from './errors.ts';

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
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** For `JSON.stringify`: what it has no way for. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const code = 'code' in value ? { code: value.code } : {};
    return { message: value.message, ...code };
  }
  return typeof value === 'bigint' ? Number(value) : value;
}

/** A value as JSON. What cannot be written is said so: a log never breaks who logs. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? '';
  } catch (error) {
    return JSON.stringify(`cannot be shown: ${messageOf(error)}`);
  }
}

function textLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const parts = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === 'string' ? value : jsonOf(value);
    return `${key}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
  });
  const clock = time.toISOString().slice(11, 23);
  return `${clock} ${level.padEnd(5)} ${escapeText([message, ...parts].join('  '))}\n`;
}

/** Keys that every JSON line has for itself. */
const OWN_KEYS: readonly string[] = ['time', 'level', 'message'];

function jsonLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const own = { time: time.toISOString(), level, message };
  const named = Object.entries(fields).map(([key, value]): [string, unknown] => [
    OWN_KEYS.includes(key) ? `${key}_` : key,
    value,
  ]);
  const pairs = [...Object.entries(own), ...named]
    .map(([key, value]) => [JSON.stringify(key), jsonOf(value)])
    .filter(([, json]) => json !== '');
  // Escapes are the same in JSON, whose text they can only be in.
  return escapeText(`{${pairs.map((pair) => pair.join(':')).join(',')}}`) + '\n';
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
