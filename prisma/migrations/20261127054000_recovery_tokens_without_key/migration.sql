-- The previous release can run beside it: it adds a column with a default. The previous release refuses recovery tokens that this one makes.
-- AlterTable
ALTER TABLE "recovery_tokens" ADD COLUMN     "keyed" BOOLEAN NOT NULL DEFAULT true;
