-- The previous release can run beside it: it adds a column with a default. The previous release accepts the credentials of a disabled account.
-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "disabled" BOOLEAN NOT NULL DEFAULT false;
