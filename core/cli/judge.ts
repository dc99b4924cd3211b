/**
 * What `admit` and `demo` show of one image: live progress, the verdict with its reasons, and the
 * packages.
 *
 * @module
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidewaiterError } from '../errors.ts';
import { escapeText } from '../log.ts';
import type { CheckedImage, CoreApi, FoundPackages, Progress } from './client.ts';

const POLL_MS = 150;
const SHOWN_PACKAGES = 8;
const SHOWN_REASONS = 20;

/** Writes to a terminal, or plain lines where there is none. */
export interface Screen {
  line(text: string): void;
  /** A line that is replaced by the next one; on a terminal only. */
  status(text: string): void;
}

export function createScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  let open = false;
  const clear = () => {
    if (open) stream.write('\r\u001b[K');
    open = false;
  };
  return {
    line: (text) => {
      clear();
      stream.write(`${text}\n`);
    },
    status: (text) => {
      if (!stream.isTTY) return;
      clear();
      stream.write(text.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
      open = true;
    },
  };
}

/** Bytes as a person reads them. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

function statusText(progress: Progress): string {
  if (progress.analysis_status === 'not_analyzed') {
    return `  waiting, position ${progress.position ?? 1} in the queue`;
  }
  const { phase, bytes, total_bytes, layers, total_layers } = progress;
  if (phase === null || total_bytes === 0) return '  starting the analysis';
  const percent = Math.floor((bytes / total_bytes) * 100);
  return `  ${phase}  ${humanBytes(bytes)} of ${humanBytes(total_bytes)} (${percent} %), ` +
    `layer ${Math.min(layers + 1, total_layers)} of ${total_layers}`;
}

/** Waits until an image is analysed. */
async function untilAnalysed(api: CoreApi, digest: string, screen: Screen): Promise<void> {
  let said = '';
  for (;;) {
    const progress = await api.progress(digest);
    if (progress.analysis_status === 'analyzed') return;
    if (progress.analysis_status === 'analysis_failed') {
      const { code, message } = progress.analysis_error ??
        { code: 'analysis_failed', message: 'The analysis failed.' };
      throw new TidewaiterError(code, 500, message);
    }
    const text = statusText(progress);
    if (text !== said) screen.status(text);
    said = text;
    await sleep(POLL_MS);
  }
}

const WORDS = { go: 'admitted', warn: 'admitted, with warnings', stop: 'refused' } as const;

function showVerdict(screen: Screen, checked: CheckedImage): void {
  screen.line(`  verdict: ${WORDS[checked.action]} (policy: ${escapeText(checked.bundle)})`);
  for (const { action, rule, text } of checked.reasons.slice(0, SHOWN_REASONS)) {
    screen.line(`    ${action.padEnd(5)} ${rule}: ${escapeText(text)}`);
  }
  const more = checked.reasons.length - SHOWN_REASONS;
  if (more > 0) screen.line(`    and ${more} more`);
}

function showPackages(screen: Screen, found: readonly FoundPackages[]): void {
  const all = found.flatMap(({ packages }) => packages);
  const counts = found.filter(({ packages }) => packages.length > 0)
    .map(({ type, packages }) => `${packages.length} ${type}`).join(', ');
  screen.line(`  packages: ${all.length}${counts === '' ? '' : ` (${counts})`}`);
  for (const { type, packages } of found) {
    if (packages.length === 0) continue;
    const names = packages.slice(0, SHOWN_PACKAGES)
      .map((one) => escapeText(`${one.package} ${one.version}`)).join(', ');
    const more = packages.length - SHOWN_PACKAGES;
    screen.line(`    ${type}: ${names}${more > 0 ? `, and ${more} more` : ''}`);
  }
}

/** Submits an image and shows all of it; true if it is admitted. */
export async function judgeImage(
  api: CoreApi,
  reference: string,
  screen: Screen,
): Promise<CheckedImage> {
  screen.status('  asking the registry');
  const { digest, fulltag } = await api.submit(reference);
  screen.line(`  digest: ${digest}`);
  await untilAnalysed(api, digest, screen);
  const checked = await api.check(digest, fulltag);
  showVerdict(screen, checked);
  showPackages(screen, await api.packages(digest));
  return checked;
}
