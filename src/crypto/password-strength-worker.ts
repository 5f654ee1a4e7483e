import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import type { StrengthAnswer, StrengthRequest } from './password-strength.ts';

// The thread of `password-strength.ts`. On another thread, importing it starts nothing.
parentPort?.on('message', answer);

let measured: ZxcvbnFactory | undefined;

function answer({ id, password, names }: StrengthRequest): void {
  measured ??= new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });
  const { score, feedback } = measured.check(password, [...names]);
  const strength = { score, reason: feedback.warning, suggestions: feedback.suggestions };
  parentPort?.postMessage({ id, strength } satisfies StrengthAnswer);
}
