-- The previous release can run beside it: it adds an index, outside a transaction, while accounts are written.
-- The kinds of hashes that are present, so that an unknown login takes the time of a known one. schema.prisma has no expressions.
CREATE INDEX CONCURRENTLY "accounts_hash_kind" ON "accounts" ((substring(password_hash from '^\$(?:2[aby]\$\d\d|argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+)')));
