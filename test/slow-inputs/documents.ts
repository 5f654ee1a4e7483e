import { makeText, pick } from './texts.ts';

type Random = (bound: number) => number;

const charactersMax = 49_000;

function fill(part: (index: number) => string, most = charactersMax): string {
  let text = '';
  for (let index = 0; text.length < most; index += 1) text += part(index);
  return text;
}

const nest = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** Documents near the maximum length: each is the worst for some part of parsing, validation or measuring. */
const documents: readonly ((random: Random) => string)[] = [
  () => `{ ${fill(() => '__typename ')} }`,
  () => `{ ${fill((n) => `a${n}: __typename `)} }`,
  () => `{ viewer { profile { ${fill(() => 'username ')} } } }`,
  () => `{ ${fill((n) => `unknownField${n} `)} }`,
  () => `{ viewer { ${fill((n) => `sesions${n} `)} } }`,
  () => `{ viewer { ${fill(() => 'id profile { email } ')} } }`,
  () => `{ ${fill(() => 'viewer { id } ')} }`,
  () => `{ ${fill(() => '... on Query { viewer { id } } ')} }`,
  () => `{ ...a } ${fill((n) => `fragment a${n || ''} on Query { ...a${n + 1} } `)}`,
  () => `{ ${fill(() => '...a ')} } fragment a on Query { viewer { id } }`,
  () => `{ ${fill((n) => `...a${n} `, 20_000)} } ${fill((n) => `fragment a${n} on Query { viewer { id profile { username } } } `, 28_000)}`,
  () => `{ viewer { ${fill((n) => `... on Viewer { x: id y${n % 9}: id } `)} } }`,
  () => `{ viewer ${nest('{ viewer ', '} ', 5_000)} }`,
  () => `{ node(id: ${nest('[', ']', 20_000)}) { id } }`,
  () => `{ node(id: ${nest('{a:', '}', 9_000)}) { id } }`,
  () => `{ node(id: "${'a'.repeat(charactersMax)}") { id } }`,
  () => `{ node(id: """${'\\"""'.repeat(12_000)}""") { id } }`,
  () => `{ node(id: """${'\n  a'.repeat(12_000)}""") { id } }`,
  () => `{ node(id: "${'\\u0041'.repeat(8_000)}") { id } }`,
  () => `{ node(id: ${'1'.repeat(charactersMax)}) { id } }`,
  () => `{ viewer { activity(first: ${'9'.repeat(charactersMax)}) { edges { cursor } } } }`,
  () => `{ viewer { activity(${fill(() => 'first: 1 ')}) { edges { cursor } } } }`,
  () => `query (${fill((n) => `$v${n}: Int `)}) { __typename }`,
  () => `query (${fill((n) => `$v${n}: Unknown${n} `)}) { __typename }`,
  () => `query ($v: ${nest('[', ']', 10_000).replace('[]', '[Int]')}) { __typename }`,
  () => `{ __typename ${fill(() => '@skip(if: false) ')} }`,
  () => `{ __typename ${fill((n) => `@unknown${n} `)} }`,
  () => `${fill((n) => `query a${n} { __typename } `)}`,
  () => `${fill(() => 'query a { __typename } ')}`,
  () => `{ __schema { types { fields { type ${nest('{ ofType ', '} ', 12)} } } } }`,
  () => `{ ${fill((n) => `t${n}: __type(name: "Viewer") { name } `, 2_000)} }`,
  () => `mutation { ${fill((n) => `a${n}: signOut { __typename } `)} }`,
  () => `mutation { updateEmail(input: { ${fill((n) => `unknown${n}: 1 `)} }) { __typename } }`,
  () => `mutation { createApiKey(input: { description: "x" allowedIps: [${fill(() => '"1" ')}] }) { __typename } }`,
  () => `#${'#'.repeat(charactersMax)}\n{ __typename }`,
  () => `${' ,\ufeff\n'.repeat(12_000)}{ __typename }`,
  () => '{'.repeat(charactersMax),
  () => '('.repeat(charactersMax),
  () => `type A { ${fill((n) => `f${n}: Int `)} }`,
  () => `{ viewer { ${fill((n) => `a${n}: activity(first: 100) { edges { node { id event } } } `, 1_500)} } }`,
  () => `{ viewer { ${fill((n) => `a${n}: twoFactorSetup { qrCode } `, 1_000)} } }`,
  (random) => `{ ${makeText(random, charactersMax)} }`,
  (random) => `{ node(id: "${makeText(random, charactersMax).replaceAll(/["\\\n]/g, 'x')}") { id } }`,
];

export function makeDocument(random: Random): string {
  return pick(random, documents)(random);
}
