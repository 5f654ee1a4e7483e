-- The previous release can run beside it: it adds an index, outside a transaction, while activity is written.
-- CreateIndex
CREATE INDEX CONCURRENTLY "activity_account_id_event_id_idx" ON "activity"("account_id", "event", "id");
