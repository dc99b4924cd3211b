import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../core/log.ts';
import { type ConfigFiles, configFiles } from '../../../core/registries/config-files.ts';

let folder: string;
let lines: { level: string; message: string; file: string; why?: string }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tw-files-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = createLog({
  level: 'debug',
  format: 'json',
  write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
});

function content(password: string): string {
  return JSON.stringify({ auths: { 'registry.example': { username: 'robot', password } } });
}

async function passwords(files: ConfigFiles): Promise<string[]> {
  return (await files.logins()).map(({ credentials }) => credentials.password);
}

const levels = () => lines.map(({ level }) => level);

describe('a file of credentials', () => {
  it('is read anew when it has changed, and told about once', async () => {
    const path = join(folder, 'config.json');
    writeFileSync(path, content('first-secret'));
    const files = configFiles([path], log);
    expect(await passwords(files)).toEqual(['first-secret']);
    expect(await passwords(files)).toEqual(['first-secret']);
    expect(levels()).toEqual(['info']);
    // As long as before.
    writeFileSync(path, content('other-secret'));
    expect(await passwords(files)).toEqual(['other-secret']);
    expect(levels()).toEqual(['info', 'info']);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('may be exchanged as Kubernetes exchanges a Secret', async () => {
    for (const [version, password] of [['..1', 'one'], ['..2', 'two']] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, '.dockerconfigjson'), content(password));
    }
    symlinkSync('..1', join(folder, '..data'));
    const path = join(folder, '.dockerconfigjson');
    symlinkSync('..data/.dockerconfigjson', path);
    const files = configFiles([path], log);
    expect(await passwords(files)).toEqual(['one']);
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await passwords(files)).toEqual(['two']);
  });

  it.each([
    ['no JSON', 'secret'],
    ['another document', '["secret"]'],
    ['too large', `${content('secret')}${' '.repeat(1024 * 1024)}`],
  ])(
    'that becomes %s is told about once, and what was there before still counts',
    async (_, broken) => {
      const path = join(folder, 'config.json');
      writeFileSync(path, content('good'));
      const files = configFiles([path], log);
      await files.logins();
      writeFileSync(path, broken);
      expect(await passwords(files)).toEqual(['good']);
      expect(await passwords(files)).toEqual(['good']);
      expect(levels()).toEqual(['info', 'warn']);
      expect(lines[1]).toMatchObject({ file: path, why: expect.stringMatching(/^it /) as string });
      expect(JSON.stringify(lines)).not.toContain('secret');
      writeFileSync(path, content('better'));
      expect(await passwords(files)).toEqual(['better']);
    },
  );

  it('that cannot be read as one holds nothing', async () => {
    const path = join(folder, 'folder');
    mkdirSync(path);
    const files = configFiles([path], log);
    expect(await passwords(files)).toEqual([]);
    expect(levels()).toEqual(['warn']);
    expect(lines[0]).toMatchObject({ file: path });
  });

  it('that goes away no longer counts', async () => {
    const path = join(folder, 'config.json');
    writeFileSync(path, content('gone'));
    const files = configFiles([path], log);
    await files.logins();
    rmSync(path);
    expect(await passwords(files)).toEqual([]);
    expect(await passwords(files)).toEqual([]);
    expect(levels()).toEqual(['info', 'warn']);
    expect(lines[1]).toMatchObject({ file: path });
    writeFileSync(path, content('back'));
    expect(await passwords(files)).toEqual(['back']);
  });

  it('that is not there is a warning', async () => {
    writeFileSync(join(folder, 'another'), '');
    for (const path of [join(folder, 'config.json'), join(folder, 'away', 'config.json')]) {
      lines.length = 0;
      const files = configFiles([path], log);
      expect(await passwords(files)).toEqual([]);
      await files.logins();
      expect(lines).toMatchObject([{ level: 'warn', file: path }]);
    }
  });

  it('that is not there in the mount of an optional Secret is none', async () => {
    mkdirSync(join(folder, '..1'));
    symlinkSync('..1', join(folder, '..data'));
    const path = join(folder, '.dockerconfigjson');
    const files = configFiles([path], log);
    expect(await passwords(files)).toEqual([]);
    expect(levels()).toEqual(['debug']);
    writeFileSync(path, content('later'));
    expect(await passwords(files)).toEqual(['later']);
  });

  it('is one of several, the first one first', async () => {
    const paths = ['a', 'b'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, content(path));
    expect(await passwords(configFiles(paths, log))).toEqual(paths);
  });
});
