import type { Actor } from '../../account/actor.ts';
import type { describeInput } from '../../account/input.ts';
import type { RefusalName } from '../../account/operations.ts';
import type { RestDialect } from '../../config/config.ts';
import type { PanelWords } from './errors.ts';
import type { ParameterName } from './parameters.ts';
import type { Fields } from './request.ts';
import type { AnswerName } from './schemas.ts';

/** What a route is asked: by whom, with which fields, about what its path names. */
export type Ask = {
  readonly actor: Actor;
  readonly fields: Fields;
  readonly url: URL;
  readonly parameter: string;
  readonly dialect: RestDialect;
};

/** One line of the panel's documentation: a method, a path, and the verb behind them. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/client; `{…}` is the rest of the path. */
  readonly path: string;
  readonly summary: string;
  /** What a caller would not guess. */
  readonly note?: string;
  /** Calls one verb and gives the body; undefined is 204. */
  readonly run: (ask: Ask) => Promise<unknown>;
  /** What HEAD calls instead, where GET changes something (RFC 9110 §9.2.1). */
  readonly head?: (ask: Ask) => Promise<unknown>;
  /** The shape of the body; none: 204. */
  readonly answer?: AnswerName;
  /** The schema of the fields, as the domain has it. */
  readonly input?: Parameters<typeof describeInput>[0];
  /** A body that is accepted. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** Query parameters that pages take. */
  readonly query?: readonly ParameterName[];
  /** Refusals it may give, beside those of the caller as such. */
  readonly refusals?: readonly RefusalName[];
  /** Refusals that are no news to a caller of this route: 204. */
  readonly overlooks?: readonly RefusalName[];
  readonly words?: Partial<PanelWords>;
};
