import { describe, expect, it } from 'vitest';
import { glassOf, TICKET, UNTIL } from '../../../core/door/break-glass.ts';

const now = new Date('2030-01-31T12:00:00Z');
const options = { isAllowed: true, mostHours: 24, now };

describe('glassOf', () => {
  it('is whole where nobody wants it broken', () => {
    expect(glassOf({ 'x.image-policy.k8s.io/other': '1' }, options)).toEqual({ kind: 'whole' });
  });

  it('breaks by ticket and expiry', () => {
    const annotations = { [TICKET]: ' INC-7 ', [UNTIL]: '2030-01-31T19:00:00+01:00' };
    expect(glassOf(annotations, options)).toEqual({
      kind: 'broken',
      ticket: 'INC-7',
      until: new Date('2030-01-31T18:00:00Z'),
    });
  });

  it.each([
    ['without a ticket', { [UNTIL]: '2030-01-31T13:00:00Z' }, /ticket is missing/],
    ['with an empty ticket', { [TICKET]: ' ', [UNTIL]: '2030-01-31T13:00:00Z' }, /is missing/],
    [
      'with a ticket of a novel',
      { [TICKET]: 'x'.repeat(201), [UNTIL]: '2030-01-31T13:00:00Z' },
      /longer/,
    ],
    ['without an end', { [TICKET]: 'INC-7' }, /must be a time/],
    ['with an end that is no time', { [TICKET]: 'INC-7', [UNTIL]: 'tomorrow' }, /must be a time/],
    [
      'on a day there is not',
      { [TICKET]: 'INC-7', [UNTIL]: '2030-13-41T13:00:00Z' },
      /no time there is/,
    ],
    ['in the past', { [TICKET]: 'INC-7', [UNTIL]: '2030-01-31T11:59:59Z' }, /is over/],
    [
      'for longer than allowed',
      { [TICKET]: 'INC-7', [UNTIL]: '2030-02-01T12:00:01Z' },
      /24 hours at most/,
    ],
  ])('does not break %s', (_, annotations, why) => {
    const glass = glassOf(annotations, options);
    expect(glass).toMatchObject({ kind: 'unbreakable' });
    expect(glass).toHaveProperty('why', expect.stringMatching(why));
  });

  it('does not break where no rule allows it', () => {
    const annotations = { [TICKET]: 'INC-7', [UNTIL]: '2030-01-31T13:00:00Z' };
    expect(glassOf(annotations, { ...options, isAllowed: false })).toMatchObject({
      kind: 'unbreakable',
      why: expect.stringContaining('not allowed'),
    });
  });
});
