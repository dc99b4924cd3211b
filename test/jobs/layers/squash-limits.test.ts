/**
 * Layers that are large, or made to cost much.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { type LayerEntry, squash, type SquashLayer } from '../../../jobs/layers/index.ts';
import { codeOf, random } from './tars.ts';
import { cpuMs } from '../../support/cpu.ts';

function layerOf(
  entries: readonly Partial<LayerEntry>[],
  whiteouts: string[] = [],
): SquashLayer<string> {
  const blank = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0 } as const;
  return {
    entries: entries.map((entry) => ({
      path: '',
      sha256: undefined,
      link: undefined,
      ...blank,
      ...entry,
    })),
    whiteouts: new Set(whiteouts),
    opaque: new Set(),
    kept: new Map(),
    matches: new Map(),
  };
}

describe('large and hostile layers', () => {
  it('take about as long as they have entries', () => {
    const paths = Array.from({ length: 200_000 }, (_, i) => `d${i % 100}/e${i % 1000}/f${i}`);
    const below = layerOf(paths.map((path) => ({ path })));
    const above = layerOf([{ path: 'x' }], paths.slice(0, 100_000));
    const started = cpuMs();
    const tree = squash([below, above]);
    const left = Array.from(tree).filter((entry) => !entry.implicit).length;
    expect(left).toBe(100_001);
    expect(cpuMs() - started).toBeLessThan(3000);
  });

  it('may have very many files in one directory', () => {
    const tree = squash([layerOf(Array.from({ length: 200_000 }, (_, i) => ({ path: `f${i}` })))]);
    expect(Array.from(tree).length).toBe(200_000);
  });

  it('are refused when they make directories without end', () => {
    const deep = '/d'.repeat(1500);
    const entries = Array.from({ length: 1000 }, (_, i) => ({ path: `${i}${deep}` }));
    expect(codeOf(() => squash([layerOf(entries)]))).toBe('image_limit_exceeded');
  });

  it('are refused when they make paths without end', () => {
    const entries: Partial<LayerEntry>[] = [];
    for (let i = 0; i < 10; i++) {
      entries.push({
        path: `s${i}`,
        type: 'symlink',
        link: `${i === 0 ? '' : `s${i - 1}/`}${'d/'.repeat(900)}`,
      });
      entries.push({ path: `s${i}/f${i}` });
    }
    expect(codeOf(() => squash([layerOf(entries)]))).toBe('layer_malformed');
  });

  it('are refused when they follow links without end', () => {
    const entries: Partial<LayerEntry>[] = [{ path: 'd', type: 'directory' }];
    for (let i = 0; i < 35; i++) {
      const next = i === 34 ? 'd' : `l${i + 1}`;
      entries.push({ path: `l${i}`, type: 'symlink', link: `${'d/../'.repeat(800)}${next}` });
    }
    for (let i = 0; i < 2000; i++) entries.push({ path: `l${i % 2}/f${i}` });
    expect(codeOf(() => squash([layerOf(entries)]))).toBe('image_limit_exceeded');
  });

  it('end in a tree without doubles or in a LayerError, whatever they are', () => {
    const next = random(5);
    const pick = <T>(from: readonly T[], other: T): T =>
      from[Math.floor(next() * from.length)] ?? other;
    const names = ['a', 'b', 'c'];
    const path = (): string =>
      Array.from({ length: 1 + Math.floor(next() * 4) }, () => pick(names, 'a')).join('/');
    const types = ['file', 'directory', 'directory', 'symlink', 'hardlink'] as const;
    for (let i = 0; i < 400; i++) {
      const layers = Array.from({ length: 3 }, () => {
        const entries = Array.from({ length: 12 }, () => {
          const type = pick(types, 'file');
          const target = pick(['', '/', '../', '../../'], '') + path();
          return { path: path(), type, link: type === 'symlink' ? target : path() };
        });
        return layerOf(entries, [path(), path()]);
      });
      const tree = squash(layers);
      const paths = Array.from(tree, (entry) => entry.path);
      expect(new Set(paths).size).toBe(paths.length);
      for (const one of paths) expect(() => tree.get(one)).not.toThrow();
      const parents = paths.filter((one) => one.includes('/')).map((one) =>
        one.slice(0, one.lastIndexOf('/'))
      );
      expect(parents.every((parent) => paths.includes(parent))).toBe(true);
    }
  });
});
