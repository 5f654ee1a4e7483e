import type { Actor, Visitor } from '../../account/actor.ts';
import type { describeInput } from '../../account/input.ts';
import type { RequiredCredential } from '../../account/operation.ts';
import { isRefusal } from '../../account/operations.ts';
import { IncorrectPassword, type RefusalClass } from '../../account/refusals.ts';
import { InvalidCredentials } from '../../account/sessions/refusals.ts';
import { InvalidCode } from '../../account/two-factor/refusals.ts';
import { builder, type GraphContext, requireActor } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { inputOf } from './input.ts';

/** The payload type of a mutation. */
export type Payload<Result> = ReturnType<typeof mutation<Result>>;

/** An operation with the actor that it requires. */
type MutationOperation<Result> = {
  readonly name: string;
  readonly description: string;
  readonly input: Parameters<typeof describeInput>[0];
  readonly refusals: readonly RefusalClass[];
  readonly requires: { readonly credential: RequiredCredential };
  run(actor: Visitor | Actor, input: Readonly<Record<string, unknown>>): Promise<Result>;
};

/** The result of an operation, in its payload. */
export type Done<Result> = { readonly result: Result };

type Options<Result> = {
  /** Input fields that GraphQL does not offer. */
  readonly omit?: readonly string[];
  /** Refusals in the result type that the operation does not throw yet: clients may handle them. */
  readonly reserved?: readonly RefusalClass[];
  /** Another type that the result can be instead of the payload. */
  readonly alternative?: {
    readonly type: ReturnType<ReturnType<typeof builder.objectRef<Done<Result>>>['implement']>;
    is(result: Result): boolean;
  };
  /** Whether it sets the session cookie: no page of another site may have that done. */
  readonly startsSession?: boolean;
  /** The result where the credential of the request is no longer valid; without it, such a request is refused. */
  whenDenied?(): Result;
  /** Runs after the operation, to change the credential of the request. */
  after?(context: GraphContext, result: Result): void;
};

const secretRefusals: readonly RefusalClass[] = [IncorrectPassword, InvalidCode, InvalidCredentials];

/**
 * Makes the mutation of an operation: its field, its input type, its payload type, and the union of the payload and the
 * refusals. The caller adds fields to the payload.
 */
export function mutation<Result>(operation: MutationOperation<Result>, options: Options<Result> = {}) {
  const { name, description } = operation;
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const payload = builder.objectRef<Done<Result>>(`${typeName}Payload`).implement({ description: `Payload of \`${name}\`.` });
  const input = inputOf(`${typeName}Input`, operation, options.omit ?? []);
  const { alternative } = options;
  const refusals = [...operation.refusals, ...(options.reserved ?? [])];
  const checksSecret = refusals.some((refusal) => secretRefusals.includes(refusal));
  builder.mutationField(name, (t) =>
    t.errorUnionField({
      types: [payload, ...(alternative ? [alternative.type] : []), ...refusals],
      union: { resolveType: (done) => ('result' in done && alternative?.is(done.result) ? alternative.type.name : `${typeName}Payload`) },
      description,
      complexity: checksSecret ? fieldCosts.secret : fieldCosts.transaction,
      extensions: { checksSecret },
      args: input ? { input: t.arg({ type: input.type, required: true, description: `Parameters of \`${name}\`.` }) } : {},
      resolve: async (_root, args: { input?: Readonly<Record<string, unknown>> }, context) => {
        try {
          if (options.startsSession) context.assertSameSite();
          const result =
            context.asking.denial && options.whenDenied
              ? options.whenDenied()
              : await operation.run(actorOf(operation, context), input?.decode(args.input ?? {}) ?? {});
          options.after?.(context, result);
          return { result };
        } catch (error) {
          if (isRefusal(error)) context.noteRefusal(error.code);
          throw error;
        }
      },
    }),
  );
  return payload;
}

function actorOf({ requires }: Pick<MutationOperation<unknown>, 'requires'>, context: GraphContext): Visitor | Actor {
  return requires.credential === 'none' ? context.visitor : requireActor(context);
}
