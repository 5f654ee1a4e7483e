-- The previous release can run beside it: it adds an index. While that is built, what writes activity waits.
-- CreateIndex
CREATE INDEX "activity_account_id_event_id_idx" ON "activity"("account_id", "event", "id");
