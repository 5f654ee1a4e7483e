-- The previous release can run beside it: it adds a table. A secret that one release shows is confirmed by that release only.
-- CreateTable
CREATE TABLE "two_factor_setups" (
    "id" SERIAL NOT NULL,
    "account_id" INTEGER NOT NULL,
    "session_id" INTEGER,
    "api_key_id" INTEGER,
    "secret" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "two_factor_setups_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "two_factor_setups_session_id_key" ON "two_factor_setups"("session_id");

-- CreateIndex
CREATE UNIQUE INDEX "two_factor_setups_api_key_id_key" ON "two_factor_setups"("api_key_id");

-- CreateIndex
CREATE INDEX "two_factor_setups_account_id_idx" ON "two_factor_setups"("account_id");

-- AddForeignKey
ALTER TABLE "two_factor_setups" ADD CONSTRAINT "two_factor_setups_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "two_factor_setups" ADD CONSTRAINT "two_factor_setups_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "two_factor_setups" ADD CONSTRAINT "two_factor_setups_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys"("id") ON DELETE CASCADE ON UPDATE CASCADE;
