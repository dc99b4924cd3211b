/**
 * Gate `files`: names, attributes and contents of the files in the image.
 *
 * @module
 */
import { compileExpression } from '../expression.ts';
import { type FileFact, partOf } from '../facts.ts';
import { fileMatchText, isNamed } from './matches.ts';
import {
  anyString,
  booleanString,
  enumString,
  type Parameter,
  type Validator,
} from './parameters.ts';
import type { Finding, Gate, Trigger } from './types.ts';

const OPERATORS = ['equals', 'not_equals'] as const;
type Operator = typeof OPERATORS[number];

/** Permission bits as octal digits, with or without `0o`. */
const octalMode: Validator<number> = {
  type: 'type',
  description: 'Octal permission bits, such as 00644',
  criteria: { type: 'string', pattern: '^(?:0o)?[0-7]{1,6}$' },
  parse(value) {
    const digits = /^(?:0o)?([0-7]{1,6})$/.exec(value.trim())?.[1];
    return digits === undefined
      ? { ok: false, problem: 'must be octal digits, such as 00644' }
      : { ok: true, value: Number.parseInt(digits, 8) & 0o7777 };
  },
};

const regexName: Parameter<string> = {
  name: 'regex_name',
  description: 'Name of an expression of the content search, that expression, or it as base64',
  example: '.*password.*',
  required: false,
  validator: anyString,
};

const regex: Parameter<string> = {
  name: 'regex',
  description: 'Regular expression that paths must not match',
  example: '.*\\.pem',
  required: true,
  validator: anyString,
};

const filename: Parameter<string> = {
  name: 'filename',
  description: 'Absolute path of the file',
  example: '/etc/passwd',
  required: true,
  validator: anyString,
};

const checksumAlgorithm: Parameter<'sha256'> = {
  name: 'checksum_algorithm',
  description: 'Algorithm of the checksum',
  example: 'sha256',
  required: false,
  validator: enumString(['sha256']),
};

const checksum: Parameter<string> = {
  name: 'checksum',
  description: 'Checksum of the content, as hexadecimal digits',
  example: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  required: false,
  validator: anyString,
};

const checksumMatch: Parameter<Operator> = {
  name: 'checksum_match',
  description: 'Whether the rule fires for this checksum or for any other',
  example: 'equals',
  required: false,
  validator: enumString(OPERATORS),
};

const mode: Parameter<number> = {
  name: 'mode',
  description: 'Permission bits, octal',
  example: '00644',
  required: false,
  validator: octalMode,
};

const modeOperator: Parameter<Operator> = {
  name: 'mode_op',
  description: 'Whether the rule fires for this mode or for any other',
  example: 'equals',
  required: false,
  validator: enumString(OPERATORS),
};

const skipMissing: Parameter<boolean> = {
  name: 'skip_missing',
  description: 'Whether a file that is not there is passed over',
  example: 'true',
  required: false,
  validator: booleanString,
};

const contentRegexMatch: Trigger = {
  name: 'content_regex_match',
  description: 'Fires for each file in which the content search has found an expression',
  parameters: [regexName],
  needs: ['matches'],
  *evaluate(values, facts): Iterable<Finding> {
    const wanted = values.get(regexName) || undefined;
    for (const match of partOf(facts, 'matches')) {
      if (match.search !== 'content') continue;
      if (wanted !== undefined && !isNamed(match, wanted)) continue;
      const where = fileMatchText(match);
      yield { message: `File content analyzer found regexp match in container: ${where}` };
    }
  },
};

const nameMatch: Trigger = {
  name: 'name_match',
  description: 'Fires for each path that an expression matches from its start',
  parameters: [regex],
  needs: ['files'],
  *evaluate(values, facts): Iterable<Finding> {
    const source = values.require(regex);
    const expression = compileExpression(source);
    for (const { path } of partOf(facts, 'files')) {
      if (!expression.matches(path)) continue;
      const message = 'Application of regex matched file found in container: ' +
        `file=${path} regexp=${source}`;
      yield { message };
    }
  },
};

const attributeMatch: Trigger = {
  name: 'attribute_match',
  description: 'Fires if a file has, or has not, a checksum and permissions',
  parameters: [
    filename,
    checksumAlgorithm,
    checksum,
    checksumMatch,
    mode,
    modeOperator,
    skipMissing,
  ],
  needs: ['files'],
  evaluate(values, facts) {
    const path = values.require(filename);
    const file = partOf(facts, 'files').find((candidate) => candidate.path === path);
    if (file === undefined) {
      return values.get(skipMissing) ?? true
        ? []
        : [{ message: `filename=${path} and skip_missing=False` }];
    }
    const wantedSum = values.get(checksum) || undefined;
    const wantedMode = values.get(mode);
    const checks = [
      ...wantedSum === undefined ? [] : [
        checksumCheck(file, wantedSum, values.get(checksumMatch) ?? 'equals'),
      ],
      ...wantedMode === undefined ? [] : [
        modeCheck(file, wantedMode, values.get(modeOperator) ?? 'equals'),
      ],
    ];
    if (!checks.every(({ holds }) => holds)) return [];
    return [{ message: [`filename=${path}`, ...checks.map(({ text }) => text)].join(' and ') }];
  },
};

interface Check {
  readonly holds: boolean;
  readonly text: string;
}

function checksumCheck({ sha256 }: FileFact, wanted: string, operator: Operator): Check {
  const isSame = sha256 === wanted.trim().toLowerCase();
  // What has no content has the checksum `None` in texts that clients know.
  const text = `checksum=${sha256 ?? 'None'} op=${operator} specified_checksum=${wanted}`;
  return { holds: isSame === (operator === 'equals'), text };
}

function modeCheck(file: FileFact, wanted: number, operator: Operator): Check {
  const own = file.mode & 0o7777;
  const text = `mode=${octal(own)} op=${operator} specified_mode=${octal(wanted)}`;
  return { holds: (own === wanted) === (operator === 'equals'), text };
}

function octal(bits: number): string {
  return `0o${bits.toString(8)}`;
}

/** Bits of a mode by which a program runs as the owner or group of its file. */
const SET_ID = 0o6000;

const suidOrGuidSet: Trigger = {
  name: 'suid_or_guid_set',
  description: 'Fires for each file with the set-user-id or set-group-id bit',
  parameters: [],
  needs: ['files'],
  *evaluate(_values, facts): Iterable<Finding> {
    for (const { path, mode: bits } of partOf(facts, 'files')) {
      if ((bits & SET_ID) === 0) continue;
      yield { message: `SUID or SGID found set on file ${path}. Mode: ${octal(bits)}` };
    }
  },
};

export const filesGate: Gate = {
  name: 'files',
  description: 'Names, attributes and contents of files',
  state: 'active',
  triggers: [contentRegexMatch, nameMatch, attributeMatch, suidOrGuidSet],
};
