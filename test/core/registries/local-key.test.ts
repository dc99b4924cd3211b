import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localKey } from '../../../core/registries/local-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tw-key-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the key of a data folder', () => {
  it('is made once, for its user alone, and is another one in each folder', () => {
    const key = localKey(join(folder, 'one'));
    expect(key.length).toBeGreaterThanOrEqual(43);
    expect(localKey(join(folder, 'one'))).toBe(key);
    expect(localKey(join(folder, 'two'))).not.toBe(key);
    expect(statSync(join(folder, 'one/encryption-key')).mode & 0o777).toBe(0o600);
  });

  it('that was given stays', () => {
    writeFileSync(join(folder, 'encryption-key'), 'somebody has put this here\n');
    expect(localKey(folder)).toBe('somebody has put this here');
  });

  it('is made anew where a start was killed in the middle of it', () => {
    writeFileSync(join(folder, 'encryption-key'), '');
    writeFileSync(join(folder, 'encryption-key.new'), 'half');
    const key = localKey(folder);
    expect(readFileSync(join(folder, 'encryption-key'), 'utf8').trim()).toBe(key);
    expect(key).not.toContain('half');
  });

  it.skipIf(process.getuid?.() === 0)('is not replaced where it cannot be read', () => {
    localKey(folder);
    chmodSync(join(folder, 'encryption-key'), 0);
    expect(() => localKey(folder)).toThrow(/EACCES/);
  });
});
