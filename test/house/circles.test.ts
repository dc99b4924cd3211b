import { describe, expect, it } from 'vitest';
import { type Arrow, ARROWS, arrowsIn } from './sources.ts';

/** Groups of files that import each other (Tarjan's strongly connected components). */
function circles(arrows: readonly Arrow[]): string[][] {
  const targets = Map.groupBy(arrows.filter(({ to }) => /\.m?ts$/.test(to)), ({ from }) => from);
  const seen = new Map<string, { low: number; readonly index: number; open: boolean }>();
  const stack: string[] = [];
  const found: string[][] = [];
  function visit(path: string): number {
    const node = { index: seen.size, low: seen.size, open: true };
    seen.set(path, node);
    stack.push(path);
    for (const { to } of targets.get(path) ?? []) {
      const next = seen.get(to);
      if (to === path) found.push([path]);
      else if (next === undefined) node.low = Math.min(node.low, visit(to));
      else if (next.open) node.low = Math.min(node.low, next.index);
    }
    if (node.low === node.index) {
      const group = stack.splice(stack.indexOf(path));
      for (const member of group) Object.assign(seen.get(member) ?? {}, { open: false });
      if (group.length > 1) found.push(group.sort());
    }
    return node.low;
  }
  for (const path of targets.keys()) if (!seen.has(path)) visit(path);
  return found;
}

describe('circles', () => {
  it('of files that need each other at run time are none', () => {
    expect(circles(ARROWS.filter(({ isType }) => !isType))).toEqual([]);
  });

  it('of types are none either', () => {
    expect(circles(ARROWS)).toEqual([]);
  });

  it('are noticed', () => {
    const arrows = [
      ...arrowsIn('core/a.ts', "import { b } from './b.ts';"),
      ...arrowsIn('core/b.ts', "import { c } from './c.ts'; import './d.ts';"),
      ...arrowsIn('core/c.ts', "import { a } from './a.ts';"),
      ...arrowsIn('core/d.ts', "import { d } from './d.ts';"),
    ];
    expect(circles(arrows)).toEqual([['core/d.ts'], ['core/a.ts', 'core/b.ts', 'core/c.ts']]);
  });
});
