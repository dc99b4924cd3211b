/**
 * Every setting of core: one schema, with its default and its meaning. The keys are those of the
 * YAML file; each is also read from the environment as `TIDEWAITER_` and the key in capitals.
 *
 * @module
 */
import { z } from 'zod';
import { ContentSearchSettings, SecretSearchSettings } from '../../jobs/contract/index.ts';
import { LOG_LEVELS } from '../log.ts';
import { FeedSettings } from './feed-settings.ts';
import { WebhookSettings } from './webhook-settings.ts';

/**
 * Services that one process of core can run; `policy` computes verdicts ahead. `relay` runs alone: a
 * door beside an API server that asks core.
 */
export const SERVICES = ['api', 'door', 'tasks', 'coordinators', 'policy', 'relay'] as const;

/**
 * What the door does with a no: refuse; admit and warn; admit and write it down; admit without
 * judging, with an event; not look at all.
 */
export const DOOR_MODES = ['enforce', 'warn', 'audit', 'breakglass', 'exempt'] as const;
export type DoorMode = (typeof DOOR_MODES)[number];

const platform = z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/);

/** How the door treats some namespaces of some clusters. The first rule that fits counts. */
export const DoorRule = z.strictObject({
  /** Names, with `*` for any text. */
  clusters: z.array(z.string().min(1)).default(['*']),
  namespaces: z.array(z.string().min(1)).default(['*']),
  /** What is not given is as the settings `door_*` say. */
  mode: z.enum(DOOR_MODES).optional(),
  account: z.string().min(1).optional(),
  /** Bundle of that account; the active one unless given. */
  bundle: z.string().min(1).optional(),
  /** Platforms that are judged; those of the cluster's nodes as far as they are known. */
  platforms: z.array(platform).nonempty().optional(),
  /** Refuse references without a digest. */
  require_digest: z.boolean().default(false),
  /** Annotations of a pod may name account and bundle. */
  pods_choose_policy: z.boolean().default(false),
  /** Annotations of a pod may break the glass: with ticket and expiry, and an event for each. */
  break_glass: z.boolean().default(false),
  unknown_images: z.int().min(0).optional(),
});
export type DoorRule = z.infer<typeof DoorRule>;

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
  /** How long a bearer token counts, unless the password changes before. */
  token_seconds: z.int().min(1).max(86_400).default(3600),
  log_level: z.enum(LOG_LEVELS).default('info'),
  /** `text` for people, `json` for machines; by default as standard error is a terminal or not. */
  log_format: z.enum(['text', 'json']).optional(),
  /** Which services this process runs. */
  services: z.array(z.enum(SERVICES)).nonempty()
    .refine((list) => !list.includes('relay') || list.length === 1, 'relay runs alone')
    .default(['api', 'door', 'tasks', 'coordinators', 'policy']),
  /** Core's door as the relay reaches it, and the folder with what it reads. */
  relay_core: z.url({ protocol: /^https$/ }).optional(),
  relay_dir: z.string().min(1).optional(),
  /** Platform that is analysed when an image has several. */
  platform: platform.optional(),
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
  /** Expressions that files are searched for, in the original's shape. */
  secret_search: SecretSearchSettings.prefault({}),
  content_search: ContentSearchSettings.prefault({}),
  /** Files whose content is kept. */
  retrieve_files: z.strictObject({
    file_list: z.array(z.string().startsWith('/')).max(1000).default(['/etc/passwd']),
    max_file_size_kb: z.int().min(0).max(4096).default(1000),
  }).prefault({}),
  /**
   * Whether files are compared with what the package databases of dpkg, apk and rpm record of them.
   * Their digests are MD5 and SHA-1: an analysis of a Debian image takes a third more CPU.
   */
  package_verification: z.boolean().default(false),
  /** Whether `/anchore_hints.json` of an image adds packages: its author is then believed. */
  enable_hints: z.boolean().default(false),
  /** Whether a layer that two analyses have read alike is not read again. */
  layer_cache: z.boolean().default(true),
  /** What is known of vulnerabilities, and where from; see `feed-settings.ts`. */
  feeds: FeedSettings.prefault({}),
  /** Where notifications are sent; see `webhook-settings.ts`. */
  webhooks: WebhookSettings.prefault({}),
  door_mode: z.enum(DOOR_MODES).default('enforce'),
  /** How long an unknown image is waited for, from its first question. */
  door_hold_seconds: z.number().min(0).max(30).default(25),
  /** How many questions of one cluster wait at once. */
  door_held_questions: z.int().min(0).max(100).default(2),
  /** What the door says when it cannot decide (the database is away, say). */
  door_fail_mode: z.enum(['deny', 'allow']).default('deny'),
  /** Account whose images and policies count at the door. */
  door_account: z.string().min(1).default('admin'),
  /** Rules for some clusters and namespaces; elsewhere the settings `door_*` count. */
  door_rules: z.array(DoorRule).default([]),
  /** Unknown images that one namespace may ask for within an hour. */
  door_unknown_images: z.int().min(0).default(200),
  /** How long the door answers from memory while the database is away. */
  door_memory_seconds: z.number().min(0).max(86_400).default(900),
  /** How long an admitted set stays admitted where nobody watches the pods. */
  door_grace_seconds: z.number().min(0).max(2_592_000).default(3600),
  /** How far ahead the glass may be broken. */
  door_break_glass_hours: z.number().positive().max(720).default(24),
  /** Name of the cluster that core itself is in, as its API server's certificate has it. */
  cluster_name: z.string().regex(/^[\w.-]{1,50}$/).default('local'),
  /** Follow the pods and nodes of that cluster; needs the right to list them. */
  watch_cluster: z.boolean().default(true),
  /** How often a registry is asked whether a tag in use still names the same image. */
  tag_check_seconds: seconds.default(300),
  /** How often a registry is asked whether a tag that is subscribed to has moved. */
  watch_tags_seconds: seconds.default(3600),
  /** How often the tags of a watched repository are listed. */
  watch_repositories_seconds: seconds.default(60),
  /** How often verdicts are looked at that are subscribed to. */
  watch_policies_seconds: seconds.default(3600),
  /** How often vulnerabilities are looked at that are subscribed to. */
  watch_vulnerabilities_seconds: seconds.default(14_400),
  /** How long decisions of the door are kept. */
  admissions_kept_days: z.number().positive().max(3650).default(30),
  /** How long it is kept how verdicts have changed. */
  verdicts_kept_days: z.number().positive().max(3650).default(365),
  /** So many days before an exception of a policy bundle ends an event warns of it; 0 for none. */
  exception_warning_days: z.number().min(0).max(365).default(7),
  /** How often rules move images into the archive, or delete them there. */
  archive_rules_seconds: seconds.default(43_200),
  /** Port of the metrics, without login; they are on the API's port unless given. */
  metrics_port: port.optional(),
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
