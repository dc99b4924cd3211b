import { describe, expect, it } from 'vitest';
import { admissionQuestion, AdmissionReview } from '../../../core/door/admission-review.ts';
import { imageQuestion, ImageReview } from '../../../core/door/image-review.ts';
import { shown } from '../../../core/door/text.ts';
import { seeded } from '../../support/kills.ts';

const SEED = 20_261_127;
const TURNS = 3000;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const STRINGS = ['', 'nginx', 'a\u202eb', '\u0000', 'x'.repeat(5000), '__proto__', 'CREATE', '☃'];

function value(random: () => number, depth: number): Json {
  const kind = Math.floor(random() * (depth > 3 ? 4 : 6));
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return Math.floor(random() * 2e9) - 1e9;
  if (kind === 3) return STRINGS[Math.floor(random() * STRINGS.length)] ?? '';
  const items = Array.from({ length: Math.floor(random() * 4) }, () => value(random, depth + 1));
  if (kind === 4) return items;
  return Object.fromEntries(items.map((item, index) => [`k${index}`, item]));
}

/** The same document with one place in it changed. */
function mutated(document: Json, random: () => number): Json {
  if (random() < 0.15 || typeof document !== 'object' || document === null) return value(random, 2);
  if (Array.isArray(document)) {
    const at = Math.floor(random() * document.length);
    return document.map((item, index) => index === at ? mutated(item, random) : item);
  }
  const keys = Object.keys(document);
  const key = keys[Math.floor(random() * keys.length)];
  if (key === undefined) return value(random, 2);
  return { ...document, [key]: mutated(document[key] ?? null, random) };
}

const IMAGE_REVIEW: Json = {
  apiVersion: 'imagepolicy.k8s.io/v1alpha1',
  kind: 'ImageReview',
  spec: { containers: [{ image: 'a' }, { image: 'b' }], annotations: { a: 'b' }, namespace: 'n' },
};
const pod = (image: string): Json => ({
  metadata: { name: 'p', annotations: { a: 'b' } },
  spec: {
    containers: [{ name: 'c', image }],
    initContainers: [{ name: 'i', image }],
    volumes: [{ name: 'v', image: { reference: image } }],
  },
});
const ADMISSION_REVIEW: Json = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'n',
    operation: 'UPDATE',
    userInfo: { username: 'alice' },
    object: pod('a'),
    oldObject: pod('b'),
  },
};

describe('reviews of any shape', () => {
  const asker = { cluster: 'c', identified: true };
  const connection = { until: 0, signal: new AbortController().signal };

  it('are read or refused, and never throw', () => {
    const random = seeded(SEED);
    let read = 0;
    for (let turn = 0; turn < TURNS; turn += 1) {
      const image = ImageReview.safeParse(mutated(IMAGE_REVIEW, random));
      if (image.success) {
        read += 1;
        const { images } = imageQuestion(image.data, asker);
        expect(images.every((one) => typeof one === 'string')).toBe(true);
      }
      const admission = AdmissionReview.safeParse(mutated(ADMISSION_REVIEW, random));
      if (admission.success) {
        read += 1;
        const asked = admissionQuestion(admission.data, asker, connection);
        if (asked.kind === 'question') {
          expect(asked.question.images.every((one) => typeof one === 'string')).toBe(true);
        }
      }
    }
    expect(read).toBeGreaterThan(TURNS / 10);
    expect(read).toBeLessThan(TURNS * 2);
  });

  it('leave nothing in a reason that could drive a terminal, nor make it long', () => {
    const random = seeded(SEED);
    for (let turn = 0; turn < TURNS; turn += 1) {
      const text = Array.from(
        { length: Math.floor(random() * 200) },
        () => String.fromCharCode(Math.floor(random() * 0x3000)),
      ).join('');
      const line = shown(text, 100);
      expect(line.length).toBeLessThanOrEqual(100);
      // deno-lint-ignore no-control-regex
      expect(line).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
      );
    }
  });
});
