import { readFileSync } from 'node:fs';
import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { operations } from '../src/account/operations.ts';
import { denials, type RefusalClass } from '../src/account/refusals.ts';
import { buildSchema, printSdl } from '../src/graphql/schema/schema.ts';

const schema = buildSchema();
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

describe('the schema', () => {
  test('is the schema of schema.graphql', () => {
    expect(printSdl(schema)).toBe(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
  });

  test('describes every type, field, argument, input and value', () => {
    const silent = types.flatMap((type) => {
      const parts: [string, string | null | undefined][] = [[type.name, type.description]];
      if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          parts.push([`${type.name}.${field.name}`, field.description]);
          for (const argument of field.args) parts.push([`${type.name}.${field.name}(${argument.name}:)`, argument.description]);
        }
      }
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) parts.push([`${type.name}.${field.name}`, field.description]);
      }
      if (isEnumType(type)) for (const value of type.getValues()) parts.push([`${type.name}.${value.name}`, value.description]);
      return parts.filter(([, description]) => !description?.trim()).map(([name]) => name);
    });
    expect(silent).toEqual([]);
  });

  test('has a type for every refusal of an operation, and none for refusals of the credential or the origin', () => {
    const errorTypes = types.filter((type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Error'));
    const refusals = new Set(operations.flatMap((operation): readonly RefusalClass[] => operation.refusals).map(({ name }) => name));
    expect(errorTypes.map(({ name }) => name).sort()).toEqual([...refusals].sort());
    for (const { name } of denials) expect(schema.getType(name)).toBeUndefined();
  });

  test('has no field of the database only: no hash, no encrypted value, no other account', () => {
    const names = types.flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [type.name],
    );
    expect(names.filter((name) => /hash|folded|sealed|accountId|\.secret$/i.test(name))).toEqual(['TwoFactorSetup.secret']);
  });
});
