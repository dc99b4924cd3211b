/**
 * Lists that analyses left, as JSON documents that are written while they are read.
 *
 * @module
 */
import { readDocument } from '../catalog/findings.ts';
import type { Services } from './context.ts';

/** The entries of a list as the items of a JSON array, between `head` and `tail`. */
export async function* listBody(
  { sql }: Pick<Services, 'sql'>,
  list: { readonly digest: string; readonly kind: string },
  item: (entry: unknown) => unknown,
  [head, tail]: readonly [string, string],
): AsyncGenerator<string> {
  yield `${head}[`;
  let comma = '';
  for await (const piece of readDocument(sql, list.digest, list.kind)) {
    let text = '';
    for (const line of piece.split('\n')) {
      if (line === '') continue;
      const made = item(JSON.parse(line));
      if (made === undefined) continue;
      text += comma + JSON.stringify(made);
      comma = ',';
    }
    yield text;
  }
  yield `]${tail}`;
}

/** An answer that comes piece by piece: JSON, unless another type of content is given. */
export function streamed(
  chunks: AsyncGenerator<string | Uint8Array>,
  contentType = 'application/json',
): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  return new Response(body, { headers: { 'content-type': contentType } });
}

/** An answer that is as its route declares, though types cannot say so: its body is written by hand. */
export function asDeclared(answer: Response): never {
  return answer as never;
}
