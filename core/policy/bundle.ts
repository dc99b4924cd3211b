/**
 * The shape of a policy bundle, as people upload it.
 *
 * Unknown keys are allowed and kept. What the schema lets through may still be refused by
 * `validateBundle`: names of gates, values of parameters, references between the parts.
 *
 * @module
 */
import { z } from 'zod';

/** The only version of bundles, policies and whitelists there is. */
export const BUNDLE_VERSION = '1_0';

const text = z.string();
const optionalText = text.nullish();

const ParamSchema = z.looseObject({
  name: text,
  /** Checked against the parameter's own validator, which tells more than a schema can. */
  value: z.unknown(),
}).readonly();

const RuleSchema = z.looseObject({
  id: optionalText,
  gate: text,
  trigger: text,
  action: text,
  params: z.array(ParamSchema).readonly().nullish(),
}).readonly();

const PolicySchema = z.looseObject({
  id: text,
  name: optionalText,
  version: text,
  rules: z.array(RuleSchema).readonly().nullish(),
}).readonly();

const WhitelistItemSchema = z.looseObject({
  id: optionalText,
  gate: text,
  trigger_id: text,
  expires_on: optionalText,
}).readonly();

const WhitelistSchema = z.looseObject({
  id: text,
  name: optionalText,
  version: text,
  items: z.array(WhitelistItemSchema).readonly().nullish(),
}).readonly();

const ImageSchema = z.looseObject({
  type: z.enum(['tag', 'digest', 'id']),
  value: text,
}).readonly();

const imageRule = {
  id: optionalText,
  name: text,
  registry: text,
  repository: text,
  image: ImageSchema,
};

const ImageRuleSchema = z.looseObject(imageRule).readonly();

const MappingSchema = z.looseObject({
  ...imageRule,
  /** The old form, for one policy. */
  policy_id: optionalText,
  policy_ids: z.array(text).readonly().nullish(),
  whitelist_ids: z.array(text).readonly().nullish(),
}).readonly();

export const BundleSchema = z.looseObject({
  id: text,
  name: optionalText,
  version: text,
  policies: z.array(PolicySchema).readonly(),
  whitelists: z.array(WhitelistSchema).readonly().nullish(),
  mappings: z.array(MappingSchema).readonly(),
  whitelisted_images: z.array(ImageRuleSchema).readonly().nullish(),
  blacklisted_images: z.array(ImageRuleSchema).readonly().nullish(),
}).readonly();

export type Bundle = z.infer<typeof BundleSchema>;
export type Policy = z.infer<typeof PolicySchema>;
export type Rule = z.infer<typeof RuleSchema>;
export type Whitelist = z.infer<typeof WhitelistSchema>;
export type WhitelistItem = z.infer<typeof WhitelistItemSchema>;
export type Mapping = z.infer<typeof MappingSchema>;
/** An entry of one of the two image lists; every mapping is one, too. */
export type ImageRule = z.infer<typeof ImageRuleSchema>;

/** What a rule's finding leads to, worst first. */
export const ACTIONS = ['stop', 'warn', 'go'] as const;

export type Action = (typeof ACTIONS)[number];

/** Reads an action in any case of letters; undefined where it is none. */
export function parseAction(value: string): Action | undefined {
  const lower = value.toLowerCase();
  return ACTIONS.find((action) => action === lower);
}

/** The worst of the actions; `go` where there is none. */
export function worstAction(actions: Iterable<Action>): Action {
  const given = new Set(actions);
  return ACTIONS.find((action) => given.has(action)) ?? 'go';
}

/**
 * Who answers for an exception, why there is one, and where that was decided, as far as its item
 * tells it in words: to the original these keys are any others.
 */
export function reasonsOf(
  item: WhitelistItem,
): { readonly owner?: string; readonly reason?: string; readonly ticket?: string } {
  const told = ['owner', 'reason', 'ticket'].flatMap((key) =>
    typeof item[key] === 'string' ? [[key, item[key]] as const] : []
  );
  return Object.fromEntries(told);
}

/** The policies a mapping names, in either form. */
export function policyIdsOf(mapping: Mapping): readonly string[] {
  if (typeof mapping.policy_id === 'string') return [mapping.policy_id];
  return mapping.policy_ids ?? [];
}
