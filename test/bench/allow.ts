/**
 * A door that only answers "allowed", on the stack that core's door stands on: what the stack alone
 * costs.
 *
 *     node core/start.mjs test/bench/allow.ts PORT
 *
 * @module
 */
import { Hono } from 'hono';
import process from 'node:process';
import type { ApiEnv } from '../../core/api/context.ts';
import { listen } from '../../core/server/listen.ts';

const IMAGE_REVIEW = {
  apiVersion: 'imagepolicy.k8s.io/v1alpha1',
  kind: 'ImageReview',
  status: { allowed: true },
};
const ADMISSION_REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: 'uid', allowed: true },
};

const app = new Hono<ApiEnv>();
app.get('/ready', (c) => c.text('ready\n'));
app.post('/imagepolicy', (c) => c.json(IMAGE_REVIEW));
app.post('/admission', (c) => c.json(ADMISSION_REVIEW));
await listen(app, { host: '127.0.0.1', port: Number(process.argv[2]), setting: 'the port' });
