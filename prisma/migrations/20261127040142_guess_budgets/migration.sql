-- The previous release can run beside it: it adds columns with a default. A key that the previous release makes begins a family of its own.
-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "device_generation" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "guess_generation" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "family_id" INTEGER,
ADD COLUMN     "made_in_session_id" INTEGER;

-- AlterTable
ALTER TABLE "sign_in_challenges" ADD COLUMN     "login_folded" TEXT NOT NULL DEFAULT '';
