import type { z } from 'zod';
import type { Actor } from '../../account/actor.ts';
import type { Operation, RawInput } from '../../account/operation.ts';
import { InvalidInput, type RefusalClass } from '../../account/refusals.ts';
import type { ViewerPlan } from '../../account/viewer.ts';
import type { RestDialect } from '../../config/config.ts';
import { type BadRequest, refusalAnswers, type Wording } from './errors.ts';
import type { Fields } from './request.ts';

/** A request that reached its route. */
export type Call = {
  readonly actor: Actor;
  readonly fields: Fields;
  readonly url: URL;
  /** The value of `{…}` in the path. */
  readonly parameter: string;
  readonly dialect: RestDialect;
  /** Marks the browser as one that signed in. */
  keepDevice(token: string, expiresAt: Date): void;
};

/** A row of the route table. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/client; `{…}` is the rest of the path. */
  readonly path: string;
  readonly summary: string;
  /** The name of its operation, where it has one. */
  readonly name?: string;
  /** The sentences after the summary. */
  readonly note?: string;
  /** The parts of the account that it reads: they are read together with the credential. */
  readonly plan?: ViewerPlan;
  /** Gives the body; undefined: 204. */
  readonly run: (call: Call) => Promise<unknown>;
  /** What HEAD runs instead, where GET changes something (RFC 9110 §9.2.1). */
  readonly head?: (call: Call) => Promise<void>;
  /** The schema of the body; none: 204. */
  readonly answer?: z.ZodType;
  /** The fields of the path and the body, by their names in the domain. */
  readonly input?: z.ZodObject;
  /** Fields that are accepted, by their names on the wire. */
  readonly example?: Readonly<Record<string, unknown>>;
  readonly query?: z.ZodRawShape;
  readonly badQueries?: readonly BadRequest[];
  readonly refusals?: readonly RefusalClass[];
  /** Refusals that are answered with 204. */
  readonly ignores?: readonly RefusalClass[];
  readonly wording?: Wording;
};

/** A row that reads. */
export function readRoute<Body>(row: Omit<Route, 'run'> & { answer: z.ZodType<Body>; run: (call: Call) => Promise<NoInfer<Body>> }): Route {
  return row;
}

type OperationRow<Input extends z.ZodObject, Result, Body> = Omit<Route, 'summary' | 'plan' | 'run' | 'input' | 'refusals'> & {
  readonly operation: Pick<Operation, 'name' | 'description' | 'refusals'> & {
    readonly input: Input;
    run(actor: Actor, input: RawInput<Input>): Promise<Result>;
  };
  readonly toInput: (fields: Fields, parameter: string) => Record<keyof NoInfer<RawInput<Input>>, unknown>;
  readonly answer?: z.ZodType<Body>;
  readonly toBody?: (result: NoInfer<Result>, dialect: RestDialect) => NoInfer<Body>;
  /** Runs after the operation, to change what the browser keeps. */
  readonly after?: (call: Call, result: NoInfer<Result>) => void;
};

/** A row that runs an operation. For a parameter of the path that breaks a rule, the answer is 404. */
export function operationRoute<Input extends z.ZodObject, Result, Body>(row: OperationRow<Input, Result, Body>): Route {
  const { operation, toInput, toBody, after, ...rest } = row;
  const [summary = ''] = operation.description.split(/\.(?: |$)/);
  const note = `${operation.description} ${row.note ?? ''}`.trim();
  const wording = row.path.includes('{') ? { InvalidInput: refusalAnswers.NotFound } : (row.wording ?? {});
  const refusals = operation.refusals.filter(
    (refusal) => !row.ignores?.includes(refusal) && !(refusal === InvalidInput && wording.InvalidInput),
  );
  const run = async (call: Call) => {
    const result = await operation.run(call.actor, toInput(call.fields, call.parameter));
    after?.(call, result);
    return toBody?.(result, call.dialect);
  };
  return { ...rest, name: operation.name, summary, note, input: operation.input, refusals, wording, run };
}
