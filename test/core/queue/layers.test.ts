import { beforeEach, describe, expect, it } from 'vitest';
import { Buffer } from 'node:buffer';
import {
  findLayer,
  forgetLayers,
  keepLayer,
  noteRead,
  noteWitness,
  type Witness,
} from '../../../core/queue/layers.ts';
import { testDatabase } from '../../support/postgres.ts';

const { sql } = await testDatabase();

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const BASE = digest('b');
const OTHER = digest('c');
const KEY = { layer: BASE, analyzers: 'f'.repeat(64) };
const HONEST = digest('1');
const FORGED = digest('2');
const BODY = Buffer.from('compressed');

let images = 0;
/** An image that is being analysed. */
async function analysing(repository: string, attempt = 1): Promise<Witness> {
  const image = `sha256:${String(images++).padStart(64, '0')}`;
  await sql`
    insert into manifests
      (digest, media_type, document, config, platform, compressed_size, layer_count)
    values (${image}, 'x', '', '', '{}', 1, 1)`;
  await sql`
    insert into analyses (digest, lane, account, reference, source, state, attempt, task)
    values (${image}, 1, 'admin', 'x', '{}', 'analyzing', ${attempt}, ${image})`;
  return { image, attempt, repository };
}

/** An image whose Job reads the base first and tells of it; whether its document is wanted. */
async function told(repository: string, document = HONEST): Promise<boolean> {
  const witness = await analysing(repository);
  expect(await noteRead(sql, witness, BASE)).toBe(true);
  return await noteWitness(sql, witness, KEY, document);
}

async function disputes(): Promise<number> {
  return (await sql`select from events where type = 'system.layers.disputed'`).length;
}

beforeEach(async () => {
  await sql`truncate layer_witnesses, layer_documents, analyses, manifests, events cascade`;
});

describe('a layer that two have read alike', () => {
  it('is known when both are of different repositories', async () => {
    expect(await told('one.example/a')).toBe(false);
    expect(await findLayer(sql, KEY)).toBeUndefined();
    expect(await told('two.example/b')).toBe(true);
    await keepLayer(sql, KEY, { document: HONEST, body: BODY });
    expect(await findLayer(sql, KEY)).toEqual({ document: HONEST, body: BODY });
    expect(await told('three.example/c')).toBe(false);
  });

  it('is not known for other analyzers', async () => {
    await told('one.example/a');
    await told('two.example/b');
    await keepLayer(sql, KEY, { document: HONEST, body: BODY });
    expect(await findLayer(sql, { ...KEY, analyzers: 'e'.repeat(64) })).toBeUndefined();
  });

  it('is not known when all are of one repository', async () => {
    expect(await told('one.example/a')).toBe(false);
    expect(await told('one.example/a')).toBe(false);
    await keepLayer(sql, KEY, { document: HONEST, body: BODY });
    expect(await findLayer(sql, KEY)).toBeUndefined();
  });

  it('is not known by a document that nobody told of', async () => {
    await told('one.example/a');
    await told('two.example/b');
    await keepLayer(sql, KEY, { document: FORGED, body: BODY });
    expect(await findLayer(sql, KEY)).toBeUndefined();
  });
});

describe('who tells', () => {
  it('must have asked for the layer first', async () => {
    const witness = await analysing('one.example/a');
    expect(await noteWitness(sql, witness, KEY, HONEST)).toBe(false);
    expect(await sql`select from layer_witnesses`).toHaveLength(0);
  });

  it('may ask again, and tells then', async () => {
    const witness = await analysing('one.example/a');
    expect(await noteRead(sql, witness, BASE)).toBe(true);
    expect(await noteRead(sql, witness, BASE)).toBe(true);
    await noteWitness(sql, witness, KEY, HONEST);
    expect(await sql`select from layer_witnesses`).toHaveLength(1);
  });

  it('cannot speak for a layer above one it has read', async () => {
    // Two images of one author, each with a hostile layer of its own below the one others use.
    for (const repository of ['evil.example/a', 'evil2.example/b']) {
      const witness = await analysing(repository);
      expect(await noteRead(sql, witness, digest('d'))).toBe(true);
      expect(await noteRead(sql, witness, BASE)).toBe(false);
      expect(await noteWitness(sql, witness, KEY, FORGED)).toBe(false);
    }
    expect(await sql`select from layer_witnesses`).toHaveLength(0);
  });

  it('cannot speak for a layer below when it has read on', async () => {
    const witness = await analysing('evil.example/a');
    expect(await noteRead(sql, witness, BASE)).toBe(true);
    expect(await noteRead(sql, witness, OTHER)).toBe(false);
    expect(await noteRead(sql, witness, BASE)).toBe(false);
    expect(await noteWitness(sql, witness, KEY, FORGED)).toBe(false);
    expect(await sql`select from layer_witnesses`).toHaveLength(0);
  });

  it('must still be the current attempt', async () => {
    const witness = await analysing('one.example/a', 2);
    expect(await noteRead(sql, { ...witness, attempt: 1 }, BASE)).toBe(false);
    expect(await noteRead(sql, witness, BASE)).toBe(true);
    expect(await noteWitness(sql, { ...witness, attempt: 1 }, KEY, HONEST)).toBe(false);
    expect(await sql`select from layer_witnesses`).toHaveLength(0);
  });
});

describe('two that contradict each other', () => {
  it('are an event, and neither is used', async () => {
    await told('one.example/a');
    expect(await told('two.example/b', FORGED)).toBe(false);
    expect(await told('three.example/c')).toBe(false);
    for (const document of [HONEST, FORGED]) {
      await keepLayer(sql, KEY, { document, body: BODY });
    }
    expect(await findLayer(sql, KEY)).toBeUndefined();
    expect(await disputes()).toBeGreaterThan(0);
  });

  it('take what was known along', async () => {
    await told('one.example/a');
    await told('two.example/b');
    await keepLayer(sql, KEY, { document: HONEST, body: BODY });
    const late = await analysing('three.example/c');
    await noteRead(sql, late, BASE);
    await noteWitness(sql, late, KEY, FORGED);
    expect(await findLayer(sql, KEY)).toBeUndefined();
    expect(await disputes()).toBe(1);
  });

  it('may be one that changes its mind', async () => {
    const witness = await analysing('one.example/a');
    await noteRead(sql, witness, BASE);
    await noteWitness(sql, witness, KEY, HONEST);
    await noteWitness(sql, witness, KEY, FORGED);
    expect(await told('two.example/b', FORGED)).toBe(false);
    expect(await told('three.example/c', HONEST)).toBe(false);
  });
});

it('forgets what nobody has used for long', async () => {
  await told('one.example/a');
  await told('two.example/b');
  await keepLayer(sql, KEY, { document: HONEST, body: BODY });
  await forgetLayers(sql, 30);
  expect(await findLayer(sql, KEY)).toBeDefined();
  await sql`update layer_documents set used_at = now() - interval '40 days'`;
  await sql`update layer_witnesses set told_at = now() - interval '40 days'`;
  await findLayer(sql, KEY);
  await forgetLayers(sql, 30);
  expect(await findLayer(sql, KEY)).toBeDefined();
  await sql`update layer_documents set used_at = now() - interval '40 days'`;
  await forgetLayers(sql, 30);
  expect(await findLayer(sql, KEY)).toBeUndefined();
  expect(await sql`select from layer_witnesses`).toHaveLength(0);
});
