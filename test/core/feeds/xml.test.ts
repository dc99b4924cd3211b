import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  childOf,
  childrenOf,
  childText,
  elementsOf,
  rootOf,
  type XmlElement,
} from '../../../core/feeds/xml.ts';
import { mutatedBytes } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { writtenFile } from '../../support/written-feed.ts';

const LIMIT = 10_000;

async function read(content: string | Uint8Array, limit?: number, until?: string) {
  const notes: string[] = [];
  const elements: XmlElement[] = [];
  const options = {
    root: 'all',
    wants: (name: string) => name === 'item' || name === 'other',
    until,
    limit: limit ?? LIMIT,
    note: (record: string, reason: string) => notes.push(`${record}: ${reason}`),
  };
  for await (const element of elementsOf(writtenFile('all.xml', content), options)) {
    elements.push(element);
  }
  return { elements, notes };
}

function item(text: string) {
  return { name: 'item', attributes: {}, children: [], text };
}

describe('elements of a document', () => {
  it('are small trees in the order of their ends', async () => {
    const { elements, notes } = await read(`<?xml version="1.0"?>
      <!DOCTYPE all [<!ELEMENT item ANY>]>
      <all xmlns="urn:x" xmlns:p="urn:y"><!-- <item>no</item> -->
        <skipped><p:item id="1" p:kind='a"b'>t&lt;&#x41;<sub>s</sub><![CDATA[<raw>]]> u</p:item></skipped>
        <other/><item><item>inner</item></item>
      </all>`);
    expect(notes).toEqual([]);
    expect(elements).toEqual([
      {
        name: 'item',
        attributes: { id: '1', 'p:kind': 'a"b' },
        children: [{ name: 'sub', attributes: {}, children: [], text: 's' }],
        text: 't<A<raw> u',
      },
      { name: 'other', attributes: {}, children: [], text: '' },
      { name: 'item', attributes: {}, children: [item('inner')], text: '' },
    ]);
  });

  it('are found by name', async () => {
    const { elements } = await read('<all><item><a> x </a><b/><a>y</a></item></all>');
    expect(childText(elements[0], 'a')).toBe('x');
    expect(childText(elements[0], 'c')).toBe('');
    expect(childText(undefined, 'a')).toBe('');
    expect(childOf(elements[0], 'b')).toMatchObject({ name: 'b' });
    expect(childrenOf(elements[0], 'a').map(({ text }) => text)).toEqual([' x ', 'y']);
    expect(childrenOf(undefined, 'a')).toEqual([]);
  });

  it('are read no further than asked for', async () => {
    const content = `<all><p><item>1</item></p>${' '.repeat(300_000)}<item>2</item> oops`;
    expect((await read(content, LIMIT, 'p')).elements).toEqual([item('1')]);
    await expect(read(content)).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('come out of a compressed file and over the borders of chunks', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `<item>Zoë ${n}</item>`).join('\n');
    const { elements } = await read(gzipSync(`<all>${many}</all>`));
    expect(elements).toHaveLength(20_000);
    expect(elements.at(-1)?.text).toBe('Zoë 19999');
  });

  it.each<[string, Uint8Array]>([
    ['UTF-8 with a mark', Buffer.from('\ufeff<all><item>é</item></all>')],
    [
      'Latin-1',
      Buffer.from(
        "<?xml version='1.0' encoding='ISO-8859-1'?><all><item>\xe9</item></all>",
        'latin1',
      ),
    ],
    ['UTF-16', Buffer.from('\ufeff<all><item>é</item></all>', 'utf16le')],
  ])('are read from %s', async (_, content) => {
    expect((await read(content)).elements).toEqual([item('é')]);
  });

  it('keep a document with bytes outside of its encoding', async () => {
    const content = Buffer.from('<all><item>\xe9</item></all>', 'latin1');
    expect((await read(content)).elements).toEqual([item('\ufffd')]);
  });

  it('have no prototype in their attributes', async () => {
    const { elements } = await read('<all><item __proto__="1" constructor="2"/></all>');
    expect(Object.entries(elements[0]?.attributes ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
    expect(elements[0]?.attributes['toString']).toBeUndefined();
  });
});

describe('what is too large', () => {
  it.each<[string, string, string]>([
    ['text', `<item id="big">${'x'.repeat(2000)}</item>`, 'big: it has more than 1000 characters'],
    [
      'an attribute',
      `<item id="big" a="${'x'.repeat(2000)}"/>`,
      'big: it has more than 1000 characters',
    ],
    ['children', `<item>${'<a/>'.repeat(100)}</item>`, 'item 1: it has more than 1000 characters'],
    [
      'children after its id',
      `<item><id>ID-1</id>${'<a/>'.repeat(100)}</item>`,
      'ID-1: it has more than 1000 characters',
    ],
  ])('is noted and passed over: %s', async (_, element, note) => {
    const { elements, notes } = await read(`<all>${element}<item>next</item></all>`, 1000);
    expect(notes).toEqual([note]);
    expect(elements).toEqual([item('next')]);
  });

  it('is noted and passed over: levels of an element', async () => {
    const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`;
    const { elements, notes } = await read(`<all><item>${deep}</item><item>next</item></all>`);
    expect(notes).toEqual(['item 1: it has more than 64 levels']);
    expect(elements).toEqual([item('next')]);
  });

  it.each<[string, string, string]>([
    ['levels', `<all>${'<a>'.repeat(300)}`, 'it has more than 256 levels'],
    [
      'attributes',
      `<all><b ${Array.from({ length: 200 }, (_, n) => `a${n}="1"`).join(' ')}/></all>`,
      'it has a tag of more than 128 attributes',
    ],
    [
      'a comment',
      `<all><!--${' '.repeat(17 * 1024 * 1024)}--></all>`,
      'it has a text of more than 16777216 characters',
    ],
  ])('fails the document: %s', async (_, content, reason) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining(reason),
    });
  });
});

describe('what is no whole document', () => {
  const whole = '<all><item a="1">x</item></all>';

  it.each(Array.from({ length: whole.length }, (_, n) => n))(
    'fails: its first %i bytes',
    async (n) => {
      await expect(read(whole.slice(0, n))).rejects.toMatchObject({ code: 'feed_malformed' });
    },
  );

  it.each<[string, string | Uint8Array]>([
    ['another root', '<html><item/></html>'],
    ['two roots', '<all/><all/>'],
    ['text after the root', '<all/>text'],
    ['crossed tags', '<all><item><a></item></a></all>'],
    ['an attribute twice', '<all><item a="1" a="2"/></all>'],
    ['an attribute without quotes', '<all><item a=1/></all>'],
    ['a control character', '<all><item>\u0001</item></all>'],
    ['an entity of its own', '<!DOCTYPE all [<!ENTITY a "b">]><all><item>&a;</item></all>'],
    [
      'an entity of another file',
      '<!DOCTYPE all [<!ENTITY a SYSTEM "file:///etc/passwd">]><all>&a;</all>',
    ],
    ['an encoding that nobody knows', '<?xml version="1.0" encoding="x-none"?><all/>'],
    ['JSON', '{"all": []}'],
    ['a cut gzip', gzipSync(`<all>${'<item/>'.repeat(5000)}</all>`).subarray(0, 100)],
  ])('fails: %s', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'feed_malformed', status: 502 });
  });
});

describe('the root of a document', () => {
  it.each<[string, string | Uint8Array, string | undefined]>([
    ['a name', '<?xml version="1.0"?>\n<!-- x -->\n<p:all a="1"><oops', 'all'],
    ['of a compressed file', gzipSync('<updates/>'), 'updates'],
    ['none', '{"a": 1}', undefined],
    ['none in an empty file', '', undefined],
  ])('is %s', async (_, content, root) => {
    expect(await rootOf(writtenFile('x', content))).toBe(root);
  });
});

it('comes to an end on whatever bytes', async () => {
  const sample = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE all><all xmlns:p="urn:x"><!-- c -->${
      '<item id="1"><p:a b="&lt;c&#10;">t</p:a><![CDATA[d]]></item><?e f?>'.repeat(20)
    }</all>`,
  );
  const outcomes = { read: 0, failed: 0 };
  for (let seed = 1; seed <= 400; seed += 1) {
    try {
      const { elements } = await read(mutatedBytes(sample, randomOf(seed)));
      expect(elements.length).toBeLessThanOrEqual(60);
      outcomes.read += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'feed_malformed' });
      outcomes.failed += 1;
    }
  }
  expect(outcomes.read).toBeGreaterThan(5);
  expect(outcomes.failed).toBeGreaterThan(100);
});
