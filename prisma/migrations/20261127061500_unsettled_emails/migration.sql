-- The previous release can run beside it: it adds an index, outside a transaction, while accounts are written.
-- The few accounts whose address may have to be folded anew, which each start looks for. schema.prisma has no conditions.
CREATE INDEX CONCURRENTLY "accounts_email_unsettled" ON "accounts" ("id")
  WHERE octet_length(email_folded) > length(email_folded) OR starts_with(email_folded, 'duplicate:');
