/** What becomes known of a request, for its line in the log. No value that a caller chose, but of the accounts and codes here. */
export type Fact = {
  /** The path of the route, with the names of its parameters. */
  readonly path?: string;
  /** An operation or a field of ours. */
  readonly operation?: string;
  readonly accountId?: number;
  /** The code of a refusal. The first one counts. */
  readonly outcome?: string;
};

export type RequestFacts = Omit<Fact, 'operation'> & { readonly operations: readonly string[] };

const operationsMax = 50;

/** Adds a fact to what is known. */
export function addFact({ operations, ...known }: RequestFacts, { operation, outcome, ...fact }: Fact): RequestFacts {
  const isNew = operation !== undefined && !operations.includes(operation) && operations.length < operationsMax;
  const first = known.outcome ?? outcome;
  return {
    ...known,
    ...fact,
    ...(first === undefined ? {} : { outcome: first }),
    operations: isNew ? [...operations, operation] : operations,
  };
}

type Noted = {
  readonly id: string;
  readonly method: string;
  readonly visitor: { readonly ip: string | null };
  facts(): RequestFacts;
};

/** The line of a request in the log: no query, no body, no credential, and no path that a caller chose. */
export function describeRequest({ id, method, visitor, facts }: Noted, api: string, status: number, milliseconds: number) {
  const { path = null, operations, accountId = null, outcome = outcomeOf(status) } = facts();
  return { requestId: id, api, method, path, operations, accountId, ip: visitor.ip, milliseconds, status, outcome };
}

const outcomes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** Of an answer that no operation refused. */
function outcomeOf(status: number): string {
  return status < 400 ? 'ok' : (outcomes[status] ?? 'BAD_REQUEST');
}
