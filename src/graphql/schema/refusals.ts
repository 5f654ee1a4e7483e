import { operations } from '../../account/operations.ts';
import { type InputIssue, InvalidInput, RateLimited, type Refusal, type RefusalClass } from '../../account/refusals.ts';
import { builder } from './builder.ts';

const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'A refusal: an answer other than the payload. Decide by the type or by `code`, and show `message`.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'A sentence for people.' }),
    code: t.exposeString('code', { description: 'Stable, in UPPER_SNAKE. The same reason always has the same code.' }),
  }),
});

const InputIssueType = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One rule that an input breaks.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Path of the input field, dotted into lists: `email`, `allowedIps.0`.' }),
    rule: t.exposeString('rule', { description: 'Name of the rule: `required`, `min`, `max`, `email`, `unique`, …' }),
    message: t.exposeString('message', { description: 'A sentence for people.' }),
  }),
});

for (const refusal of new Set<RefusalClass>([
  ...operations.flatMap((operation): readonly RefusalClass[] => operation.refusals),
  RateLimited,
])) {
  const { name, description, numbers = {} } = refusal;
  builder.objectType(refusal, {
    name,
    description,
    interfaces: [ErrorInterface],
    fields: (t) =>
      Object.fromEntries(
        Object.entries(numbers).map(([number, meaning]) => [
          number,
          t.int({ description: meaning, resolve: (thrown) => Number(Reflect.get(thrown, number)) }),
        ]),
      ),
  });
}

builder.objectField(InvalidInput, 'issues', (t) =>
  t.field({
    type: [InputIssueType],
    description: 'Every rule that is broken, in the order of the fields.',
    resolve: ({ issues }) => [...issues],
  }),
);
