-- The previous release can run beside it: it adds columns with a default.
-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "email_changes_at" TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[],
ADD COLUMN     "username_changes_at" TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[];
