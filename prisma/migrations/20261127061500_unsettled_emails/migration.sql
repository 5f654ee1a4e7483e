-- The previous release can run beside it: it adds an index. While that is built, what writes accounts waits.
-- The few accounts whose address may have to be folded anew, which each start looks for. schema.prisma has no conditions.
CREATE INDEX "accounts_email_unsettled" ON "accounts" ("id")
  WHERE octet_length(email_folded) > length(email_folded) OR starts_with(email_folded, 'duplicate:');
