/**
 * Every setting of core: one schema, with its default and its meaning. The keys are those of the
 * YAML file; each is also read from the environment as `TIDEWAITER_` and the key in capitals.
 *
 * @module
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../log.ts';

/** Services that one process of core can run; `policy` computes verdicts ahead. */
export const SERVICES = ['api', 'door', 'tasks', 'coordinators', 'policy'] as const;

export const DOOR_MODES = ['enforce', 'warn', 'audit'] as const;

/** Access to one registry that is not just public and https. */
export const RegistrySetting = z.strictObject({
  /** `host` or `host:port`, as it stands in references. */
  registry: z.string().min(1),
  username: z.string().optional(),
  password: z.string().optional(),
  /** Talk http instead of https; loopback registries do by default. */
  plain_http: z.boolean().optional(),
  /** File with the PEM of the registry's own certificate authority. */
  ca_file: z.string().optional(),
  /** Analyses at once that read it; `registry_analyses` unless given. */
  analyses: z.int().min(1).max(10_000).optional(),
});

export type RegistrySetting = z.infer<typeof RegistrySetting>;

const port = z.int().min(0).max(65_535);
const seconds = z.number().positive().max(86_400);
const names = z.array(z.string().min(1));

export const Settings = z.strictObject({
  /** Address to listen on. Loopback by default: the door then answers there without login. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Port of the API. */
  port: port.default(8228),
  /** Port of the door, TLS only. */
  door_port: port.default(8443),
  /** Names and addresses the door's certificate is good for, beside the obvious ones. */
  door_names: names.default([]),
  /** URL under which Jobs reach core; made from host and port unless given. */
  public_url: z.url().optional(),
  /** Folder of the embedded database; the user's data folder unless given. */
  data_dir: z.string().min(1).optional(),
  /** An external PostgreSQL instead of the embedded one. */
  database_url: z.url().optional(),
  /** Password of the user `admin`; random, kept and shown once unless given. */
  admin_password: z.string().min(6).max(128).optional(),
  log_level: z.enum(LOG_LEVELS).default('info'),
  /** `text` for people, `json` for machines; by default as standard error is a terminal or not. */
  log_format: z.enum(['text', 'json']).optional(),
  /** Which services this process runs. */
  services: z.array(z.enum(SERVICES)).nonempty().default([...SERVICES]),
  /** Platform that is analysed when an image has several. */
  platform: z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/).optional(),
  registries: z.array(RegistrySetting).default([]),
  /** What passwords of registries that accounts store are encrypted with; without it none are stored. */
  encryption_key: z.string().min(16).optional(),
  /** Files in the form of docker's config.json with logins for every account; read anew when changed. */
  registry_config_files: names.default([]),
  /** Where analyses run: as child processes here, or as Jobs in the cluster core is in. */
  launcher: z.enum(['local', 'kubernetes']).default('local'),
  /** Jobs on hosts: one on each, spread over them, or close together. */
  job_placement: z.enum(['isolate', 'spread', 'pack']).default('isolate'),
  /** How long a Job can be looked at when it is done, and when it has failed. */
  job_ttl_seconds: seconds.default(600),
  job_failed_ttl_seconds: seconds.default(86_400),
  job_priority_class: z.string().min(1).optional(),
  /** Memory in MiB that a Job gets at most, after others ran out of it. */
  job_most_memory_mb: z.int().min(128).default(8192),
  /** Analyses at once. */
  analyses: z.int().min(1).max(10_000).default(2),
  /** Analyses at once that read the same registry; as many as there are unless given. */
  registry_analyses: z.int().min(1).max(10_000).optional(),
  /** Attempts that may fail before an image is given up. */
  analysis_attempts: z.int().min(1).max(20).default(3),
  analysis_deadline_seconds: seconds.default(900),
  /** Memory of one analysis in MiB; one that needs more is ended. */
  analysis_memory_mb: z.int().min(128).default(1024),
  /** Uncompressed size in MiB beyond which an image is refused. */
  analysis_max_image_mb: z.int().min(1).default(65_536),
  door_mode: z.enum(DOOR_MODES).default('enforce'),
  /** How long an unknown image is waited for, from its first question. */
  door_hold_seconds: z.number().min(0).max(30).default(25),
  /** How many questions of one cluster wait at once. */
  door_held_questions: z.int().min(0).max(100).default(2),
  /** What the door says when it cannot decide (the database is away, say). */
  door_fail_mode: z.enum(['deny', 'allow']).default('deny'),
  /** Account whose images and policies count at the door. */
  door_account: z.string().min(1).default('admin'),
  /** Namespaces that are never judged. */
  door_exempt_namespaces: names.default([
    'kube-system',
    'kube-public',
    'kube-node-lease',
    'tidewaiter',
  ]),
});

export type Settings = z.infer<typeof Settings>;
export type SettingKey = keyof Settings;
