/**
 * The program of the thread that unpacks: one blob after the other, until the reader stops it.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import { LayerError } from './errors.ts';
import { Ring, RingStopped } from './ring.ts';
import type { UnpackMessage } from './unpack-thread.ts';
import { DirectUnpacker } from './unpacker.ts';
import { OUTPUT_BYTES } from './zlib-handle.ts';

function say(message: UnpackMessage): void {
  parentPort?.postMessage(message);
}

const { memory }: { memory: SharedArrayBuffer } = workerData;
const ring = new Ring(memory);

function wakeReader(): void {
  if (ring.takeSleep()) say({ kind: 'wake' });
}

/** Output is made where the reader reads it, or else copied there. */
function pass(output: Buffer): void {
  for (let at = 0; at < output.length; at += OUTPUT_BYTES) {
    const piece = ring.outputs.waitFree();
    const part = output.subarray(at, at + OUTPUT_BYTES);
    if (part.buffer !== piece.buffer || part.byteOffset !== piece.byteOffset) piece.set(part);
    ring.outputs.pass(part.length);
    wakeReader();
  }
}

/** Unpacks one blob; returns the digest of what is in it. */
async function unpackNext(): Promise<string> {
  const unpacker = new DirectUnpacker(() => ring.outputs.waitFree());
  try {
    for (;;) {
      const input = ring.inputs.waitNext();
      const isEnd = input.length === 0;
      if (!isEnd) await unpacker.write(input, pass);
      ring.inputs.giveBack();
      wakeReader();
      if (isEnd) return await unpacker.end(pass);
    }
  } finally {
    unpacker.close();
  }
}

try {
  for (;;) say({ kind: 'done', digest: await unpackNext() });
} catch (error) {
  if (error instanceof LayerError) {
    say({ kind: 'failed', code: error.code, message: error.message });
  } else if (!(error instanceof RingStopped)) throw error;
}
