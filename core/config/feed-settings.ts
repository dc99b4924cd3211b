/**
 * Settings of the feeds of vulnerabilities: whether and how often they are loaded, how their hosts
 * are reached, and what differs from the sources that Tidewaiter knows by itself.
 *
 * @module
 */
import { z } from 'zod';

const hours = z.number().positive().max(8760);
const text = z.string().min(1);

/** What one source is to be; what is not given is as its default says. */
export const FeedSourceSettings = z.strictObject({
  /** The format it is published in; that of the source's name unless given. */
  format: text.optional(),
  /** Of a folder or of one file, at its publisher or on a mirror; or a path on this machine. */
  url: text.optional(),
  enabled: z.boolean().optional(),
  /** Which of its groups are loaded: names, with `*` for any text. */
  groups: z.array(text).nonempty().optional(),
  every_hours: hours.optional(),
  /** Whether it may lose most of its records from one sync to the next. */
  may_shrink: z.boolean().optional(),
});

export const FeedSettings = z.strictObject({
  /** Whether feeds are loaded whenever they are due; else only when somebody asks for it. */
  sync: z.boolean().default(true),
  /** How often a source is asked for changes. */
  every_hours: hours.default(6),
  /** Proxy to the sources; `none` for none. Unless given, `HTTPS_PROXY` and its like count. */
  proxy: text.optional(),
  /** Files with the PEM of authorities that are trusted beside the public ones. */
  ca_files: z.array(text).default([]),
  /** Folder for what is being fetched, some gigabytes; a temporary one unless given. */
  scratch: text.optional(),
  /** Whether the default sources are loaded, but for those that are disabled; else only named ones. */
  defaults: z.boolean().default(true),
  /** By name: changes of the default sources, and further ones. */
  sources: z.record(
    z.string().regex(
      /^[a-z0-9][a-z0-9._-]{0,62}$/,
      'names have small letters, digits, "." and "-"',
    ),
    FeedSourceSettings,
  ).default({}),
});
export type FeedSettings = z.infer<typeof FeedSettings>;
