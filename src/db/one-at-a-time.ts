import type { SqlMigrationAwareDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';

/**
 * An adapter that sends the statements of a transaction one after another. Prisma reads the relations of a row all at once,
 * also in a transaction, which has one connection (and it opens one for reads that come in the same tick): pg warns of a
 * second statement on a busy connection, and refuses it from version 9 on.
 */
export function sendOneAtATime(factory: SqlMigrationAwareDriverAdapterFactory): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect();
      const start = adapter.startTransaction.bind(adapter);
      adapter.startTransaction = async (isolationLevel) => queueStatements(await start(isolationLevel));
      return adapter;
    },
  };
}

function queueStatements(transaction: Transaction): Transaction {
  let last: Promise<unknown> = Promise.resolve();
  const queue = <Query, Result>(send: (query: Query) => Promise<Result>) => {
    return (query: Query): Promise<Result> => {
      const sent = last.then(() => send(query));
      last = sent.catch(() => undefined);
      return sent;
    };
  };
  transaction.queryRaw = queue(transaction.queryRaw.bind(transaction));
  transaction.executeRaw = queue(transaction.executeRaw.bind(transaction));
  return transaction;
}
