/**
 * Gate `dockerfile`: instructions of the Dockerfile, supplied or guessed from the history.
 *
 * @module
 */
import { instructionsOf } from '../dockerfile.ts';
import { covers, type Exposure, exposuresOf, isAllowed } from '../exposures.ts';
import { compileExpression } from '../expression.ts';
import type { ImageFacts } from '../facts.ts';
import {
  anyString,
  booleanString,
  commaDelimitedStringList,
  commaDelimitedStringOfNumbers,
  enumString,
  type Parameter,
  splitList,
  type Values,
} from './parameters.ts';
import type { Finding, Gate, Trigger } from './types.ts';

const INSTRUCTIONS = [
  'ADD',
  'ARG',
  'COPY',
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'USER',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'VOLUME',
  'WORKDIR',
] as const;

const CHECKS = ['=', '!=', 'exists', 'not_exists', 'like', 'not_like', 'in', 'not_in'] as const;

type Check = (typeof CHECKS)[number];

/** Longest line that an expression is tried on, in characters. */
const LONGEST_LINE = 64 * 1024;

const instruction: Parameter<(typeof INSTRUCTIONS)[number]> = {
  name: 'instruction',
  description: 'The instruction to look at',
  example: 'FROM',
  required: true,
  validator: enumString(INSTRUCTIONS),
};

const check: Parameter<Check> = {
  name: 'check',
  description: 'How to compare what follows the instruction',
  example: '=',
  required: true,
  validator: enumString(CHECKS),
};

const value: Parameter<string> = {
  name: 'value',
  description: 'What to compare it with: a list for in and not_in, nothing for exists, not_exists',
  example: 'scratch',
  required: false,
  validator: anyString,
};

const actualOnly: Parameter<boolean> = {
  name: 'actual_dockerfile_only',
  description: 'Look only at a supplied Dockerfile, never at a guessed one; false by default',
  example: 'true',
  required: false,
  validator: booleanString,
};

const users: Parameter<readonly string[]> = {
  name: 'users',
  description: 'Names of users',
  example: 'root,docker',
  required: true,
  validator: commaDelimitedStringList,
};

const ports: Parameter<readonly number[]> = {
  name: 'ports',
  description: 'Numbers of ports',
  example: '80,8080,8088',
  required: true,
  validator: commaDelimitedStringOfNumbers,
};

const listType: Parameter<'whitelist' | 'blacklist'> = {
  name: 'type',
  description: 'Whether only what is listed is allowed (whitelist) or is not (blacklist)',
  example: 'blacklist',
  required: true,
  validator: enumString(['whitelist', 'blacklist']),
};

const instructionTrigger: Trigger = {
  name: 'instruction',
  description: 'Fires for each line of an instruction that satisfies a comparison',
  parameters: [instruction, check, value, actualOnly],
  *evaluate(values, facts): Iterable<Finding> {
    if (isIgnored(values, facts)) return;
    const name = values.require(instruction);
    const operator = values.require(check);
    const given = values.get(value);
    const lines = instructionsOf(facts.dockerfile).get(name);
    if (operator === 'not_exists') {
      if (lines === undefined) yield { message: absent(name) };
      return;
    }
    const satisfied = comparison(operator, given);
    for (const line of lines ?? []) {
      if (!satisfied(line)) continue;
      yield {
        message: `Dockerfile directive '${name}' check '${operator}' ` +
          `matched against '${given ?? ''}' for line '${line}'`,
      };
    }
  },
};

const effectiveUser: Trigger = {
  name: 'effective_user',
  description: 'Fires for a user of the last USER instruction that is not allowed; none is root',
  parameters: [users, listType],
  evaluate(values, facts) {
    const listed = values.require(users);
    const line = instructionsOf(facts.dockerfile).get('USER')?.at(-1) ?? 'root';
    const user = line.replace(/^\[/, '').replace(/\]$/, '').trim();
    const isListed = listed.includes(user);
    if (values.require(listType) === 'whitelist') {
      if (isListed) return [];
      return [{
        message: `User ${user} found as effective user, which is not on the allowed list`,
      }];
    }
    if (!isListed) return [];
    // The spelling is the published one, which whitelists hold hashes of.
    return [{ message: `User ${user} found as effective user, which is explicity not allowed` }];
  },
};

const exposedPorts: Trigger = {
  name: 'exposed_ports',
  description: 'Fires for each exposed port that is not allowed',
  parameters: [ports, listType, actualOnly],
  *evaluate(values, facts): Iterable<Finding> {
    if (isIgnored(values, facts)) return;
    const listed = values.require(ports);
    const judge = values.require(listType) === 'whitelist' ? portsNotListed : portsListed;
    for (const line of instructionsOf(facts.dockerfile).get('EXPOSE') ?? []) {
      yield* judge(exposuresOf(line), listed);
    }
  },
};

const noDockerfile: Trigger = {
  name: 'no_dockerfile_provided',
  description: 'Fires if no Dockerfile was supplied with the image',
  parameters: [],
  evaluate(_values, facts) {
    if (facts.dockerfile.mode === 'Actual') return [];
    return [{ message: 'Image was not analyzed with an actual Dockerfile' }];
  },
};

/** One finding for each listed port: plain before tcp before udp. */
function* portsListed(
  exposed: readonly Exposure[],
  listed: readonly number[],
): Iterable<Finding> {
  for (const port of listed) {
    const protocol = ['', '/tcp', '/udp'].find((known) =>
      exposed.some((word) => word.protocol === known && covers(word, port))
    );
    if (protocol === undefined) continue;
    yield {
      message: `Dockerfile exposes port (${port}${protocol}) ` +
        'which is in policy file DENIEDPORTS list',
    };
  }
}

function* portsNotListed(
  exposed: readonly Exposure[],
  listed: readonly number[],
): Iterable<Finding> {
  const allowed = new Set(listed);
  for (const word of exposed) {
    if (isAllowed(word, allowed)) continue;
    yield {
      message:
        `Dockerfile exposes port (${word.text}) which is not in policy file ALLOWEDPORTS list`,
    };
  }
}

function isIgnored(values: Values, facts: ImageFacts): boolean {
  return values.get(actualOnly) === true && facts.dockerfile.mode !== 'Actual';
}

function absent(name: string): string {
  return `Dockerfile directive '${name}' not found, matching condition 'not_exists' check`;
}

/** Whether a line satisfies a check; no line satisfies one that lacks its value. */
function comparison(operator: Check, given: string | undefined): (line: string) => boolean {
  if (operator === 'exists') return () => true;
  if (given === undefined) return () => false;
  switch (operator) {
    case '=':
      return (line) => line === given;
    case '!=':
      return (line) => line !== given;
    case 'like':
      return expression(given);
    case 'not_like':
      return negated(expression(given));
    case 'in':
      return among(given);
    case 'not_in':
      return negated(among(given));
    case 'not_exists':
      return () => false;
  }
}

function expression(source: string): (line: string) => boolean {
  const compiled = compileExpression(source);
  return (line) => {
    if (line.length > LONGEST_LINE) {
      throw new RangeError(`an instruction is longer than ${LONGEST_LINE} characters`);
    }
    return compiled.matches(line);
  };
}

function among(list: string): (line: string) => boolean {
  const items = new Set(splitList(list));
  return (line) => items.has(line);
}

function negated(test: (line: string) => boolean): (line: string) => boolean {
  return (line) => !test(line);
}

export const dockerfileGate: Gate = {
  name: 'dockerfile',
  description: 'Instructions of the supplied Dockerfile, or of one guessed from the history',
  state: 'active',
  triggers: [instructionTrigger, effectiveUser, exposedPorts, noDockerfile],
};
