import { Kind, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { showAnswer } from './answers.js';

/** Sends what is in a tab. Never by GET: URLs are in the logs of proxies, and variables hold passwords. */
export function fetcher({ query, variables, operationName }, { headers = {} } = {}) {
  const operations = findOperations(query);
  // Just after another tab was opened, GraphiQL still names its operation.
  const chosen = operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  const operation = { query, variables, operationName: chosen ? chosen.name?.value : operationName };
  return chosen?.operation === 'subscription' ? subscribe(operation, headers) : send(operation, headers);
}

/** None where the document is not valid: then the answer says why. */
function findOperations(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}

/** Shows a sentence when nobody is signed in. */
export function findAccount() {
  return send({ query: '{ viewer { id } }' }, {});
}

async function send(operation, headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json, application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) throw new Error(`${response.status} ${text}`);
  const answer = JSON.parse(text);
  showAnswer(answer);
  return answer;
}

/** An observable of the events. The client of graphql-sse sends a subscription by POST. */
function subscribe(operation, headers) {
  return {
    subscribe: ({ next, error, complete }) => {
      const client = createClient({ url: '/graphql', headers, retryAttempts: 0 });
      const end = client.subscribe(operation, {
        next: (answer) => {
          showAnswer(answer);
          next(answer);
        },
        complete,
        // A refusal, as the gateway answers it.
        error: (fault) =>
          fault.response
            ? fault.response
                .json()
                .then(next, () => error(fault))
                .then(complete)
            : error(fault),
      });
      return { unsubscribe: end };
    },
  };
}
