-- The previous release can run beside it. It writes the ids of keys that exist, and the activity of a key that it deletes names no key.
-- DropForeignKey
ALTER TABLE "activity" DROP CONSTRAINT "activity_api_key_id_fkey";

-- DropIndex
DROP INDEX "activity_api_key_id_idx";

-- CreateTable
CREATE TABLE "deleted_api_keys" (
    "id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "identifier" VARCHAR(16) NOT NULL,
    "description" VARCHAR(500) NOT NULL,
    "allowed_ips" TEXT[],
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deleted_api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "deleted_api_keys_identifier_key" ON "deleted_api_keys"("identifier");

-- CreateIndex
CREATE INDEX "deleted_api_keys_account_id_idx" ON "deleted_api_keys"("account_id");

-- CreateIndex
CREATE INDEX "deleted_api_keys_deleted_at_idx" ON "deleted_api_keys"("deleted_at");

-- AddForeignKey
ALTER TABLE "deleted_api_keys" ADD CONSTRAINT "deleted_api_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Keys that were deleted before are known by the rows that name them. Their descriptions are not known.
INSERT INTO "deleted_api_keys" ("id", "account_id", "identifier", "description", "allowed_ips", "created_at", "deleted_at")
SELECT nextval('api_keys_id_seq'), "account_id", "api_key_identifier", '', '{}', min("occurred_at"), max("occurred_at")
FROM "activity" WHERE "api_key_id" IS NULL AND "api_key_identifier" IS NOT NULL GROUP BY "account_id", "api_key_identifier";
