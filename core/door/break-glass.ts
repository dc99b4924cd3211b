/**
 * Breaking the glass: a pod that must run now, whatever its images hold. Its annotations name the
 * ticket and until when; the operator allows it per namespace, and each use is an event. Pure.
 *
 * @module
 */

/** Why: a ticket's number, say. */
export const TICKET = 'tidewaiter.image-policy.k8s.io/break-glass-ticket';
/** Until when, RFC 3339. */
export const UNTIL = 'tidewaiter.image-policy.k8s.io/break-glass-until';

export type Glass =
  /** Nobody wants it broken. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'broken'; readonly ticket: string; readonly until: Date }
  | { readonly kind: 'unbreakable'; readonly why: string };

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const LONGEST_TICKET = 200;

/** What a pod's annotations ask for, at `now`. */
export function glassOf(
  annotations: Readonly<Record<string, string>>,
  options: { readonly isAllowed: boolean; readonly mostHours: number; readonly now: Date },
): Glass {
  const ticket = annotations[TICKET]?.trim();
  const untilText = annotations[UNTIL]?.trim();
  if (ticket === undefined && untilText === undefined) return { kind: 'whole' };
  const no = (why: string): Glass => ({ kind: 'unbreakable', why });
  if (!options.isAllowed) return no('breaking the glass is not allowed in this namespace');
  if (ticket === undefined || ticket === '') return no(`the annotation ${TICKET} is missing`);
  if (ticket.length > LONGEST_TICKET) return no(`${TICKET} is longer than ${LONGEST_TICKET}`);
  if (untilText === undefined || !RFC_3339.test(untilText)) {
    return no(`the annotation ${UNTIL} must be a time like 2030-01-31T18:00:00Z`);
  }
  const until = new Date(untilText);
  const left = until.getTime() - options.now.getTime();
  if (Number.isNaN(left)) return no(`the annotation ${UNTIL} is no time there is`);
  if (left <= 0) return no(`the glass was broken until ${until.toISOString()}, which is over`);
  if (left > options.mostHours * 3_600_000) {
    return no(`the glass may be broken for ${options.mostHours} hours at most`);
  }
  return { kind: 'broken', ticket, until };
}
