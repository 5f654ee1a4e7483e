import type { z } from 'zod';
import type { Actor, Visitor } from './actor.ts';
import { dropLongTexts } from './input.ts';
import { type RefusalClass, SessionRequired } from './refusals.ts';

/** The credential that an operation requires: none, any, or a session, which an API key is not. */
export type RequiredCredential = 'none' | 'any' | 'session';

/** An input before it is parsed: fields of any value. */
export type RawInput<Input extends z.ZodObject> = { readonly [Field in keyof z.input<Input>]?: unknown };

type Definition<Name, Input extends z.ZodObject, Refusals, Credential, Result> = {
  /** The name in GraphQL: a verb and its object. */
  readonly name: Name;
  readonly description: string;
  readonly input: Input;
  /** The refusals that `run` can throw. */
  readonly refusals: Refusals;
  readonly requires: { readonly credential: Credential };
  run(actor: Credential extends 'none' ? Visitor : Actor, input: RawInput<Input>): Promise<Result>;
};

/** An operation of any name, input and result. */
export type Operation = Omit<Definition<string, z.ZodObject, readonly RefusalClass[], RequiredCredential, unknown>, 'run'> & {
  run(actor: never, input: Readonly<Record<string, unknown>>): Promise<unknown>;
};

/**
 * Defines what an account can do: what both APIs, OpenAPI and the operation test need to know, and the function that does it.
 * @throws SessionRequired from `run` for an API key, where a session is required.
 */
export function operation<
  const Name extends string,
  Input extends z.ZodObject,
  const Refusals extends readonly RefusalClass[],
  const Credential extends RequiredCredential,
  Result,
>(definition: Definition<Name, Input, Refusals, Credential, Result>): Definition<Name, Input, Refusals, Credential, Result> {
  const { input: schema, requires, run } = definition;
  return {
    ...definition,
    run: async (actor, input) => {
      assertCredential(actor, requires.credential);
      return run(actor, dropLongTexts(schema, input));
    },
  };
}

/** @throws SessionRequired */
function assertCredential(actor: Visitor | Actor, required: RequiredCredential): void {
  if (required === 'session' && 'credential' in actor && actor.credential.kind === 'apiKey') throw new SessionRequired();
}
