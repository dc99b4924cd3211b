/**
 * Layers that were read before: who said what of them, and what stands for reading them.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const layers: Migration = {
  name: 'layers',
  statements: `
-- The layer that an attempt read first, once it has asked for it; empty when it has read another.
alter table analyses add column first_read text;

-- What Jobs say a layer's document is, by the hash of the document.
create table layer_witnesses (
  layer text not null,
  analyzers text not null,
  image text not null,
  repository text not null,
  document text not null,
  told_at timestamptz not null default now(),
  primary key (layer, analyzers, image)
);
create index layer_witnesses_age on layer_witnesses (told_at);

-- Documents on which two of them agree, compressed.
create table layer_documents (
  layer text not null,
  analyzers text not null,
  document text not null,
  body bytea not null,
  used_at timestamptz not null default now(),
  primary key (layer, analyzers)
);
create index layer_documents_age on layer_documents (used_at);
`,
};
